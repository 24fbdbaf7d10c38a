import LedgerSchema
import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Replay
import Replication
import Testing

/// Every schema that a release may have left somewhere, with rows in it, and the newest one.
@Suite(.needsServer) struct `A database of an older schema` {
    @Test(arguments: TestServer.all)
    func `keeps every row and ends like one that was new, whichever schema it had`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { newest in
            try newest.append(HandmadeTrades.lines)
            try newest.ship()
            try newest.shipFiveBatches()
            for number in 1..<Schema.migrations.count {
                try server.withDatabase { url in
                    let older = OlderDatabase(of: newest, url)
                    // Every second one had TimescaleDB before its first rows, the others meet it with them.
                    let filled = try older.make(number, number.isMultiple(of: 2) ? server.kind : .plain)
                    _ = try older.migrate()
                    for (table, count) in filled {
                        #expect(try older.value("SELECT count(*) FROM ledger.\(table)") == count, "\(number): \(table)")
                    }
                    // The rows of a projection that the older schema did not have, or had otherwise.
                    if filled.keys.contains("replication") {
                        _ = try ProjectionRebuild(newest.reader, older.address).run { _ in }
                        let checks = try DatabaseAudit(newest.reader, older.address).run { _ in }
                        #expect(checks.compactMap(\.problem) == [], "from \(number)")
                        for view in try newest.rows(OlderDatabase.views).compactMap(\.first) {
                            let text = "SELECT string_agg(v::text, chr(10) ORDER BY v::text) FROM \(view ?? "") AS v"
                            #expect(try older.value(text) == newest.value(text), "from \(number): \(view ?? "")")
                        }
                    }
                }
            }
        }
    }
}

/// A database beside a ledger's own, in the state that an older program left.
private struct OlderDatabase {
    /// The public views.
    static let views = "SELECT 'public.' || viewname FROM pg_views WHERE schemaname = 'public' ORDER BY 1"

    private let newest: ReplicatedLedger
    private let url: String
    var address: DatabaseAddress { DatabaseAddress(url: url, password: nil) }

    init(of newest: ReplicatedLedger, _ url: String) {
        self.newest = newest
        self.url = url
    }

    /// Applies the first migrations as on such a server, and copies the rows that fit them.
    ///
    /// Returns how many each table has.
    func make(_ migrationCount: Int, _ kind: ServerKind) throws -> [String: String] {
        var connection = try connect()
        for migration in Schema.migrations.prefix(migrationCount) {
            try connection.withTransaction { connection in
                try connection.execute(String(decoding: migration.sql, as: UTF8.self))
                _ = try connection.query(
                    "INSERT INTO ledger.schema_migrations (number, name, checksum) VALUES ($1, $2, sha256($3))",
                    [.text(String(migration.number)), .text(migration.name), .bytes(migration.sql)]
                )
            }
        }
        if kind == .timescaledb {
            try connection.execute("CREATE EXTENSION timescaledb")
            try connection.execute(String(decoding: Schema.timescaleDB, as: UTF8.self))
        }
        var counts: [String: String] = [:]
        let tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'ledger' AND tablename <> 'schema_migrations'"
        for table in try rows(tables).compactMap({ $0[0] }) {
            let rows = try newest.value("SELECT json_agg(r) FROM ledger.\(table) AS r")
            _ = try connection.query(
                "INSERT INTO ledger.\(table) SELECT * FROM json_populate_recordset(NULL::ledger.\(table), $1)",
                [.text(try #require(rows))]
            )
            counts[table] = try value("SELECT count(*) FROM ledger.\(table)")
        }
        return counts
    }

    func migrate() throws -> Migrator.Outcome {
        var migrator = Migrator(try connect())
        return try migrator.run()
    }

    func value(_ sql: String) throws -> String? { try rows(sql).first?.first ?? nil }

    private func rows(_ sql: String) throws -> [[String?]] {
        var connection = try connect()
        let result = try connection.query(sql)
        return (0..<result.rowCount).map { row in
            (0..<result.columnCount).map { result.text(row: row, column: $0) }
        }
    }

    private func connect() throws -> Connection { try Connection(url: url, password: nil, applicationName: "tests") }
}
