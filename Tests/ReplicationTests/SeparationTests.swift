import Ledger
import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Replication
import Testing
import TradeModel

/// Two ledgers in one database, and logins that are limited to the second.
@Suite(.needsServer) struct `A login that is limited to a ledger` {
    @Test(arguments: TestServer.all)
    func `sees no other, whatever it tries with roles, settings, views and functions`(server: TestServer) throws {
        try Self.withTwoLedgers(server) { ledgers, url in
            let own = ledgers[1].ledger.ledgerID.description
            try ledgers[0].withLogin(inRole: "ledger_reader") { address in
                let login = try Self.bind(address, "reader", to: own, ledgers[0])
                let count = "SELECT string_agg(DISTINCT ledger_id::text, ',') FROM "
                func seen(_ connection: inout Connection, _ source: String = "trade_history") throws -> String? {
                    try connection.query(count + source).text(row: 0, column: 0)
                }
                var reader = try address.connectAsPerson()
                #expect(try seen(&reader) == own)
                try reader.execute("SET ROLE ledger_reader")
                #expect(try seen(&reader) == own)
                try reader.execute("RESET ROLE; ALTER ROLE \(login) SET role = ledger_reader")
                var second = try address.connectAsPerson()
                #expect(try second.query("SELECT current_user").text(row: 0, column: 0) == "ledger_reader")
                #expect(try seen(&second) == own)
                var third = try Connection(
                    url: url + "&user=\(login)&options=-c%20role%3Dledger_reader%20-c%20row_security%3Doff",
                    password: nil,
                    applicationName: "tests"
                )
                #expect(try seen(&third) == own)
                try reader.execute("CREATE TEMP VIEW mine AS SELECT * FROM trade_history")
                #expect(try seen(&reader, "mine") == own)
                // Objects of another reader, who sees all ledgers.
                let other = "\(login)_other"
                try ledgers[0].execute(
                    """
                    CREATE ROLE \(other) LOGIN IN ROLE ledger_reader;
                    CREATE FUNCTION public.lent() RETURNS SETOF public.trade_history LANGUAGE sql SECURITY DEFINER
                    AS 'SELECT * FROM public.trade_history'; ALTER FUNCTION public.lent() OWNER TO \(other)
                    """
                )
                defer {
                    let removal = "DROP FUNCTION public.lent(); DROP ROLE \(other)"
                    #expect(throws: Never.self) { try ledgers[0].execute(removal) }
                }
                #expect(try seen(&reader, "public.lent()") == own)
                for statement in [
                    "SET SESSION AUTHORIZATION \(other)", "SET ROLE \(other)", "SELECT FROM ledger.timeline",
                    "CREATE FUNCTION pg_temp.leak(text) RETURNS boolean LANGUAGE sql LEAKPROOF AS 'SELECT true'",
                ] {
                    #expect(throws: PostgresError.self, "\(statement)") { try reader.execute(statement) }
                }
                try ledgers[0].execute("ANALYZE ledger.trades, ledger.trade_events")
                let statistics = "SELECT count(*) FROM pg_stats WHERE schemaname = 'ledger'"
                #expect(try reader.query(statistics).text(row: 0, column: 0) == "0")
            }
        }
    }

    @Test(arguments: TestServer.all)
    func `learns no value of other ledgers from errors and from its own functions`(server: TestServer) throws {
        try Self.withTwoLedgers(server, separation: .on) { ledgers, _ in
            let own = ledgers[1].ledger.ledgerID.description
            try ledgers[0].withLogin(inRole: "ledger_reader") { address in
                _ = try Self.bind(address, "reader", to: own, ledgers[0])
                var reader = try address.connectAsPerson()
                try reader.execute(
                    """
                    CREATE FUNCTION pg_temp.tell(text) RETURNS boolean LANGUAGE plpgsql COST 0.0001
                    AS $$ BEGIN RAISE EXCEPTION 'saw %', $1; END $$
                    """
                )
                for view in [
                    "trade_history", "trade_timeline", "all_trade_events", "equity_curve", "performance_by_symbol",
                    "ledger_status",
                ] {
                    for condition in ["pg_temp.tell(v::text)", "1 / (ledger_id::text = '\(own)')::integer > 0"] {
                        let query = "SELECT FROM \(view) AS v WHERE ledger_id <> '\(own)' AND \(condition)"
                        #expect(try reader.query(query).rowCount == 0, "\(view)")
                    }
                }
            }
        }
    }

