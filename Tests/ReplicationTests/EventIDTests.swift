import Ledger
import LedgerTestSupport
import PostgresTestSupport
import Testing
import TradeModel

@Suite(.needsServer) struct `The id of an event in the database` {
    @Test(arguments: TestServer.all)
    func `is NULL if the ledger made it, and every view shows it`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            var generator = EventGenerator(seed: 23)
            let id = "017f22e2-79b0-4cc3-98c4-dc0c0c07398f"
            try ledger.append([
                #"{"type":"trade.opened","trade_id":"a","event_id":"\#(id)","occurred_at":1750000000000,"#
                    + #""symbol":"BTC/USDT","side":"buy","order_type":"market","amount":"1","price":"10"}"#
            ])
            try ledger.append(&generator, count: 300)
            try ledger.ship()
            var stream = try ledger.reader.events()
            var (expected, ofTrades): ([[String?]], [[String?]]) = ([], [])
            var derivedCount = 0
            while let event = try stream.next() {
                let row = [String(event.sequence), event.eventID.description]
                expected.append(row)
                if event.body.type.isAboutTrade { ofTrades.append(row) }
                derivedCount += event.idOrigin == .derived ? 1 : 0
            }
            #expect(derivedCount > 0 && derivedCount < expected.count)
            let stored = "SELECT count(*) FILTER (WHERE event_id IS NULL) FROM ledger.trade_events"
            #expect(try ledger.value(stored) == String(derivedCount))
            let computed = """
                SELECT sequence, coalesce(event_id, ledger.event_id(ledger_id, sequence, recorded_at))
                FROM ledger.trade_events ORDER BY sequence
                """
            #expect(try ledger.rows(computed) == expected)
            let shown = "SELECT sequence, event_id FROM ledger.timeline ORDER BY sequence"
            #expect(try ledger.rows(shown) == ofTrades)
        }
    }

    /// The function in SQL against the one in the program, for any ledger and time.
    @Test(arguments: TestServer.all)
    func `is computed alike in SQL and in the program`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            var random = SeededGenerator(seed: 29)
            let last = DerivedEventIDs.sequenceMax
            var sequences = [1, last]
            var times = [Timestamp.min, .max]
            for _ in 0..<300 {
                sequences.append(1 + random.next(below: last) >> random.next(below: 40))
                let microseconds = random.next(below: UInt64(Timestamp.max.microsecondsSince1970))
                times.append(Timestamp(microsecondsSince1970: Int64(microseconds)))
            }
            var (values, expected): ([String], [[String?]]) = ([], [])
            for (index, (sequence, time)) in zip(sequences, times).enumerated() {
                let ledgerID = EventID(high: random.next(), low: random.next())
                values.append("(\(index), '\(ledgerID)'::uuid, \(sequence), '\(time)'::timestamptz)")
                let id = try #require(DerivedEventIDs(of: ledgerID).id(at: sequence, recordedAt: time))
                expected.append([id.description])
            }
            let sql = """
                SELECT ledger.event_id(ledger, sequence, moment)
                FROM (VALUES \(values.joined(separator: ", "))) AS v (number, ledger, sequence, moment) ORDER BY number
                """
            #expect(try ledger.rows(sql) == expected, "seed 29")
        }
    }
}
