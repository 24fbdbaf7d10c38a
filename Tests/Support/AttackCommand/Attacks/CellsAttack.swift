internal import LedgerTestSupport

/// Puts unexpected values into cells of the schema `ledger`, as its owner, and runs every command.
///
/// No value crashes the program, and none is accepted: the audit finds it, or the repair removes it.
struct CellsAttack {
    private let seed: UInt64

    private static let eventCount = 60
    /// Columns that record when and from where a row was stored: the log does not determine their values.
    private static let freeColumns = [
        "applied_at", "replicated_at", "replicated_by_host", "replicated_by_version", "replicated_from_directory",
        "ledger_name",
    ]
    /// Tables that do not depend on the log; the audit of the schema checks their form.
    private static let freeTables = ["reader_ledgers", "schema_migrations"]

    init(seed: UInt64) {
        self.seed = seed
    }

    func run(_ rig: Rig) throws -> Int {
        try rig.withDatabase(seed: seed) { url in
            let ledger = try AttackedLedger(databaseURL: url)
            let database = AttackedDatabase(url: url)
            try ledger.succeed(["migrate"])
            try ledger.succeed(["append", "--quiet"], input: Lines.input(Lines.identified(Self.eventCount, seed: 3)))
            try ledger.succeed(["replicate", "--once"])
            let before = try Self.contents(database)
            var random = SeededGenerator(seed: seed)
            let changes = try (0...random.next(below: 2)).compactMap { _ in try CellChange(&random, database) }
            do { try check(ledger, database, before) } catch let broken as BrokenPromise {
                throw BrokenPromise("\(changes.map(\.description).joined(separator: "; ")): \(broken)")
            }
            return changes.count
        }
    }

    private func check(_ ledger: AttackedLedger, _ database: AttackedDatabase, _ before: [String]) throws {
        let events = try ledger.succeed(["events"]).output
        let isChanged = try Self.contents(database) != before
        let audit = try ledger.run(["verify"])
        try promise(audit.ending != .exit(0) || !isChanged, "`verify` ends with 0, and the database is changed")
        let url = database.url
        for arguments in [
            ["verify", "--deep"], ["status"], ["diff", ledger.path, url], ["replicate", "--once"],
        ] { try ledger.run(arguments) }
        let restored = AttackedLedger(
            at: ledger.directory.path + "/restored",
            within: ledger.directory,
            databaseURL: url
        )
        if try restored.run(["restore", "--from-database"]).ending == .exit(0) {
            // The change may be that the database ends earlier.
            let output = try restored.succeed(["events"]).output
            try promise(events.starts(with: output), "`restore --from-database` ends with 0 and makes other events")
        }
        try ledger.run(["rebuild"])
        let repair = try ledger.run(["replicate", "--once", "--repair"])
        // This recreates the constraints that the attack dropped.
        try ledger.run(["migrate"])
        let after = try ledger.run(["verify"])
        guard after.ending == .exit(0) else {
            try promise(
                repair.ending != .exit(0),
                "`replicate --repair` ends with 0, and `verify` then with \(after.ending): \(after.stderr)"
            )
            return
        }
        let differences = Self.differences(before, try Self.contents(database))
        try promise(differences.isEmpty, "everything ends with 0, and the database is changed: \(differences)")
        try promise(try ledger.succeed(["events"]).output == events, "the log is changed")
    }

    private static func differences(_ before: [String], _ after: [String]) -> String {
        // A repaired checkpoint may end elsewhere: no event says where a batch ended, and `verify` checks the root.
        let (old, new) = (Set(before.filter { !isCheckpoint($0) }), Set(after.filter { !isCheckpoint($0) }))
        let lines =
            old.subtracting(new).sorted().prefix(2).map { "- \($0)" }
            + new.subtracting(old).sorted().prefix(2).map { "+ \($0)" }
        return lines.joined(separator: " ")
    }

    private static func isCheckpoint(_ row: String) -> Bool { row.hasPrefix("checkpoints ") }

    /// Every row that the log determines, in an order that does not depend on its place on disk.
    ///
    /// Events of a ledger that the database does not know are left out: a repair keeps them, because they may be the
    /// only copy of another log, and no view shows them.
    private static func contents(_ database: AttackedDatabase) throws -> [String] {
        let tables = try database.rows(CellChange.tables).compactMap { $0[0] }.filter { !freeTables.contains($0) }
        let free = freeColumns.map { " - '\($0)'" }.joined()
        return try tables.flatMap { table in
            let known = table == "trade_events" ? "WHERE ledger_id IN (SELECT ledger_id FROM ledger.replication)" : ""
            let rows = try database.rows(
                "SELECT '\(table) ' || (to_jsonb(r)\(free))::text FROM ledger.\(table) AS r \(known) ORDER BY 1"
            )
            return rows.compactMap { $0[0] }
        }
    }
}

