import LedgerTestSupport
import PostgresTestSupport
import Replication
import Testing

@Suite(.needsServer, .timeLimit(.minutes(30))) struct `A database that differs from the log` {
    @Test(arguments: TestServer.all)
    func `recovers after it was rolled back to a backup`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            var generator = EventGenerator(seed: 31)
            try RunningReplicator.run(ledger) { replicator in
                try ledger.append(&generator, count: 700)
                replicator.waitUntilShipped(700)
                try ledger.keepTables()
                try ledger.append(&generator, count: 700)
                replicator.waitUntilShipped(1400)
                try ledger.bringBackTables()
                // The replicator still believes in its old position.
                try ledger.append(&generator, count: 100)
                replicator.waitUntilShipped(1500)
            }
            try ledger.expectEqual()
        }
    }

    @Test(arguments: TestServer.all)
    func `is filled again after it was recreated`(server: TestServer) throws {
        let name = "anew_\(server)"
        try server.dropDatabase(name)
        defer { #expect(throws: Never.self) { try server.dropDatabase(name) } }
        let ledger = try ReplicatedLedger(databaseURL: server.databaseURL(name))
        var generator = EventGenerator(seed: 32)
        for _ in 0..<2 {
            try server.dropDatabase(name)
            let absent = try #require(throws: ReplicationError.self) { try ledger.ship() }
            #expect(!absent.isRetryable)
            try server.makeDatabase(name)
            try ledger.migrate()
            try ledger.append(&generator, count: 300)
            try ledger.ship()
            try ledger.expectEqual()
        }
    }

    @Test(arguments: TestServer.all)
    func `and ahead of it gets nothing`(server: TestServer) throws {
        try expectDivergence(server, eventCount: 5, naming: "the database is ahead of the log", copySeed: 33)
    }

    @Test(arguments: TestServer.all)
    func `because the directory was copied and diverged gets nothing`(server: TestServer) throws {
        try expectDivergence(server, eventCount: 20, naming: "a fork of ledger", copySeed: 34)
    }

    private func expectDivergence(
        _ server: TestServer,
        eventCount: Int,
        naming text: String,
        copySeed: UInt64
    ) throws {
        try server.withMigratedDatabase { url in
            let original = try ReplicatedLedger(databaseURL: url)
            let copy = try ReplicatedLedger(databaseURL: url)
            var generator = EventGenerator(seed: 33)
            try original.append(&generator, count: 10)
            try original.ship()
            generator = EventGenerator(seed: copySeed)
            try copy.append(&generator, count: eventCount)
            let error = try #require(throws: ReplicationError.self) { try copy.ship() }
            guard case .diverged = error else { throw error }
            #expect(error.description.contains(text))
            #expect(!error.isRetryable)
            #expect(try copy.problems() != [])
            try original.expectEqual()
        }
    }
}

@Suite(.needsServer) struct `A login that is only ledger_writer` {
    @Test(arguments: TestServer.all)
    func `replicates and verifies`(server: TestServer) throws {
        try server.withMigratedDatabase { url in
            let owner = try ReplicatedLedger(databaseURL: url)
            let name = try owner.value("SELECT 'writer_' || current_database()")
            let login = try #require(name)
            try owner.execute("CREATE ROLE \(login) LOGIN IN ROLE ledger_writer")
            defer { #expect(throws: Never.self) { try owner.execute("DROP OWNED BY \(login); DROP ROLE \(login)") } }
            let writer = try ReplicatedLedger(databaseURL: url + "&user=\(login)", number: 1)
            var generator = EventGenerator(seed: 51)
            for _ in 0..<2 {
                try writer.append(&generator, count: 1500)
                try writer.ship()
            }
            try writer.expectEqual()
        }
    }
}