    @Test(arguments: TestServer.all)
    func `is limited by the row of a group, and after a rename`(server: TestServer) throws {
        try Self.withTwoLedgers(server) { ledgers, url in
            let own = ledgers[1].ledger.ledgerID.description
            let group = "group_\(TestServer.databaseName(in: url))"
            try ledgers[0].execute("CREATE ROLE \(group) IN ROLE ledger_reader")
            defer { #expect(throws: Never.self) { try ledgers[0].execute("DROP ROLE \(group)_renamed") } }
            try ledgers[0].execute("INSERT INTO ledger.reader_ledgers VALUES ('\(group)', '\(own)')")
            try ledgers[0].withLogin(inRole: group) { address in
                for _ in 0..<2 {
                    var reader = try address.connectAsPerson()
                    let seen = try reader.query("SELECT DISTINCT ledger_id FROM trade_history")
                    #expect(seen.rowCount == 1 && seen.text(row: 0, column: 0) == own)
                    guard try ledgers[0].value("SELECT to_regrole('\(group)')") != nil else { break }
                    try ledgers[0].execute("ALTER ROLE \(group) RENAME TO \(group)_renamed")
                }
            }
            // A login that may read the tables sees all ledgers.
            #expect(try ledgers[0].value("SELECT count(DISTINCT ledger_id) FROM trade_history") == "2")
        }
    }

    @Test(arguments: TestServer.all)
    func `moves and checkpoints no other ledger`(server: TestServer) throws {
        try Self.withTwoLedgers(server) { ledgers, _ in
            let own = ledgers[1].ledger.ledgerID.description
            let other = ledgers[0].ledger.ledgerID.description
            try ledgers[0].withLogin(inRole: "ledger_writer") { address in
                let login = try Self.bind(address, "writer", to: own, ledgers[0])
                for ledger in ledgers { try ledger.append([HandmadeTrades.lines[1].replacing("plain", with: "types")]) }
                try ledgers[1].ship(to: address)
                try ledgers[1].expectEqual()
                let error = try #require(throws: ReplicationError.self) { try ledgers[0].ship(to: address) }
                #expect(error.description.contains("login \(login) may not write ledger \(other)"))
                var writer = try address.connect("tests")
                for role in ["NONE", "ledger_writer"] {
                    try writer.execute("SET ROLE \(role)")
                    let moved = try writer.query(
                        "UPDATE ledger.replication SET last_sequence = 9 WHERE ledger_id = '\(other)'"
                    )
                    #expect(moved.affectedRowCount == 0)
                    for statement in [
                        "UPDATE ledger.replication SET ledger_id = '\(other)' WHERE ledger_id = '\(own)'",
                        "INSERT INTO ledger.checkpoints VALUES ('\(other)', 99, sha256(''), 98)",
                        """
                        INSERT INTO ledger.replication VALUES
                            (gen_random_uuid(), 7, 0, sha256(''), NULL, now(), 1)
                        """, "INSERT INTO ledger.writer_ledgers VALUES ('\(login)', '\(other)')",
                        "ALTER TABLE ledger.replication DISABLE ROW LEVEL SECURITY",
                    ] {
                        let error = #expect(throws: PostgresError.self) { try writer.execute(statement) }
                        #expect(error?.sqlState == "42501", "\(statement)")
                    }
                }
                try ledgers[0].ship()
                for ledger in ledgers { try ledger.expectEqual() }
            }
        }
    }

    private static func withTwoLedgers(
        _ server: TestServer,
        separation: ReaderSeparation = .off,
        _ body: ([ReplicatedLedger], _ url: String) throws -> Void
    ) throws {
        try server.withDatabase { url in
            let ledgers = try ([0, 1] as [Int64]).map { try ReplicatedLedger(databaseURL: url, number: $0) }
            var migrator = Migrator(try ledgers[0].connect(), separation: separation)
            _ = try migrator.run()
            try ledgers[0].append(HandmadeTrades.lines.map { $0.replacing("A/B", with: "SECRET/B") })
            try ledgers[1].append(HandmadeTrades.lines)
            for ledger in ledgers { try ledger.ship() }
            try body(ledgers, url)
        }
    }

    /// Limits the login of an address to a ledger; returns its name.
    private static func bind(
        _ address: DatabaseAddress,
        _ kind: String,
        to ledgerID: String,
        _ owner: ReplicatedLedger
    ) throws -> String {
        var session = try address.connect("tests")
        let login = try #require(try session.query("SELECT session_user").text(row: 0, column: 0))
        try owner.execute("INSERT INTO ledger.\(kind)_ledgers VALUES ('\(login)', '\(ledgerID)')")
        return login
    }
}
