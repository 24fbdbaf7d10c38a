internal import LedgerTestSupport
internal import Postgres

/// A login in `ledger_reader` that may see one of two ledgers, and tries to see the other.
struct HostileReader {
    private let database: AttackedDatabase

    init(_ database: AttackedDatabase) {
        self.database = database
    }

    func attack() throws -> Int {
        let ledgers = try TwoLedgers(database)
        let name = try database.rows("SELECT current_database()")[0][0] ?? ""
        let login = "reader_\(name)"
        try database.execute(
            """
            CREATE ROLE \(login) LOGIN IN ROLE ledger_reader;
            CREATE ROLE \(login)_group IN ROLE ledger_reader;
            GRANT \(login)_group TO \(login);
            INSERT INTO ledger.reader_ledgers VALUES ('\(login)', '\(ledgers.ownID)');
            """
        )
        try ledgers.own.succeed(["migrate", "--separate-readers", "on"])
        let escapes = Self.escapes(login: login, other: ledgers.otherID)
        let views = try database.rows(Self.views).compactMap { $0[0] }
        for escape in escapes { try attack(escape, login, ledgers, views) }
        return escapes.count
    }

    /// Ways to other rights: options of the connection, and statements before the query.
    private static func escapes(login: String, other: String) -> [(options: String, statements: [String])] {
        [
            ("", []), ("", ["SET ROLE ledger_reader"]), ("", ["SET ROLE \(login)_group"]),
            ("", ["SET SESSION AUTHORIZATION ledger_reader"]), ("", ["SET LOCAL ROLE ledger_reader"]),
            ("&options=-c%20role%3Dledger_reader", []), ("&options=-c%20session_authorization%3Dledger_reader", []),
            ("&options=-c%20row_security%3Doff", []), ("&options=-c%20search_path%3Dpg_temp,ledger", []),
            ("", ["ALTER ROLE \(login) SET role = 'ledger_reader'"]), ("", []),
            ("", ["CREATE ROLE \(login)_more IN ROLE ledger_reader", "SET ROLE \(login)_more"]),
            ("", ["DELETE FROM ledger.reader_ledgers"]),
            ("", ["CREATE TEMP TABLE reader_ledgers (reader name, ledger_id uuid)"]),
            (
                "",
                [
                    "CREATE FUNCTION pg_temp.current_user() RETURNS name LANGUAGE sql AS $$ SELECT 'x'::name $$",
                    "SET search_path = pg_temp, public",
                ]
            ),
            (
                "",
                [
                    """
                    CREATE FUNCTION pg_temp.leak(uuid) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$
                    BEGIN IF $1 = '\(other)' THEN RAISE 'leaked'; END IF; RETURN true; END $$
                    """
                ]
            ),
            ("", ["CREATE TEMP VIEW mine AS SELECT * FROM public.trade_history", "SET ROLE ledger_reader"]),
            ("", ["SET row_security = off"]), ("", ["SET session_replication_role = replica"]),
        ]
    }

    /// The queries of people.
    private static let views = """
        SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'v'
        UNION ALL SELECT 'trade_history_as_of(now())' ORDER BY 1
        """

    private func attack(
        _ escape: (options: String, statements: [String]),
        _ login: String,
        _ ledgers: TwoLedgers,
        _ views: [String]
    ) throws {
        let url = database.url + "&user=\(login)" + escape.options
        // A connection that is refused sees nothing.
        guard var connection = Self.session(url) else { return }
        for statement in escape.statements {
            do { try connection.execute(statement) } catch { continue }
        }
        let isLeaking = escape.statements.contains { $0.contains("pg_temp.leak") }
        for view in views {
            let condition = isLeaking ? "pg_temp.leak(ledger_id)" : "ledger_id = '\(ledgers.otherID)'"
            do throws(PostgresError) {
                let rows = try connection.query("SELECT 1 FROM public.\(view) WHERE \(condition)").rowCount
                let seen = isLeaking ? 0 : rows
                guard seen == 0 else {
                    throw PostgresError(kind: .protocolViolation, message: "leaked \(seen) rows")
                }
            } catch {
                guard !error.message.contains("leaked") else {
                    throw BrokenPromise("a reader of one ledger sees another in \(view) after \(escape)")
                }
            }
        }
    }

    private static func session(_ url: String) -> Connection? {
        do { return try Connection(url: url, password: nil, applicationName: "attack") } catch { return nil }
    }
}
