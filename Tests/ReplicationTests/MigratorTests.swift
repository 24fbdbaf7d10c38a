import LedgerSchema
import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Replay
import Replication
import Synchronization
import Testing

@Suite(.needsServer) struct `Migrating a database` {
    @Test(arguments: TestServer.all)
    func `a second run changes nothing`(server: TestServer) throws {
        try server.withDatabase { url in
            let first = try migrate(url)
            #expect(first.applied == Schema.migrations.map(\.name))
            #expect((first.timescaleDBVersion != nil) == (server.description == "timescaledb"))
            let second = try migrate(url)
            #expect(second.applied == [])
            #expect(second.timescaleDBVersion == first.timescaleDBVersion)
        }
    }

    @Test(arguments: TestServer.all)
    func `two runs at once apply each migration once`(server: TestServer) throws {
        try server.withDatabase { url in
            let applied = Mutex<[[String]]>([])
            withBoth(url) { outcome in applied.withLock { $0.append(outcome) } }
            #expect(applied.withLock { $0.map(\.count).sorted() } == [0, Schema.migrations.count])
        }
    }

    @Test(arguments: TestServer.all)
    func `the owner of a database need not be a superuser`(server: TestServer) throws {
        try server.withDatabase { url in
            // A superuser must have created the roles of the server.
            try server.withDatabase { other in _ = try migrate(other) }
            var connection = try connect(url)
            let name = try connection.query("SELECT current_database()").text(row: 0, column: 0)
            let database = try #require(name)
            let owner = "owner_\(database)"
            try connection.execute("CREATE ROLE \(owner) LOGIN; ALTER DATABASE \(database) OWNER TO \(owner)")
            defer { #expect(throws: Never.self) { try remove(owner, url) } }
            let ledger = try ReplicatedLedger(databaseURL: url + "&user=\(owner)")
            try ledger.migrate()
            try ledger.migrate()
            var generator = EventGenerator(seed: 3)
            try ledger.append(&generator, count: 300)
            try ledger.ship()
            try ledger.expectEqual()
        }
    }

    @Test(arguments: TestServer.all)
    func `another file under the same number is refused`(server: TestServer) throws {
        try ReplicatedLedger.migrating(server) { ledger in
            try ledger.execute("UPDATE ledger.schema_migrations SET checksum = sha256('other') WHERE number = 3")
            try expectRefusal(ledger, naming: "migration 3 (replication)")
        }
    }

    @Test(arguments: TestServer.all)
    func `a newer schema is refused with both versions`(server: TestServer) throws {
        try ReplicatedLedger.migrating(server) { ledger in
            let newest = Schema.migrations.count
            try ledger.execute(
                "INSERT INTO ledger.schema_migrations (number, name, checksum) "
                    + "VALUES (\(newest + 1), 'new', sha256(''))"
            )
            try expectRefusal(ledger, naming: "schema version \(newest + 1), this program knows \(newest)")
        }
    }

    @Test(arguments: TestServer.all)
    func `a number that no migration has is named, unless the schema is newer`(server: TestServer) throws {
        try ReplicatedLedger.migrating(server) { ledger in
            try ledger.execute("UPDATE ledger.schema_migrations SET number = -2 WHERE number = 2")
            try expectRefusal(ledger, naming: "ledger.schema_migrations.number holds -2 where 1 belongs")
            try ledger.execute("DELETE FROM ledger.schema_migrations WHERE number = -2")
            try expectRefusal(ledger, naming: "ledger.schema_migrations.number holds 3 where 2 belongs")
            try ledger.execute("INSERT INTO ledger.schema_migrations VALUES (999, 'new', sha256(''))")
            try expectRefusal(ledger, naming: "schema version 999, this program knows \(Schema.migrations.count)")
        }
    }

    @Test(arguments: TestServer.all)
    func `an older schema is refused until it is migrated`(server: TestServer) throws {
        try server.withDatabase { url in
            let ledger = try ReplicatedLedger(databaseURL: url)
            let newest = Schema.migrations.count
            try OlderDatabase(of: ledger, url).applyMigrations(newest - 1)
            let error = try #require(throws: ReplicationError.self) { try ledger.ship() }
            #expect(error.description.contains("schema version \(newest - 1), this program needs \(newest)"))
            try ledger.migrate()
            try ledger.ship()
        }
    }

    @Test(arguments: TestServer.all)
    func `a database without the schema is named`(server: TestServer) throws {
        try server.withDatabase { url in
            let ledger = try ReplicatedLedger(databaseURL: url)
            for work in [{ _ = try ledger.ship() }, { _ = try ledger.problems() }] {
                let error = try #require(throws: ReplicationError.self) { try work() }
                #expect(error.description.contains("no ledger schema; run `tradeledger migrate`"))
                #expect(!error.isRetryable)
            }
        }
    }

    @Test(arguments: TestServer.all)
    func `a database that is not UTF8 is refused`(server: TestServer) throws {
        let name = "latin1_\(server)"
        var maintenance = try connect(server.url)
        try maintenance.execute("DROP DATABASE IF EXISTS \(name)")
        try maintenance.execute("CREATE DATABASE \(name) TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
        defer { #expect(throws: Never.self) { try server.dropDatabase(name) } }
        let error = try #require(throws: ReplicationError.self) { try migrate(server.databaseURL(name)) }
        #expect(error.description.contains("is encoded in LATIN1, the ledger needs UTF8"))
    }

    private func expectRefusal(_ ledger: ReplicatedLedger, naming text: String) throws {
        for work in [{ try ledger.migrate() }, { _ = try ledger.ship() }, { _ = try ledger.problems() }] {
            let error = try #require(throws: ReplicationError.self) { try work() }
            guard case .schema = error else {
                Issue.record(error)
                continue
            }
            #expect(error.description.contains(text))
        }
    }

    private func withBoth(_ url: String, _ note: @escaping @Sendable ([String]) -> Void) {
        let work: @Sendable () -> Void = {
            #expect(throws: Never.self) { note(try migrate(url).applied) }
        }
        let first = TestThread(work)
        let second = TestThread(work)
        first.join()
        second.join()
    }

    private func connect(_ url: String) throws -> Connection {
        try Connection(url: url, password: nil, applicationName: "tests")
    }

    @discardableResult
    private func migrate(_ url: String) throws -> Migrator.Outcome {
        var migrator = Migrator(try connect(url))
        return try migrator.run()
    }

    private func remove(_ owner: String, _ url: String) throws {
        var connection = try connect(url)
        try connection.execute("REASSIGN OWNED BY \(owner) TO postgres; DROP OWNED BY \(owner); DROP ROLE \(owner)")
    }
}