/// One cell with a changed value.
struct CellChange: CustomStringConvertible {
    let description: String

    /// The tables of the schema.
    static let tables = """
        SELECT relname FROM pg_class
        WHERE relnamespace = 'ledger'::regnamespace AND relkind IN ('r', 'p') ORDER BY 1
        """

    /// Values by the name of a type, as SQL.
    private static let values: [String: [String]] = [
        "bigint": [
            "-1", "0", "1", "9223372036854775807", "-9223372036854775808", "1099511627776", "4294967296",
        ],
        "integer": ["-1", "0", "2147483647", "-2147483648"],
        "smallint": ["-1", "0", "32767", "-32768", "255"],
        "numeric": [
            "'NaN'", "'Infinity'", "'-Infinity'", "0", "-1", "1e-16383", "1e131071", "-1e131071",
            "0.00000000000000000000000000000000000000001", "99999999999999999999999999999999999999999",
        ],
        "timestamp with time zone": [
            "'infinity'", "'-infinity'", "'4713-01-01 00:00:00+00 BC'", "'0001-01-01 00:00:00+00'",
            "'294276-12-31 23:59:59.999999+00'", "'1970-01-01 00:00:00+00'", "'10000-01-01 00:00:00+00'",
        ],
        "text": [
            "''", "repeat('x', 2000000)", "chr(27) || '[31m' || chr(10) || chr(8238)", "'rest'", "'closed'",
            "repeat('[', 100000)", "'日本' || chr(1114111)",
        ],
        "name": ["''", "'x'"],
        "bytea": [
            "''", "'\\x00'", "decode(repeat('00', 32), 'hex')", "decode(repeat('ff', 33), 'hex')",
            "decode(repeat('ab', 100000), 'hex')",
        ],
        "uuid": ["'00000000-0000-0000-0000-000000000000'", "'ffffffff-ffff-ffff-ffff-ffffffffffff'"],
        "json": ["'{}'", "'null'", "'[]'", "'{\"a\":1,\"a\":2}'", "'\"x\"'", "'{\"a\":1e400}'"],
        "jsonb": ["'{}'", "'null'", "'[]'", "'\"x\"'"],
        "boolean": ["true", "false"],
    ]

    private static let columns = """
        SELECT relname, attname, format_type(atttypid, NULL)
        FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        WHERE relnamespace = 'ledger'::regnamespace AND relkind IN ('r', 'p') AND attnum > 0 AND NOT attisdropped
            AND attgenerated = ''
        ORDER BY 1, attnum
        """

    /// Changes a cell; nil if the server refuses the value, or the table has no row.
    init?(_ random: inout SeededGenerator, _ database: AttackedDatabase) throws {
        let columns = try database.rows(Self.columns).map { $0.map { $0 ?? "" } }
        let column = columns[Int(random.next(below: UInt64(columns.count)))]
        let (table, name, type) = (column[0], column[1], column[2])
        let choices = ["NULL"] + (Self.values[type] ?? [])
        let value = choices[Int(random.next(below: UInt64(choices.count)))]
        let row = random.next()
        let count = try database.rows("SELECT count(*) FROM ledger.\(table)")[0][0].flatMap { UInt64($0) } ?? 0
        guard count > 0 else { return nil }
        try Self.dropConstraints(table, name, database)
        do {
            try database.execute(
                """
                UPDATE ledger.\(table) SET \(name) = (\(value))::\(type)
                WHERE (tableoid, ctid) = (
                    SELECT tableoid, ctid FROM ledger.\(table) AS r ORDER BY r::text OFFSET \(row % count) LIMIT 1
                )
                """
            )
        } catch {
            return nil
        }
        description = "ledger.\(table).\(name) = \(value) in row \(row % count)"
    }

    /// First drops the constraints that forbid the value: the owner may do that.
    private static func dropConstraints(_ table: String, _ column: String, _ database: AttackedDatabase) throws {
        let statements = try database.rows(
            """
            SELECT format('ALTER TABLE ledger.%I DROP CONSTRAINT %I CASCADE', '\(table)', conname) FROM pg_constraint
            WHERE conrelid = 'ledger.\(table)'::regclass AND contype IN ('c', 'p', 'u', 'f')
            UNION ALL SELECT format('ALTER TABLE ledger.%I ALTER %I DROP NOT NULL', '\(table)', '\(column)')
            """
        )
        for statement in statements.compactMap({ $0[0] }) {
            // A constraint that cannot be dropped, such as that of a hypertable, stays.
            do { try database.execute(statement) } catch { continue }
        }
    }
}
