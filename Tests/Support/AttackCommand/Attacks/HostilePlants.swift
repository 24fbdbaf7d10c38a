internal import LedgerTestSupport
internal import Postgres

/// Objects that a login without rights plants in schema `public`, and settings of the database that change how sessions
/// read and write values.
struct HostilePlants {
    let settings: [String]
    private let plantsObjects: Bool

    /// The options with which a session ignores the settings of the database.
    static let calmSession = """
        SET search_path = pg_catalog; SET TimeZone = 'UTC'; SET DateStyle = 'ISO, MDY'; SET extra_float_digits = 1;
        SET standard_conforming_strings = on; SET bytea_output = 'hex'; SET IntervalStyle = 'postgres';
        SET client_encoding = 'UTF8'; SET transform_null_equals = off; SET array_nulls = on
        """

    private static let choices = [
        "search_path = public, pg_catalog", "search_path = public", "search_path = ''", "TimeZone = 'Asia/Kathmandu'",
        "DateStyle = 'German, DMY'", "DateStyle = 'SQL, DMY'", "extra_float_digits = -15",
        "standard_conforming_strings = off", "synchronous_commit = off", "bytea_output = 'escape'",
        "IntervalStyle = 'sql_standard'", "client_encoding = 'LATIN1'", "transform_null_equals = on",
        "array_nulls = off", "quote_all_identifiers = on", "default_transaction_isolation = 'serializable'",
        "lc_numeric = 'C'", "xmlbinary = 'hex'", "check_function_bodies = off", "backslash_quote = off",
        "client_min_messages = 'debug5'", "row_security = off", "plan_cache_mode = 'force_generic_plan'",
    ]

    init(_ random: inout SeededGenerator) {
        plantsObjects = random.next(below: 4) > 0
        var generator = random
        settings = (0..<(1 + generator.next(below: 5))).map { _ in
            Self.choices[Int(generator.next(below: UInt64(Self.choices.count)))]
        }
        random = generator
    }

    /// Plants all of it, as a login that may only create objects in `public`.
    func plant(_ database: AttackedDatabase) throws {
        let name = try database.rows("SELECT current_database()")[0][0] ?? ""
        let planter = "planter_\(name)"
        try database.execute(
            """
            SET search_path = pg_catalog;
            CREATE ROLE \(planter) LOGIN;
            GRANT CREATE, USAGE ON SCHEMA public TO \(planter);
            CREATE TABLE public.traces (what text);
            GRANT INSERT ON public.traces TO PUBLIC;
            """
        )
        if plantsObjects {
            var connection = try AttackedDatabase(url: database.url + "&user=\(planter)").connect()
            try connection.execute("SET search_path = pg_catalog")
            for statement in Self.objects {
                // Some of the signatures are not possible.
                do { try connection.execute(statement) } catch { continue }
            }
        }
        for setting in settings {
            try database.execute("ALTER DATABASE \(name) SET \(setting)")
            try database.execute("ALTER ROLE postgres IN DATABASE \(name) SET \(setting)")
        }
    }

    /// Functions, operators, types and relations with the names of the server's own.
    ///
    /// Their arguments are the same or fit better. Each leaves a trace when it is used.
    private static let objects = [functions, operators] + types + relations

    private static func trace(_ what: String) -> String { "INSERT INTO public.traces VALUES (\(what))" }

