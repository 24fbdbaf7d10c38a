import Glibc
import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Testing

/// Values that the owner of a database can write into its tables, one at a time, and how every command handles them.
@Suite(.needsServer, .timeLimit(.minutes(30))) struct `A value that no ledger writes` {
    /// Expressions by the type of the column.
    private static let extremes: [String: [String]] = [
        "int2": ["-32768", "32767", "NULL"],
        "int4": ["2147483647", "-2147483648", "-1", "NULL"],
        "int8": ["-9223372036854775808", "9223372036854775807", "-1", "NULL", "0"],
        "numeric": ["'NaN'", "'Infinity'", "'-Infinity'", "'1e131071'", "'1e-16000'", "NULL"],
        "timestamptz": [
            "'infinity'", "'-infinity'", "'4713-01-01 00:00:00+00 BC'", "'294276-12-31 23:59:59.999999+00'", "NULL",
        ],
        "date": ["'infinity'", "'-infinity'", "'4713-01-01 BC'", "'5874897-12-31'", "NULL"],
        "bytea": ["''", "decode(repeat('00', 31), 'hex')", "decode(repeat('ff', 70000), 'hex')", "NULL"],
        "text": ["''", "repeat('x', 70000)", "E'\\x1b[2J\\n\\u202e'", "NULL"],
        "name": ["''", "'x'"],
        "regrole": ["'-'", "4294967295::oid::regrole", "NULL"],
        "uuid": ["'00000000-0000-0000-0000-000000000000'", "'ffffffff-ffff-ffff-ffff-ffffffffffff'", "NULL"],
        "bool": ["NOT %", "NULL"],
        "json": ["'[]'", "'{\"bull_confidence\":1e400}'", "'null'", "NULL"],
        "jsonb": ["'[]'", "'null'", "NULL"],
    ]

    /// Checks of `verify`, and reports of other commands, that name a table by its content.
    private static let findings = [
        "database schema", "database history", "database events", "database roots", "database position",
        "database trades", "database performance", "database orders", "database balances", "database positions",
        "database prices", "database halts", "database flows", "database decisions", "database outcomes",
        "database predictions", "database models", "database calibrations", "database strategies", "database alerts",
        "database ledgers", "it holds events after its position", "of the database is not the one of this program",
        "holds rows that do not match its own roots", "has another root than the log at",
        "was changed by another program: it holds events, but not event", "trades_id_key", "trades that differ",
    ]

    /// The column of one table, with its type.
    private struct Column {
        let table: String
        let name: String
        let type: String
    }

    /// The stride over columns without `--long`, which tries each extreme of each column.
    private static let stride = 12

    @Test(arguments: TestServer.all)
    func `is named by the commands that find it, crashes none of them, and is repaired`(server: TestServer) throws {
        let isLong = unsafe getenv("TRADELEDGER_TEST_LONG") != nil
        try server.withReplicatedLedger { ledger, url in
            try ledger.append([EventText.opened("open"), EventText.closed("open")])
            #expect(try ledger.run("replicate", "--once", "--database", url).ending == .exit(0))
            let columns = try columns(url)
            #expect(columns.count > 60)
            let first = server.kind == .plain ? 0 : Self.stride / 2
            for (index, column) in columns.enumerated() where isLong || index % Self.stride == first {
                let values = try #require(Self.extremes[column.type], "\(column.table).\(column.name): \(column.type)")
                let chosen = isLong ? values : [values[index % values.count]]
                for (number, value) in chosen.enumerated() {
                    try expectNoTrap(ledger, url, column, value, trade: "beside-\(index)-\(number)")
                }
            }
        }
    }

    private func expectNoTrap(
        _ ledger: CommandLedger,
        _ url: String,
        _ column: Column,
        _ value: String,
        trade: String
    ) throws {
        let what = "ledger.\(column.table).\(column.name) = \(value)"
        try execute(url, Self.dropConstraints)
        let order = ["trade_events", "checkpoints"].contains(column.table) ? "ORDER BY sequence DESC" : ""
        let place = "ctid = (SELECT ctid FROM ledger.\(column.table) \(order) LIMIT 1)"
        let expression = value.replacing("%", with: column.name)
        // A hypertable refuses some times by itself.
        guard try isDone(url, "UPDATE ledger.\(column.table) SET \(column.name) = \(expression) WHERE \(place)") else {
            return
        }
        let copy = TemporaryDirectory()
        for command in [
            "status", "replicate --once", "verify", "rebuild", "diff \(ledger.path) \(url)",
            "restore --from-database --ledger \(copy.path)/log", "migrate", "replicate --repair --once", "verify",
        ] {
            let words = command.split(separator: " ").map(String.init) + ["--database", url]
            let outcome = try ledger.start(words, input: .bytes([])).finish()
            guard case .exit(let status) = outcome.ending else {
                Issue.record("\(what): \(command): \(outcome.ending) \(outcome.stderr)")
                continue
            }
            #expect(status != 70, "\(what): \(command): \(outcome.stderr)")
            guard status != 0 else { continue }
            let names = [column.name, "ledger.\(column.table)"] + Self.findings
            let isNamed = names.contains { outcome.stderr.contains($0) }
            #expect(isNamed, "\(what): \(command): status \(status) \(outcome.stderr)")
        }
        let append = try ledger.run("append", "--database", url, input: EventText.opened(trade) + "\n")
        #expect(append.ending == .exit(0), "\(what): append: \(append.stdout)\(append.stderr)")
        // The names of migrations and readers are for `migrate` and the views, not for a repair.
        if column.table == "schema_migrations" { try execute(url, Self.restoreMigrations) }
        // The first repair leaves the dropped keys to `migrate`, which needs rows that satisfy them.
        _ = try ledger.run("replicate", "--repair", "--once", "--database", url)
        for command in ["migrate", "replicate --repair --once", "verify"] {
            let words = command.split(separator: " ").map(String.init) + ["--database", url]
            let outcome = try ledger.start(words, input: .bytes([])).finish()
            #expect(outcome.ending == .exit(0), "\(what): \(command) at the end: \(outcome.stderr)")
        }
    }

    private func columns(_ url: String) throws -> [Column] {
        var connection = try Connection(url: url, password: nil, applicationName: "tests")
        try connection.execute("CREATE TABLE public.kept_migrations AS TABLE ledger.schema_migrations")
        let rows = try connection.query(
            """
            SELECT table_name, column_name, udt_name
            FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
            WHERE table_schema = 'ledger' AND table_type = 'BASE TABLE'
            ORDER BY table_name, ordinal_position
            """
        )
        return (0..<rows.rowCount).map { row in
            let values = (0..<3).map { rows.text(row: row, column: $0) ?? "" }
            return Column(table: values[0], name: values[1], type: values[2])
        }
    }

    private func execute(_ url: String, _ sql: String) throws {
        var connection = try Connection(url: url, password: nil, applicationName: "tests")
        try connection.execute(sql)
    }

    /// Whether the server accepts the statement.
    private func isDone(_ url: String, _ sql: String) throws -> Bool {
        do { try execute(url, sql) } catch let error as PostgresError {
            guard error.kind == .server else { throw error }
            return false
        }
        return true
    }

    private static let restoreMigrations =
        "DELETE FROM ledger.schema_migrations; INSERT INTO ledger.schema_migrations TABLE public.kept_migrations"

    /// Drops all checks, as only the owner can, and replaces the keys by indexes, which batches name.
    private static let dropConstraints = #"""
        DO $$
        DECLARE item record;
        BEGIN
            FOR item IN
                SELECT conrelid::regclass AS place, conname, contype = 'p' AS is_key,
                    substring(pg_get_constraintdef(oid) FROM '\(.*\)') AS definition
                FROM pg_constraint
                WHERE connamespace = 'ledger'::regnamespace AND contype IN ('c', 'p') AND conparentid = 0
                ORDER BY contype
            LOOP
                IF item.is_key THEN
                    EXECUTE format('CREATE UNIQUE INDEX ON %s %s', item.place, item.definition);
                END IF;
                EXECUTE format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I CASCADE', item.place, item.conname);
            END LOOP;
            FOR item IN
                SELECT attrelid::regclass AS place, attname
                FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
                WHERE relnamespace = 'ledger'::regnamespace AND relkind = 'r' AND attnum > 0 AND attnotnull
                    AND NOT attisdropped AND NOT (relname = 'trade_events' AND attname = 'recorded_at')
            LOOP
                EXECUTE format('ALTER TABLE %s ALTER COLUMN %I DROP NOT NULL', item.place, item.attname);
            END LOOP;
        END $$
        """#
}
