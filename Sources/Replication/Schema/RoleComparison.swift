internal import Postgres

/// Roles that lift a limit of the schema, and settings under which the server promises less than the program relies on.
///
/// Roles belong to the whole server, so the owner of one database may not be allowed to change them: each difference
/// says whether the login that would run `migrate` may undo it.
enum RoleComparison {
    /// What is a hole.
    ///
    /// An owner of the schema that is in `ledger_writer`, and superusers in any role, are not: they may do everything.
    static func differences(
        _ connection: inout Connection,
        _ runner: SchemaComparison.Runner
    ) throws(PostgresError) -> [SchemaComparison.Difference] {
        guard try connection.isTrue("SELECT to_regnamespace('ledger') IS NOT NULL") else { return [] }
        let unbound = "SELECT NULL, NULL, NULL, NULL, NULL::boolean WHERE false"
        let text = common(runner) + (try canReadBindings(&connection) ? bound : unbound)
        let rows = try connection.query(text)
        return (0..<rows.rowCount).compactMap { row in
            guard let key = CatalogEntry.Key(rows, row) else { return nil }
            let isAllowed = rows.text(row: row, column: 4).map { $0 == "t" }
            return SchemaComparison.Difference(
                key: key,
                expected: nil,
                actual: rows.text(row: row, column: 3),
                remedy: remedy(key, isAllowed: isAllowed)
            )
        }
    }

    /// The statement that undoes a difference.
    static func statement(_ key: CatalogEntry.Key) -> String {
        switch key.aspect {
        case .attribute: "ALTER ROLE \(key.object) NO\(key.part)"
        case .membership: "REVOKE \(key.part) FROM \(key.object)"
        default: "ALTER ROLE \(key.object) RESET \(key.part)"
        }
    }

    /// Which of the two roles of a login is the wrong one nobody but a person knows, so no right is given for it.
    private static func remedy(_ key: CatalogEntry.Key, isAllowed: Bool?) -> SchemaComparison.Remedy {
        switch isAllowed {
        case true?: .migrate
        case false?: .administrator(statement(key))
        case nil:
            .person(
                "REVOKE ledger_writer FROM \(key.object) where it only reads, or REVOKE ledger_reader FROM "
                    + "\(key.object) where it replicates"
            )
        }
    }

    /// Whether the table that binds logins to ledgers is one, and may be read: reading a view in its place would call
    /// whatever functions somebody put into it.
    private static func canReadBindings(_ connection: inout Connection) throws(PostgresError) -> Bool {
        try connection.isTrue(
            """
            SELECT EXISTS (
                SELECT FROM pg_class
                WHERE oid = to_regclass('ledger.writer_ledgers') AND relkind = 'r' AND NOT relrowsecurity
                  AND has_table_privilege(oid, 'SELECT')
            )
            """
        )
    }

    /// Roles in `ledger_writer` that no row security holds, where a login that is bound to a ledger can be one of them.
    private static let bound = """
        SELECT role.oid::regrole::text, 'attribute', 'BYPASSRLS', '', actor.rolsuper
        FROM actor, owner, pg_roles AS role
        WHERE role.rolbypassrls AND NOT role.rolsuper AND role.oid <> owner.oid
          AND role.rolname NOT IN ('ledger_reader', 'ledger_writer')
          AND pg_has_role(role.oid, to_regrole('ledger_writer'), 'MEMBER')
          AND EXISTS (
            SELECT FROM pg_roles AS login JOIN ledger.writer_ledgers ON pg_has_role(login.oid, writer, 'MEMBER')
            WHERE login.rolcanlogin AND NOT login.rolsuper AND login.oid <> owner.oid
              AND pg_has_role(login.oid, role.oid, 'MEMBER'))
        """

