import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Testing

@Suite(.needsServer) struct `migrate --plan` {
    private let ledger: CommandLedger

    init() throws { ledger = try CommandLedger() }

    private func plan(_ url: String) throws -> [[String: JSONValue]] {
        let outcome = try ledger.run("migrate", "--plan", "--database", url, "--format", "json")
        try #require(outcome.ending == .exit(0), "\(outcome.stderr)")
        return try outcome.lines.map(jsonObject)
    }

    /// The row of the last migration.
    private static let newest =
        "ledger.schema_migrations WHERE number = (SELECT max(number) FROM ledger.schema_migrations)"

    /// The steps as `kind name by`.
    private func steps(_ url: String) throws -> [String] {
        try plan(url).map { step in
            ["step", "name", "by"].map { step[$0]?.text ?? "" }.joined(separator: " ")
        }
    }

    private func value(_ url: String, _ sql: String) throws -> String? {
        var connection = try Connection(url: url, password: nil, applicationName: "tests")
        return try connection.query(sql).text(row: 0, column: 0)
    }

    private func execute(_ url: String, _ sql: String) throws {
        var connection = try Connection(url: url, password: nil, applicationName: "tests")
        try connection.execute(sql)
    }

    @Test(arguments: TestServer.all)
    func `says what a run would do, and does nothing`(server: TestServer) throws {
        try server.withDatabase { url in
            let steps = try steps(url)
            #expect(steps.first == "migration 001_schema migrate")
            let ofTimescaleDB = steps.filter { !$0.hasPrefix("migration ") && !$0.hasPrefix("role ") }
            let expected = [
                "extension timescaledb migrate", "hypertable ledger.trade_events migrate",
                "hypertable public.price_data migrate",
            ]
            #expect(ofTimescaleDB == (server.kind == .timescaledb ? expected : []))
            #expect(try value(url, "SELECT to_regnamespace('ledger')") == nil)
            #expect(try value(url, "SELECT count(*) FROM pg_extension WHERE extname = 'timescaledb'") == "0")

            let run = try ledger.run("migrate", "--database", url)
            #expect(run.ending == .exit(0) && run.messages.count == 1)
            let after = try ledger.run("migrate", "--plan", "--database", url)
            #expect(after.ending == .exit(0) && after.stdout.isEmpty && after.stderr.contains("nothing to do"))
        }
    }

    @Test(arguments: TestServer.all)
    func `prints in each format what an older schema lacks`(server: TestServer) throws {
        try server.withDatabase { url in
            #expect(try ledger.run("migrate", "--database", url).ending == .exit(0))
            let query = "SELECT lpad(number::text, 3, '0') || '_' || name FROM \(Self.newest)"
            let name = try #require(try value(url, query))
            try execute(url, "DELETE FROM \(Self.newest)")
            #expect(
                try plan(url) == [
                    ["step": .string("migration"), "name": .string(name), "by": .string("migrate"), "statement": .null]
                ]
            )
            let csv = try ledger.run("migrate", "--plan", "--database", url, "--format", "csv")
            #expect(csv.lines == ["step,name,by,statement", "migration,\(name),migrate,"])
            let table = try ledger.run("migrate", "--plan", "--database", url, "--format", "table")
            #expect(table.lines.last?.split(separator: " ").map(String.init) == ["migration", name, "migrate"])
        }
    }

    @Test(arguments: TestServer.all)
    func `lists what somebody changed, and what a person has to decide`(server: TestServer) throws {
        try server.withDatabase { url in
            #expect(try ledger.run("migrate", "--database", url).ending == .exit(0))
            try execute(
                url,
                """
                ALTER TABLE ledger.trades DROP CONSTRAINT trades_status_check; CREATE TABLE ledger.extra (one integer);
                GRANT UPDATE ON ledger.trade_events TO ledger_writer
                """
            )
            #expect(
                try steps(url) == [
                    "restore ledger.extra does not belong person",
                    "restore ledger.trade_events: grant to ledger_writer differs migrate",
                    "restore ledger.trades: constraint trades_status_check is missing migrate",
                ]
            )
            let statement = try plan(url).first?["statement"]?.text
            #expect(statement == "drop it with DROP TABLE ledger.extra, or move it elsewhere")
            try execute(url, "DROP TABLE ledger.extra")
            #expect(try ledger.run("migrate", "--database", url).ending == .exit(0))
            #expect(try steps(url) == [])
        }
    }

    @Test(arguments: TestServer.all)
    func `refuses a schema that is newer than the program`(server: TestServer) throws {
        try server.withDatabase { url in
            #expect(try ledger.run("migrate", "--database", url).ending == .exit(0))
            try execute(url, "INSERT INTO ledger.schema_migrations VALUES (999, 'new', sha256(''))")
            let outcome = try ledger.run("migrate", "--plan", "--database", url)
            #expect(outcome.ending == .exit(78) && outcome.stdout.isEmpty)
            #expect(outcome.stderr.contains("schema version 999"))
        }
    }

    @Test(arguments: ServerKind.tested)
    func `shows an owner what an administrator has to do, and so does the run`(kind: ServerKind) throws {
        try PrivateServer.with(kind) { server in
            try server.server.withDatabase { url in
                let database = TestServer.databaseName(in: url)
                try execute(url, "CREATE ROLE owner LOGIN; ALTER DATABASE \(database) OWNER TO owner")
                let ownersURL = url.replacing("user=postgres", with: "user=owner")
                let roles = ["role ledger_writer administrator", "role ledger_reader administrator"]
                #expect(try steps(ownersURL).filter { $0.hasPrefix("role ") } == roles)

                let run = try ledger.run("migrate", "--database", ownersURL)
                #expect(run.ending == .exit(0))
                #expect(run.stderr.contains("must run this, because the login may not: CREATE ROLE ledger_writer"))
                let left = try plan(ownersURL)
                #expect(left.allSatisfy { $0["by"] == .string("administrator") })
                // The extension belongs to the server's administrator, whoever created it.
                let functions = left.filter { $0["step"] == .string("function") }.compactMap { $0["name"]?.text }
                #expect(functions.contains("_timescaledb_functions.drop_chunk(regclass)") == (kind == .timescaledb))
                try execute(url, left.compactMap { $0["statement"]?.text }.joined(separator: ";"))
                // The rights of the new roles.
                let rights = try plan(ownersURL)
                #expect(!rights.isEmpty && rights.allSatisfy { $0["step"] == .string("restore") })
                #expect(rights.allSatisfy { $0["by"] == .string("migrate") })
                #expect(try ledger.run("migrate", "--database", ownersURL).messages.count == 1)
                #expect(try plan(ownersURL) == [])
                let query = "SELECT has_table_privilege('ledger_writer', 'ledger.trade_events', 'INSERT')"
                #expect(try value(url, query) == "t")
            }
        }
    }
}
