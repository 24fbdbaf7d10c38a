import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Replay
import Replication
import Testing

/// What `verify` reports about roles, which belong to the whole server, so each test has its own server.
@Suite(.needsServer) struct `The roles of a database` {
    /// Changes that an administrator could make, and the report of the check.
    private static let changes: [(sql: String, finding: String)] = [
        ("GRANT ledger_writer TO ledger_reader", "role ledger_reader is a member of ledger_writer"),
        ("GRANT pg_read_all_data TO ledger_reader", "role ledger_reader is a member of pg_read_all_data"),
        (
            "CREATE ROLE middle IN ROLE owner; GRANT middle TO ledger_reader",
            "role ledger_reader is a member of middle (owner)"
        ),
        ("ALTER ROLE ledger_writer LOGIN", "role ledger_writer has the attribute LOGIN"),
        ("ALTER ROLE ledger_reader CREATEROLE", "role ledger_reader has the attribute CREATEROLE"),
        ("ALTER ROLE ledger_reader BYPASSRLS", "role ledger_reader has the attribute BYPASSRLS"),
        (
            """
            CREATE ROLE writer LOGIN BYPASSRLS IN ROLE ledger_writer;
            INSERT INTO ledger.writer_ledgers SELECT 'writer'::regrole, ledger_id FROM ledger.replication
            """,
            "role writer has the attribute BYPASSRLS"
        ),
        (
            "ALTER ROLE writer SET synchronous_commit = local",
            "role writer has the setting synchronous_commit=local"
        ),
        ("ALTER ROLE ALL SET synchronous_commit = off", "role ALL has the setting synchronous_commit=off"),
        (
            "ALTER ROLE writer IN DATABASE trades SET session_replication_role = replica",
            "role writer IN DATABASE trades has the setting session_replication_role=replica"
        ),
    ]

    /// The statement for an administrator, if the owner may not run it.
    private static let statements = [
        "REVOKE ledger_writer FROM ledger_reader", "REVOKE pg_read_all_data FROM ledger_reader",
        "REVOKE middle FROM ledger_reader", "ALTER ROLE ledger_writer NOLOGIN",
        "ALTER ROLE ledger_reader NOCREATEROLE", "ALTER ROLE ledger_reader NOBYPASSRLS",
        "ALTER ROLE writer NOBYPASSRLS", "ALTER ROLE writer RESET synchronous_commit",
        "ALTER ROLE ALL RESET synchronous_commit",
        "ALTER ROLE writer IN DATABASE trades RESET session_replication_role",
    ]

    @Test(arguments: ServerKind.tested)
    func `are reported if they lift a limit, and migrate undoes it or names who can`(kind: ServerKind) throws {
        try Self.withOwnedLedger(kind) { ledger, administrator in
            for change in Self.changes { try administrator.execute(change.sql) }
            let expected = zip(Self.changes, Self.statements)
                .map { "\($0.finding): an administrator runs \($1)" }.sorted().joined(separator: "; ")
            #expect(try ledger.schemaProblem() == expected)
            var migrator = Migrator(try ledger.connect())
            _ = try migrator.run()
            let left = try migrator.plan().filter { $0.kind == .restore }
            #expect(left.allSatisfy { $0.actor == .administrator })
            #expect(left.compactMap(\.statement).sorted() == Self.statements.sorted())
            #expect(try ledger.schemaProblem() == expected)
            // An administrator may undo all of it.
            try administrator.migrate()
            try ledger.expectEqual()
        }
    }

    @Test(arguments: ServerKind.tested)
    func `are reported if a login both reads and writes, and a person decides`(kind: ServerKind) throws {
        try Self.withOwnedLedger(kind) { ledger, administrator in
            try administrator.execute("CREATE ROLE dual LOGIN IN ROLE ledger_reader, ledger_writer")
            let remedy =
                "role dual is a member of ledger_writer (ledger_reader): REVOKE ledger_writer FROM dual where it only "
                + "reads, or REVOKE ledger_reader FROM dual where it replicates"
            #expect(try ledger.schemaProblem() == remedy)
            try administrator.migrate()
            #expect(try ledger.schemaProblem() == remedy)
            try administrator.execute("REVOKE ledger_reader FROM dual")
            try ledger.expectEqual()
        }
    }

    @Test(arguments: ServerKind.tested)
    func `are not reported if the owner or a superuser has more rights`(kind: ServerKind) throws {
        try Self.withOwnedLedger(kind) { ledger, administrator in
            try administrator.execute(
                """
                GRANT ledger_writer, ledger_reader TO owner; ALTER ROLE owner BYPASSRLS CREATEROLE;
                CREATE ROLE person LOGIN SUPERUSER IN ROLE ledger_reader, ledger_writer;
                CREATE ROLE unbound LOGIN BYPASSRLS IN ROLE ledger_writer;
                INSERT INTO ledger.writer_ledgers SELECT 'owner'::regrole, ledger_id FROM ledger.replication
                """
            )
            try ledger.expectEqual()
        }
    }

    @Test(arguments: ServerKind.tested)
    func `can reset their own settings`(kind: ServerKind) throws {
        try Self.withOwnedLedger(kind) { ledger, administrator in
            try administrator.execute("ALTER ROLE owner SET synchronous_commit = off")
            let finding = "role owner has the setting synchronous_commit=off; run `tradeledger migrate`"
            #expect(try ledger.schemaProblem()?.hasPrefix(finding) == true)
            try ledger.migrate()
            try ledger.expectEqual()
        }
    }

    @Test(arguments: ServerKind.tested)
    func `get the statement for an administrator if an object has another owner`(kind: ServerKind) throws {
        for object in ["public.closed_trades", "ledger.schema_migrations"] {
            try Self.withOwnedLedger(kind) { ledger, administrator in
                try administrator.execute("ALTER TABLE \(object) OWNER TO postgres")
                let instruction =
                    "\(object): owner differs: an administrator runs ALTER TABLE \(object) OWNER TO owner"
                let error = try #require(throws: ReplicationError.self) { try ledger.migrate() }
                #expect(error.description.contains(instruction), "\(error)")
                try administrator.execute("ALTER TABLE \(object) OWNER TO owner")
                try ledger.migrate()
                try ledger.expectEqual()
            }
        }
    }

    /// A ledger in a database of an owner who is not a superuser, and the same database for an administrator.
    private static func withOwnedLedger(
        _ kind: ServerKind,
        _ body: (_ owner: ReplicatedLedger, _ administrator: ReplicatedLedger) throws -> Void
    ) throws {
        try PrivateServer.with(kind) { server in
            try server.execute(
                "CREATE ROLE owner LOGIN; CREATE ROLE ledger_writer; CREATE ROLE ledger_reader"
            )
            try server.execute("CREATE DATABASE trades OWNER owner ENCODING 'UTF8' TEMPLATE template0")
            let url = server.server.databaseURL("trades")
            let ledger = try ReplicatedLedger(databaseURL: url.replacing("user=postgres", with: "user=owner"))
            try ledger.migrate()
            try ledger.shipFiveBatches()
            try body(ledger, try ReplicatedLedger(databaseURL: url))
        }
    }
}