    /// The first facts, each with whether the runner may undo it; what follows is one more query.
    private static func common(_ runner: SchemaComparison.Runner) -> String {
        """
        WITH RECURSIVE owner AS (SELECT nspowner AS oid FROM pg_namespace WHERE nspname = 'ledger'),
        actor AS (SELECT pg_roles.* FROM pg_roles, owner WHERE \(runner.condition)),
        -- The roles that the actor may alter, and hand out.
        own AS (
            SELECT role.oid, actor.rolsuper OR NOT role.rolsuper AND actor.rolcreaterole AND (
                    current_setting('server_version_num')::integer < 160000
                    OR pg_has_role(actor.oid, role.oid, 'MEMBER WITH ADMIN OPTION')) AS is_altered,
                actor.rolsuper OR pg_has_role(actor.oid, role.oid, 'MEMBER WITH ADMIN OPTION')
                    OR NOT role.rolsuper AND actor.rolcreaterole
                    AND current_setting('server_version_num')::integer < 160000 AS is_granted
            FROM pg_roles AS role, actor
        ),
        -- What ledger_reader is a member of: directly, and by way of that.
        above AS (
            SELECT roleid AS direct, roleid AS role FROM pg_auth_members WHERE member = to_regrole('ledger_reader')
            UNION
            SELECT direct, roleid FROM above JOIN pg_auth_members ON member = above.role
        )
        SELECT role.oid::regrole::text, 'attribute' AS aspect, attribute.name AS part, '' AS actual,
            CASE WHEN attribute.name IN ('SUPERUSER', 'REPLICATION', 'BYPASSRLS') THEN actor.rolsuper
                ELSE own.is_altered END AS is_allowed
        FROM actor, pg_roles AS role JOIN own ON own.oid = role.oid,
            LATERAL (VALUES ('LOGIN', role.rolcanlogin), ('SUPERUSER', role.rolsuper),
                ('CREATEDB', role.rolcreatedb), ('CREATEROLE', role.rolcreaterole),
                ('REPLICATION', role.rolreplication), ('BYPASSRLS', role.rolbypassrls)) AS attribute (name, is_set)
        WHERE role.rolname IN ('ledger_reader', 'ledger_writer') AND attribute.is_set
        UNION ALL
        SELECT 'ledger_reader', 'membership', direct::regrole::text,
            string_agg(role::regrole::text, ', ' ORDER BY role::regrole::text), bool_and(own.is_granted)
        FROM owner, above JOIN pg_roles ON pg_roles.oid = role JOIN own ON own.oid = direct
        WHERE rolsuper OR role = owner.oid
           OR rolname IN ('ledger_writer', 'pg_read_all_data', 'pg_write_all_data')
        GROUP BY direct
        UNION ALL
        SELECT login.oid::regrole::text, 'membership', 'ledger_writer', 'ledger_reader', NULL
        FROM owner, pg_roles AS login
        WHERE login.rolcanlogin AND NOT login.rolsuper
          AND NOT pg_has_role(login.oid, owner.oid, 'MEMBER')
          AND pg_has_role(login.oid, to_regrole('ledger_reader'), 'MEMBER')
          AND pg_has_role(login.oid, to_regrole('ledger_writer'), 'MEMBER')
          AND NOT pg_has_role(to_regrole('ledger_reader'), to_regrole('ledger_writer'), 'MEMBER')
          AND NOT pg_has_role(to_regrole('ledger_writer'), to_regrole('ledger_reader'), 'MEMBER')
        UNION ALL
        SELECT CASE setrole WHEN 0 THEN 'ALL' ELSE setrole::regrole::text END
                || CASE setdatabase WHEN 0 THEN '' ELSE ' IN DATABASE ' || quote_ident(current_database()) END,
            'setting', split_part(setting, '=', 1), setting,
            actor.rolsuper OR setting LIKE 'synchronous_commit=%' AND CASE
                WHEN setrole <> 0 THEN setrole = actor.oid OR own.is_altered
                ELSE setdatabase <> 0 AND pg_has_role(actor.oid, datdba, 'USAGE')
            END
        FROM actor, owner, pg_database, pg_db_role_setting LEFT JOIN own ON own.oid = setrole,
            unnest(setconfig) AS setting
        WHERE datname = current_database() AND setdatabase IN (0, pg_database.oid)
          AND (setrole = 0 OR pg_has_role(setrole, owner.oid, 'MEMBER')
               OR pg_has_role(setrole, to_regrole('ledger_writer'), 'MEMBER'))
          AND (setting IN ('synchronous_commit=off', 'synchronous_commit=local')
               OR setting LIKE 'session_replication_role=%' AND setting NOT LIKE '%=origin')
        UNION ALL

        """
    }
}
