import Ledger
import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Replication
import Testing
import TradeModel

@Suite(.needsServer) struct `Replicating a ledger` {
    @Test(arguments: TestServer.all)
    func `ships generated histories in several batches`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            var generator = EventGenerator(seed: 1)
            for count in [1, 20_999, 500] {
                try ledger.append(&generator, count: count)
                try ledger.ship()
            }
            try ledger.expectEqual()
            #expect(try ledger.value("SELECT count(*) FROM ledger.trade_events") == "21500")
            // 1, then 20,999 in batches of 10,000, then 500.
            #expect(
                try ledger.value("SELECT string_agg(sequence::text, ' ' ORDER BY sequence) FROM ledger.checkpoints")
                    == "1 10001 20001 21000 21500"
            )
        }
    }

    @Test(arguments: TestServer.all)
    func `ships nothing twice`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            try ledger.ship()
            try ledger.expectEqual()
            var generator = EventGenerator(seed: 4)
            try ledger.append(&generator, count: 200)
            try ledger.ship()
            let reports = try ledger.ship()
            #expect(!reports.contains { if case .shipped = $0 { true } else { false } })
            guard case .connected(_, 200) = reports[0] else {
                Issue.record("\(reports[0])")
                return
            }
            try ledger.expectEqual()
        }
    }

    @Test(arguments: TestServer.all)
    func `reports what each batch was and how long it took`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            var generator = EventGenerator(seed: 9)
            try ledger.append(&generator, count: 10_500)
            let batches = try ledger.ship().compactMap { report in
                if case .shipped(let batch, durableSequence: 10_500) = report { batch } else { nil }
            }
            #expect(batches.map(\.lastSequence) == [10_000, 10_500])
            #expect(batches.map(\.eventCount) == [10_000, 500])
            for batch in batches {
                // A row has an id, a time and a sequence at least.
                #expect(batch.byteCount > 40 * batch.eventCount)
                #expect(batch.copyNanoseconds > 0)
                #expect(batch.transactionNanoseconds > batch.copyNanoseconds)
            }
        }
    }

    @Test(arguments: TestServer.all)
    func `keeps two ledgers in one database apart`(server: TestServer) throws {
        try server.withMigratedDatabase { url in
            let ledgers = [try ReplicatedLedger(databaseURL: url), try ReplicatedLedger(databaseURL: url, number: 1)]
            // The same trade ids in both.
            var generators = [EventGenerator(seed: 5), EventGenerator(seed: 6)]
            for count in [300, 200] {
                for (index, ledger) in ledgers.enumerated() {
                    try ledger.append(&generators[index], count: count)
                    try ledger.ship()
                }
            }
            for ledger in ledgers { try ledger.expectEqual() }
            #expect(try ledgers[0].value("SELECT count(*) - count(DISTINCT id) FROM trade_history") == "0")
            #expect(try ledgers[0].rows("SELECT events FROM ledger_status") == [["500"], ["500"]])
        }
    }

    @Test(arguments: TestServer.all)
    func `reports each commit`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            var listener = try ledger.connect()
            try listener.execute("LISTEN trade_events")
            var generator = EventGenerator(seed: 7)
            for _ in 0..<2 {
                try ledger.append(&generator, count: 50)
                try ledger.ship()
            }
            // The answer of the server comes after the notifications before it.
            try listener.execute("SELECT 1")
            let payloads = try listener.consumeNotifications().map(\.payload)
            let fields = try payloads.map { payload in
                try ledger.rows("SELECT '\(payload)'::json ->> 'ledger_id', '\(payload)'::json ->> 'last_sequence'")[0]
            }
            let id = "\(ledger.ledger.ledgerID)"
            #expect(fields == [[id, "50"], [id, "100"]])
        }
    }

    @Test(.timeLimit(.minutes(30)), arguments: TestServer.all)
    func `continues as the ledger grows`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            var generator = EventGenerator(seed: 8)
            try RunningReplicator.run(ledger) { replicator in
                replicator.waitUntilConnected()
                for sequence in 1...50 as ClosedRange<UInt64> {
                    try ledger.append(&generator, count: 1)
                    replicator.waitUntilShipped(sequence)
                    #expect(try ledger.value("SELECT max(sequence) FROM ledger.trade_events") == String(sequence))
                }
            }
            try ledger.expectEqual()
        }
    }

    @Test(arguments: TestServer.all)
    func `updates a trade that was closed long before`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            let open = #""symbol":"BTC/USDT","side":"buy","order_type":"limit","amount":"2","price":"100"}"#
            let close = #""price":"110","reason":"roi"}"#
            for id in ["a", "b"] {
                try ledger.append([
                    #"{"type":"trade.opened","trade_id":"\#(id)","occurred_at":1700000001000,"# + open,
                    #"{"type":"trade.closed","trade_id":"\#(id)","occurred_at":1700000002000,"# + close,
                ])
            }
            var generator = EventGenerator(seed: 10)
            try ledger.append(&generator, count: 3000)
            try ledger.ship()
            try ledger.append([
                #"{"type":"trade.adjusted","trade_id":"a","occurred_at":1700000003000,"kind":"funding","cost":"-30"}"#,
                #"{"type":"trade.voided","trade_id":"b","occurred_at":1700000003000,"reason":"busted"}"#,
            ])
            try ledger.ship()
            for (view, expected) in [
                ("trade_history", ["a", "closed", "-10", "f", "roi", "3005"]),
                ("voided_trades", ["b", "voided", "20", "f", "busted", "3006"]),
            ] {
                let rows = try ledger.rows(
                    """
                    SELECT trade_id, status, realized_pnl, won, reason, last_sequence FROM \(view)
                    WHERE trade_id IN ('a', 'b')
                    """
                )
                #expect(rows == [expected])
            }
            try ledger.expectEqual()
        }
    }
}
