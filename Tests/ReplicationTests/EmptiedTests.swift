import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Replication
import Testing

@Suite(.needsServer, .timeLimit(.minutes(30))) struct `A database that lost its events` {
    /// A change that somebody makes to the tables, and whether it leaves the position of the lost events.
    @Test(
        arguments: TestServer.all,
        [
            ("TRUNCATE ledger.trade_events", true),
            ("TRUNCATE ledger.trade_events, ledger.trades", true),
            ("TRUNCATE ledger.trade_events, ledger.trades, ledger.checkpoints", true),
            ("TRUNCATE ledger.trade_events, ledger.replication", false),
            ("TRUNCATE ledger.trade_events, ledger.trades, ledger.replication, ledger.checkpoints", false),
        ]
    )
    func `gets all events again`(server: TestServer, loss: (sql: String, hasPosition: Bool)) throws {
        try ReplicatedLedger.with(server) { ledger in
            var generator = EventGenerator(seed: 61)
            for count in [1, 499, 700, 300] {
                try ledger.append(&generator, count: count)
                try ledger.ship()
            }
            // At the start of a run, then during a run.
            try ledger.execute(loss.sql)
            try ledger.ship()
            try ledger.expectEqual()
            try RunningReplicator.run(ledger, .hasty) { replicator in
                replicator.waitUntilConnected()
                try ledger.execute(loss.sql)
                try ledger.append(&generator, count: 100)
                replicator.waitUntilShipped(1600)
                #expect(replicator.lossSequences == (loss.hasPosition ? [1500] : []))
            }
            try ledger.expectEqual()
        }
    }

    @Test(arguments: TestServer.all)
    func `of another history gets nothing more, because of its remaining checkpoints`(server: TestServer) throws {
        try server.withMigratedDatabase { url in
            let original = try ReplicatedLedger(databaseURL: url)
            let copy = try ReplicatedLedger(databaseURL: url)
            var generator = EventGenerator(seed: 62)
            for _ in 0..<3 {
                try original.append(&generator, count: 10)
                try original.ship()
            }
            try original.execute("TRUNCATE ledger.trade_events, ledger.trades, ledger.replication")
            generator = EventGenerator(seed: 63)
            try copy.append(&generator, count: 50)
            let error = try #require(throws: ReplicationError.self) { try copy.ship() }
            #expect(error.description.contains("(a fork)"), "\(error)")
            #expect(try original.value("SELECT count(*) FROM ledger.trade_events") == "0")
            try original.ship()
            try original.expectEqual()
        }
    }

    /// Cases for a person: nothing is repaired silently.
    @Test(
        arguments: TestServer.all,
        [
            ("DELETE FROM ledger.replication", "the row of ledger.replication is gone"),
            ("DELETE FROM ledger.trade_events WHERE sequence = 500", "not event 500"),
            ("DELETE FROM ledger.trade_events WHERE sequence > 490", "not event 500"),
            ("UPDATE ledger.replication SET last_recorded_at = now()", "not event 500"),
            ("UPDATE ledger.replication SET last_recorded_at = NULL", "not event 500"),
        ]
    )
    func `only in part is not changed`(server: TestServer, change: (sql: String, finding: String)) throws {
        try ReplicatedLedger.with(server) { ledger in
            var generator = EventGenerator(seed: 64)
            try ledger.append(&generator, count: 500)
            try ledger.ship()
            try RunningReplicator.run(ledger) { replicator in
                replicator.waitUntilConnected()
                try ledger.execute(change.sql)
                // The replicator checks times when a session begins, and rows with every batch.
                if change.sql.hasPrefix("DELETE") {
                    try ledger.append(&generator, count: 10)
                    expectAltered(replicator.waitForError(), change.finding)
                }
            }
            expectAltered(#expect(throws: ReplicationError.self) { try ledger.ship() }, change.finding)
            #expect(try ledger.value("SELECT count(*) FROM ledger.trade_events WHERE sequence > 500") == "0")
        }
    }

    private func expectAltered(_ error: ReplicationError?, _ finding: String) {
        guard case .diverged(let message, let remedy) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(message.contains(finding), "\(message)")
        #expect(remedy.contains("tradeledger replicate --repair"))
    }

    @Test(arguments: TestServer.all)
    func `and has events after its position is not changed`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            var generator = EventGenerator(seed: 65)
            try ledger.append(&generator, count: 300)
            try ledger.ship()
            try ledger.execute("CREATE TABLE kept AS TABLE ledger.replication")
            try ledger.append(&generator, count: 300)
            try ledger.ship()
            try ledger.execute("DELETE FROM ledger.replication; INSERT INTO ledger.replication TABLE kept")
            let error = try #require(throws: ReplicationError.self) { try ledger.ship() }
            #expect(error.description.contains("events after its position, which is 300"), "\(error)")
        }
    }
}
