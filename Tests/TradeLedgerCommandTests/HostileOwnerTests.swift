import Foundation
import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Testing

/// An administrator works in a database whose owner has planted code and settings.
@Suite(.needsServer) struct `In a database of a hostile owner` {
    /// Objects in `public`, before and after the ledger's schema exists; each function would abort its caller.
    private static let traps = """
        SET search_path = public, pg_catalog;
        CREATE FUNCTION public.trap() RETURNS integer LANGUAGE plpgsql
        AS $$ BEGIN RAISE EXCEPTION 'planted code ran'; END $$;
        CREATE TYPE public.uuid AS ENUM ('a'); CREATE TYPE public.regclass AS ENUM ('a');
        CREATE DOMAIN public.text AS pg_catalog.text CHECK (public.trap() = 1);
        CREATE DOMAIN public.name AS pg_catalog.name CHECK (public.trap() = 1);
        CREATE DOMAIN public.timestamptz AS pg_catalog.timestamptz CHECK (public.trap() = 1);
        CREATE TYPE public.coat AS (i integer);
        CREATE FUNCTION public.undress(public.coat) RETURNS pg_catalog.text LANGUAGE sql
        AS 'SELECT public.trap()::pg_catalog.text';
        CREATE CAST (public.coat AS pg_catalog.text) WITH FUNCTION public.undress(public.coat) AS IMPLICIT;
        """

    /// Functions by name and arguments; each returns a value that a statement could accept.
    private static let functions: [(String, returns: String)] = [
        ("format(pg_catalog.text, VARIADIC pg_catalog.text[])", "pg_catalog.text"),
        ("format(pg_catalog.text, pg_catalog.text)", "pg_catalog.text"),
        ("format(pg_catalog.text, pg_catalog.name)", "pg_catalog.text"),
        ("current_database()", "pg_catalog.name"), ("now()", "pg_catalog.timestamptz"),
        ("clock_timestamp()", "pg_catalog.timestamptz"), ("version()", "pg_catalog.text"),
        ("to_regrole(pg_catalog.text)", "pg_catalog.oid"), ("to_regclass(pg_catalog.text)", "pg_catalog.oid"),
        ("to_regnamespace(pg_catalog.text)", "pg_catalog.oid"),
        ("quote_ident(pg_catalog.text)", "pg_catalog.text"), ("quote_ident(pg_catalog.name)", "pg_catalog.text"),
        ("pg_advisory_lock(bigint)", "void"), ("pg_advisory_unlock(bigint)", "boolean"),
        ("current_setting(pg_catalog.text)", "pg_catalog.text"),
        ("set_config(pg_catalog.text, pg_catalog.text, boolean)", "pg_catalog.text"),
        ("pg_notify(pg_catalog.text, pg_catalog.text)", "void"), ("trim_scale(numeric)", "numeric"),
        ("abs(numeric)", "numeric"), ("div(numeric, numeric)", "numeric"), ("sign(numeric)", "numeric"),
        ("left(pg_catalog.text, integer)", "pg_catalog.text"), ("max(bigint)", "bigint"),
        ("octet_length(bytea)", "integer"), ("isfinite(pg_catalog.timestamptz)", "boolean"),
        ("json_typeof(json)", "pg_catalog.text"), ("array_agg(pg_catalog.text)", "pg_catalog.text[]"),
        ("unnest(pg_catalog.text[])", "pg_catalog.text"), ("pg_get_viewdef(pg_catalog.oid)", "pg_catalog.text"),
        ("aclexplode(aclitem[])", "pg_catalog.text"),
        ("pg_has_role(pg_catalog.name, pg_catalog.oid, pg_catalog.text)", "boolean"),
        ("has_database_privilege(pg_catalog.text, pg_catalog.text, pg_catalog.text)", "boolean"),
        ("has_table_privilege(pg_catalog.text, pg_catalog.text)", "boolean"),
    ]

    private static let operators = [
        ("=", "pg_catalog.text"), ("<>", "pg_catalog.text"), ("||", "pg_catalog.text"), ("=", "pg_catalog.name"),
        ("=", "bigint"), (">", "bigint"), ("=", "integer"), ("*", "numeric"), ("+", "numeric"), ("-", "numeric"),
        ("=", "pg_catalog.uuid"), ("=", "pg_catalog.oid"), ("~", "pg_catalog.text"), ("<=", "pg_catalog.timestamptz"),
    ]

    private static let settings = [
        "search_path = public, pg_catalog", "\"TimeZone\" = 'Asia/Kathmandu'", "\"DateStyle\" = 'SQL, DMY'",
        "\"IntervalStyle\" = 'sql_standard'", "extra_float_digits = -15", "standard_conforming_strings = off",
        "bytea_output = 'escape'", "quote_all_identifiers = on", "transform_null_equals = on", "array_nulls = off",
        "default_transaction_isolation = 'serializable'",
    ]

