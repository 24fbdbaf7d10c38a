import Glibc
import Ledger
import LedgerTestSupport
import PostgresTestSupport
import Projections
import Replay
import Replication
import Testing
import TradeModel

@Suite(.needsServer) struct `A replay into a scratch database` {
    /// The rows of each table, without the columns that say when and by whom they were stored.
    private static let tables = [
        "SELECT * FROM ledger.trade_events ORDER BY sequence",
        "SELECT * FROM ledger.trades ORDER BY id",
        "SELECT * FROM ledger.performance ORDER BY grouped_by, quote, day, symbol, strategy, tag, market_regime",
        "SELECT * FROM ledger.checkpoints ORDER BY sequence",
        "SELECT ledger_id, ledger_number, last_sequence, root, last_recorded_at FROM ledger.replication",
    ]

    @Test(arguments: TestServer.all)
    func `gives the same rows each time, whatever batches the ledger came in`(server: TestServer) throws {
        let ledger = try ReplicatedLedger(databaseURL: server.url)
        var special = SpecialTrades(seed: 94)
        _ = ledger.ledger.append(lines: special.nextLines(tradeCount: 150).map { EventLine(Array($0.utf8)) })
        let limit = try ledger.reader.durableSequence() - 7
        let first = try rows(ledger, server, .sequence(limit))
        // Later events do not change the past.
        _ = ledger.ledger.append(lines: special.nextLines(tradeCount: 10).map { EventLine(Array($0.utf8)) })
        #expect(try rows(ledger, server, .sequence(limit)) == first)
        #expect(first[0].count == Int(limit) && !first[1].isEmpty)
        // The ledger's directory has no files of a replicator.
        #expect(ledger.directory.files.filter { $0.hasPrefix("replica") } == [])
    }

    @Test(arguments: TestServer.all)
    func `has what the ledger had then, and refuses a second ledger`(server: TestServer) throws {
        try server.withDatabase { url in
            let ledger = try ReplicatedLedger(databaseURL: url)
            var generator = EventGenerator(seed: 95)
            try ledger.append(&generator, count: 1200)
            let (report, endpoint) = try ScratchReplay(ledger.reader, ledger.address).run(asOf: .sequence(1100))
            #expect(report.sequence == 1100 && report.ledgerID == ledger.ledger.ledgerID)
            #expect(!endpoint.isEmpty)
            let directory = TemporaryDirectory()
            let copy = try LedgerReplay(ledger.reader).run(asOf: .sequence(1100), to: directory.path)
            #expect(copy == report)
            let audit = DatabaseAudit(try LedgerReader(opening: directory.path), ledger.address)
            let problems = try audit.run { _ in }.compactMap(\.problem)
            #expect(problems == [])
            let before = try ledger.rows(Self.tables[4])
            let error = try #require(throws: ReplicationError.self) {
                try ScratchReplay(ledger.reader, ledger.address).run(asOf: .now)
            }
            #expect(error.description.contains("knows ledger \(report.ledgerID) already"))
            #expect(try ledger.rows(Self.tables[4]) == before)
        }
    }

    @Test(arguments: TestServer.all)
    func `knows the trades that SQL says were known then, at random moments`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            var moments = RandomMoments(in: ledger, seed: 97)
            try ledger.ship()
            // Each gets a new database.
            for _ in 0..<(unsafe getenv("TRADELEDGER_TEST_LONG") == nil ? 10 : 100) {
                let time = moments.next()
                try server.withDatabase { url in
                    let scratch = DatabaseAddress(url: url, password: nil)
                    _ = try ScratchReplay(ledger.reader, scratch).run(asOf: .time(time))
                    let replayed = try ReplicatedLedger.rows(HistoryRow.query("trade_history"), in: url)
                    let known = try ledger.rows(HistoryRow.query("trade_history_as_of('\(time)')"))
                    #expect(replayed == known, "as of \(time)")
                    let folded = try TradeReplay(ledger.reader).trades(asOf: .time(time))
                        .filter { $0.trade.status != .voided }
                    #expect(try replayed == folded.map { try HistoryRow.expected($0, ledger) }, "as of \(time)")
                }
            }
        }
    }

    @Test(arguments: TestServer.all)
    func `has lost events, and skips events that depend on them, as the ledger does`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            var generator = EventGenerator(seed: 102)
            for _ in 0..<5 { try ledger.append((0..<100).map { _ in generator.nextLine() }) }
            let lost = try ledger.lose()
            _ = try ScratchReplay(ledger.reader, ledger.address).run(asOf: .now)
            #expect(try ledger.problems() == [])
            #expect(
                try ledger.value("SELECT count(*) FROM ledger.trade_events WHERE type = 'ledger.lost'")
                    == "\(lost.count)"
            )
            let directory = TemporaryDirectory()
            _ = try LedgerReplay(ledger.reader).run(asOf: .now, to: directory.path)
            let copy = try LedgerReader(opening: directory.path)
            let checks = try LedgerAudit(copy).run { _ in }
            #expect(checks.compactMap(\.problem) == [])
            #expect(checks.last?.name == "lost")
            let outcomes = try ProjectionDiff(
                LedgerSide(copy, asOf: .now),
                DatabaseSide(ledger.address, preferring: [copy.ledgerID])
            ).run(onStep: { _ in }) { _ in }
            #expect(outcomes.isEmpty)
        }
    }

    @Test(arguments: TestServer.all)
    func `works beside other ledgers, and with an empty one`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { other in
            try other.shipFiveBatches()
            let url = try #require(try other.value("SELECT current_database()").map(server.databaseURL))
            let ledger = try ReplicatedLedger(databaseURL: url, number: 1)
            var generator = EventGenerator(seed: 96)
            try ledger.append(&generator, count: 10)
            let (report, _) = try ScratchReplay(ledger.reader, ledger.address).run(asOf: .sequence(0))
            #expect(report.sequence == 0)
            #expect(try ledger.value("SELECT count(*) FROM ledger.replication WHERE last_sequence = 0") == "1")
            try other.expectEqual()
        }
    }

    @Test(arguments: TestServer.all)
    func `does not change a schema that is not this program's`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            try ledger.execute("UPDATE ledger.schema_migrations SET checksum = sha256('') WHERE number = 2")
            let error = try #require(throws: ReplicationError.self) {
                try ScratchReplay(ledger.reader, ledger.address).run(asOf: .now)
            }
            guard case .schema = error else { throw error }
            #expect(try ledger.value("SELECT count(*) FROM ledger.replication") == "0")
        }
    }

    /// Replays into a new database and returns its rows.
    private func rows(_ ledger: ReplicatedLedger, _ server: TestServer, _ moment: Moment) throws -> [[[String?]]] {
        var rows: [[[String?]]] = []
        try server.withDatabase { url in
            _ = try ScratchReplay(ledger.reader, DatabaseAddress(url: url, password: nil)).run(asOf: moment)
            rows = try Self.tables.map { try ReplicatedLedger.rows($0, in: url) }
        }
        return rows
    }
}