    /// Every function of the server with these names, and some that fit better than a variadic or polymorphic one.
    private static let functions = """
        DO $do$
        DECLARE f record;
        BEGIN
            FOR f IN
                SELECT proname, pg_get_function_identity_arguments(p.oid) AS arguments,
                    pg_get_function_result(p.oid) AS result
                FROM pg_proc AS p
                WHERE pronamespace = 'pg_catalog'::regnamespace AND prokind = 'f' AND proname IN (
                    'to_regrole', 'to_regclass', 'to_regnamespace', 'to_regprocedure', 'current_setting', 'set_config',
                    'octet_length', 'now', 'clock_timestamp', 'transaction_timestamp', 'pg_get_viewdef', 'rtrim',
                    'btrim', 'sha256', 'hashtext', 'pg_advisory_lock', 'pg_advisory_xact_lock', 'pg_try_advisory_lock',
                    'pg_notify', 'has_database_privilege', 'has_table_privilege', 'has_schema_privilege',
                    'current_database', 'version', 'encode', 'decode', 'date_trunc', 'timezone', 'date_part',
                    'extract', 'lower', 'upper', 'length', 'left', 'right', 'substr', 'substring', 'replace',
                    'split_part', 'quote_ident', 'quote_literal', 'md5', 'gen_random_uuid', 'round', 'trunc', 'div',
                    'mod', 'abs', 'sign', 'power', 'pg_backend_pid', 'pg_is_in_recovery', 'format_type',
                    'json_typeof', 'jsonb_typeof', 'starts_with', 'scale', 'trim_scale', 'pg_has_role',
                    'regexp_replace', 'textcat', 'to_timestamp', 'pg_my_temp_schema', 'obj_description', 'chr',
                    'pg_encoding_to_char', 'pg_table_is_visible', 'numeric', 'text', 'int8', 'bool', 'txid_current'
                )
                UNION ALL VALUES
                    ('format', 'text, text', 'text'), ('format', 'text, name', 'text'),
                    ('format', 'text, text, text', 'text'), ('format', 'text, name, name', 'text'),
                    ('format', 'text, regprocedure', 'text'), ('format', 'text, name, text', 'text'),
                    ('format', 'text, bigint', 'text'), ('format', 'text, text, text, text', 'text'),
                    ('array_length', 'text[], integer', 'integer'), ('array_append', 'text[], text', 'text[]'),
                    ('array_position', 'text[], text', 'integer'), ('cardinality', 'text[]', 'integer'),
                    ('concat', 'text, text', 'text'), ('to_jsonb', 'text', 'jsonb'), ('to_jsonb', 'numeric', 'jsonb'),
                    ('jsonb_build_object', 'text, text', 'jsonb'), ('json_build_object', 'text, uuid', 'json'),
                    ('json_build_object', 'text, uuid, text, bigint', 'json'), ('pg_typeof', 'text', 'regtype'),
                    ('num_nulls', 'text', 'integer'), ('quote_literal', 'bigint', 'text')
            LOOP
                BEGIN
                    EXECUTE format(
                        'CREATE FUNCTION public.%I(%s) RETURNS %s LANGUAGE plpgsql AS %L',
                        f.proname, f.arguments, f.result,
                        'BEGIN ' || $s$\(trace("'function'"))$s$ || '; RETURN NULL; END'
                    );
                EXCEPTION WHEN OTHERS THEN NULL;
                END;
            END LOOP;
        END
        $do$
        """

    private static let operators = """
        DO $do$
        DECLARE l text; r text; o text;
        BEGIN
            CREATE FUNCTION public.traced(anyelement, anyelement) RETURNS boolean LANGUAGE plpgsql
                AS $f$ BEGIN \(trace("'operator'")); RETURN true; END $f$;
            FOREACH l IN ARRAY ARRAY['uuid', 'text', 'name', 'bigint', 'integer', 'numeric', 'bytea'] LOOP
                FOREACH r IN ARRAY ARRAY['uuid', 'text', 'name', 'bigint', 'integer', 'numeric', 'bytea'] LOOP
                    EXECUTE format(
                        'CREATE FUNCTION public.traced(%s, %s) RETURNS boolean LANGUAGE plpgsql AS %L', l, r,
                        'BEGIN ' || $s$\(trace("'operator'"))$s$ || '; RETURN true; END'
                    );
                    FOREACH o IN ARRAY ARRAY['=', '<>', '<', '>', '<=', '>=', '~', '||', '+', '-'] LOOP
                        BEGIN
                            EXECUTE format(
                                'CREATE OPERATOR public.%s (FUNCTION = public.traced, LEFTARG = %s, RIGHTARG = %s)',
                                o, l, r
                            );
                        EXCEPTION WHEN OTHERS THEN NULL;
                        END;
                    END LOOP;
                END LOOP;
            END LOOP;
        END
        $do$
        """

    private static let types: [String] =
        [
            """
            CREATE FUNCTION public.traced() RETURNS boolean LANGUAGE plpgsql
                AS $f$ BEGIN \(trace("'type'")); RETURN true; END $f$
            """
        ]
        + ["uuid", "text", "name", "bytea", "jsonb", "json", "timestamptz", "int8", "regclass", "regrole", "date"].map {
            "CREATE DOMAIN public.\($0) AS pg_catalog.\($0) CHECK (public.traced())"
        }

    private static let relations = [
        "pg_class", "pg_namespace", "pg_constraint", "pg_roles", "pg_extension", "pg_proc", "pg_attribute",
        "pg_settings", "pg_database", "pg_available_extensions", "pg_locks", "pg_stat_activity", "trade_events",
        "trades",
        "replication", "checkpoints", "schema_migrations",
    ].map {
        "CREATE VIEW public.\($0) AS SELECT 1 AS oid, public.traced() AS extname WHERE public.traced()"
    }
}
