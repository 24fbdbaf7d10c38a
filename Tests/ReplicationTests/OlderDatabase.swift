import LedgerSchema
import Postgres
import PostgresTestSupport
import Replication
import Testing

/// A second database for a ledger, in the state that an older program left.
struct OlderDatabase {
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
    /// Returns the number of rows per table.
    func make(_ migrationCount: Int, _ kind: ServerKind) throws -> [String: String] {
        try applyMigrations(migrationCount)
        var connection = try connect()
        if kind == .timescaledb {
            try connection.execute("CREATE EXTENSION timescaledb")
            // As the first program did it; the current file names tables of later schemas.
            try connection.execute(
                """
                SELECT create_hypertable(
                    'ledger.trade_events', by_range('recorded_at', INTERVAL '7 days'), create_default_indexes => false
                )
                """
            )
        }
        var counts: [String: String] = [:]
        let tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'ledger' AND tablename <> 'schema_migrations'"
        for table in try rows(tables).compactMap({ $0[0] }) {
            let rows = try newest.value("SELECT coalesce(json_agg(r), '[]') FROM ledger.\(table) AS r")
            _ = try connection.query(
                "INSERT INTO ledger.\(table) SELECT * FROM json_populate_recordset(NULL::ledger.\(table), $1)",
                [.text(try #require(rows))]
            )
            counts[table] = try value("SELECT count(*) FROM ledger.\(table)")
        }
        return counts
    }

    /// Applies the first migrations as the program did that knew no others.
    func applyMigrations(_ count: Int) throws {
        var connection = try connect()
        for migration in Schema.migrations.prefix(count) {
            try connection.withTransaction { connection in
                if migration.number == 1 { try connection.execute(String(decoding: Schema.namespace, as: UTF8.self)) }
                try connection.execute(String(decoding: migration.sql, as: UTF8.self))
                _ = try connection.query(
                    "INSERT INTO ledger.schema_migrations (number, name, checksum) VALUES ($1, $2, sha256($3))",
                    [.text(String(migration.number)), .text(migration.name), .bytes(migration.sql)]
                )
            }
        }
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