    @Test(arguments: ServerKind.tested)
    func `nothing planted runs, and stored and printed data does not change`(kind: ServerKind) throws {
        let secrets = TemporaryDirectory()
        _ = try Deployment.run(Deployment.path("tools/init-secrets"), [secrets.path])
        let ledger = try CommandLedger(EventText.generated(200, seed: 13))
        try PrivateServer.with(kind) { server in
            try server.execute("CREATE ROLE tradeledger LOGIN")
            try server.server.withDatabase { clean in
                try server.server.withDatabase { url in
                    let database = TestServer.databaseName(in: url)
                    try server.execute("ALTER DATABASE \(database) OWNER TO tradeledger")
                    try Self.plant(url.replacing("user=postgres", with: "user=tradeledger"), database)
                    var printed: [[String]] = []
                    for target in [clean, url] {
                        printed.append(try Self.work(ledger, target, secrets.path))
                    }
                    #expect(printed[0] == printed[1])
                    #expect(try Self.stored(clean) == Self.stored(url))
                }
            }
        }
    }

    /// Runs as the owner of the database, who is not a superuser.
    private static func plant(_ url: String, _ database: String) throws {
        var owner = try Connection(url: url, password: nil, applicationName: "tests")
        try owner.execute(traps)
        for (function, type) in functions {
            try owner.execute(
                """
                CREATE FUNCTION public.\(function) RETURNS \(type) LANGUAGE plpgsql
                AS $$ BEGIN RAISE EXCEPTION 'planted code ran'; END $$
                """
            )
        }
        for (index, (symbol, type)) in operators.enumerated() {
            let result = ["||", "*", "+", "-"].contains(symbol) ? type : "boolean"
            try owner.execute(
                """
                CREATE FUNCTION public.operator_\(index)(\(type), \(type)) RETURNS \(result) LANGUAGE plpgsql
                AS $$ BEGIN RAISE EXCEPTION 'planted code ran'; END $$;
                CREATE OPERATOR public.\(symbol) (
                    FUNCTION = public.operator_\(index), LEFTARG = \(type), RIGHTARG = \(type)
                )
                """
            )
        }
        for setting in settings {
            try owner.execute("ALTER DATABASE \(database) SET \(setting); ALTER ROLE tradeledger SET \(setting)")
        }
        // They would run: a session with the search path of the database finds them.
        var session = try Connection(url: url, password: nil, applicationName: "tests")
        let error = #expect(throws: PostgresError.self) { try session.execute("SELECT format('%s', 'a')") }
        #expect(error?.description.contains("planted code ran") == true)
    }

    /// The work of an administrator and a replicator; returns the output of each command.
    private static func work(_ ledger: CommandLedger, _ target: String, _ secrets: String) throws -> [String] {
        let options = settings.map { setting in
            let parts = setting.split(separator: " = ", maxSplits: 1)
            let name = parts[0].replacing("\"", with: "")
            let value = parts[1].replacing("'", with: "").replacing(" ", with: "")
            return "-c%20\(name)%3D\(value.replacing(",", with: "%2C").replacing("/", with: "%2F"))"
        }
        let hostile = target + "&options=" + options.joined(separator: "%20")
        var printed: [String] = []
        for arguments in [
            ["migrate"], ["migrate", "--plan"], ["replicate", "--once"], ["verify", "--deep", "--format", "json"],
            ["rebuild"], ["migrate", "--separate-readers", "on"], ["replicate", "--repair", "--once"],
            ["verify", "--format", "json"],
        ] {
            let outcome = try ledger.start(arguments + ["--database", hostile], input: .bytes([])).finish()
            #expect(outcome.ending == .exit(0), "\(arguments): \(outcome.stderr)")
            printed.append(outcome.stdout)
        }
        let roles = try Deployment.run(
            "/usr/bin/psql",
            ["-Xq", "-f", Deployment.path("deploy/roles.sql"), "--set", "secrets=\(secrets)", hostile]
        )
        #expect(roles.ending == .exit(0) && roles.stdout.isEmpty, "\(roles.stderr)")
        return printed
    }

    private static func stored(_ url: String) throws -> [String] {
        var session = try Connection(url: url, password: nil, applicationName: "tests")
        // The planted settings also affect this session, and change how the server prints a value.
        try session.execute(
            """
            SET search_path TO pg_catalog; SET TimeZone TO 'UTC'; SET DateStyle TO ISO; SET IntervalStyle TO postgres;
            SET bytea_output TO hex; SET extra_float_digits TO 1
            """
        )
        return try [
            "trade_events ORDER BY sequence", "trades ORDER BY id", "checkpoints ORDER BY sequence",
            "performance ORDER BY grouped_by, quote, day, symbol, strategy, market_regime",
        ].flatMap { table in
            let name = table.prefix { $0 != " " }
            let rows = try session.query("SELECT \(name)::pg_catalog.text FROM ledger.\(table)")
            return (0..<rows.rowCount).compactMap { rows.text(row: $0, column: 0) }
        }
    }
}
