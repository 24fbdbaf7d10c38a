import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Testing

@Suite(.needsServer) struct `A database copied from the template` {
    @Test(arguments: TestServer.all)
    func `is the one that migrate makes, also in its rights and settings`(server: TestServer) throws {
        try server.withMigratedDatabase { copy in
            try server.withDatabase { url in
                let ledger = try OutageLedger(databaseURL: url, seed: 211)
                try ledger.migrate()
                let (copied, migrated) = (try Self.definition(copy), try Self.definition(url))
                #expect(copied == migrated)
                #expect(migrated.contains("CREATE TABLE ledger.trade_events ("))
            }
        }
    }

    @Test(arguments: TestServer.all)
    func `changes neither the template nor another copy`(server: TestServer) throws {
        let count = "SELECT count(*) FROM ledger.replication"
        try OutageLedger.with(server, seed: 212) { first in
            try first.append(10)
            try first.run(["replicate", "--once"])
            try OutageLedger.with(server, seed: 213) { second in
                let shipped = try second.value(count)
                #expect(shipped == "0")
            }
            #expect(try first.value(count) == "1")
        }
    }

    /// The statements that create a database and its objects, without its name and the commands for psql.
    private static func definition(_ url: String) throws -> [String] {
        let environment = ["PATH": "/usr/bin:/bin"]
        let arguments = ["pg_dump", "--create", "--schema-only", url]
        let process = try ChildProcess("/usr/bin/env", arguments, environment: environment, input: .bytes([]))
        let outcome = try process.finish()
        try #require(outcome.ending == .exit(0), "\(outcome.stderr)")
        let name = TestServer.databaseName(in: url)
        return outcome.lines.filter { !$0.hasPrefix("\\") }.map { $0.replacing(name, with: "database") }
    }
}
