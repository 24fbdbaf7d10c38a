internal import LedgerSchema
internal import Postgres

/// One fact about the objects of the schema, as the system catalogs of a database have it.
struct CatalogEntry: Hashable {
    /// What kind of fact it is.
    enum Aspect: String {
        /// Table, view or function; logged or not.
        case kind
        case options
        case rowSecurity = "row security"
        /// The query of a view, or the whole function.
        case definition
        case columnGrant = "column grant"
        case column, constraint, index, trigger, rule, policy, child, owner, grant
        /// Of a role: a setting, an attribute such as LOGIN, and a role that it is a member of.
        case setting, attribute, membership

        /// Whether it is of a role, which belongs to the whole server and not to a database.
        var isOfRole: Bool { [.setting, .attribute, .membership].contains(self) }
    }

    /// What an entry is about: two catalogs are compared key by key.
    struct Key: Hashable {
        /// The table, view or function with its schema, such as `ledger.trades`, or the role.
        let object: String
        let aspect: Aspect
        /// The name of the column, constraint, index, trigger, rule, policy, child, setting, attribute or group, or
        /// whom rights are granted to; empty for facts about the object itself.
        let part: String
    }

    let key: Key
    let definition: String

    /// What the catalogs say of the objects in schema `ledger` and of those in `public` that have one of these names.
    static func read(_ connection: inout Connection, publicNames: [String]) throws(PostgresError) -> [CatalogEntry] {
        let names = publicNames.map { "\"\($0)\"" }.joined(separator: ",")
        let text = "\(query) SELECT object, aspect, part, definition FROM entry"
        return entries(try connection.query(text, [.text("{\(names)}")]))
    }

    /// A text without the disguise that `disguised` gives each name.
    private static func ownName(_ column: String) -> String {
        let bare = "regexp_replace(\(column), 'pg_temp(_[0-9]+)?[.]', '', 'g')"
        // As a table's name before a column it has no schema.
        let qualifier = #"regexp_replace(\#(bare), '"(ledger|public)[$](\w+)"[.]', '\2.', 'g')"#
        return #"regexp_replace(\#(qualifier), '"(ledger|public)[$](\w+)"', '\1.\2', 'g')"#
    }

    private static func entries(_ rows: borrowing QueryResult) -> [CatalogEntry] {
        var entries: [CatalogEntry] = []
        for row in 0..<rows.rowCount {
            guard let key = Key(rows, row) else { continue }
            entries.append(CatalogEntry(key: key, definition: rows.text(row: row, column: 3) ?? ""))
        }
        return entries
    }

    /// `$1` is NULL for the temporary schema.
    private static let query = """
        WITH relation AS (
            SELECT pg_class.*, pg_class.oid::regclass::text AS object, nspname
            FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
            WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND CASE
                WHEN $1::text[] IS NULL THEN relnamespace = pg_my_temp_schema() AND relname ~ '^(ledger|public)[$]'
                ELSE nspname = 'ledger' OR (nspname = 'public' AND 'public.' || relname = ANY ($1))
            END
        ),
        routine AS (
            SELECT pg_proc.*, pg_proc.oid::regprocedure::text AS object, nspname
            FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace
            WHERE CASE
                WHEN $1::text[] IS NULL THEN pronamespace = pg_my_temp_schema() AND proname ~ '^(ledger|public)[$]'
                ELSE nspname = 'ledger' OR (nspname = 'public' AND 'public.' || proname = ANY ($1))
            END
        ),
        owned AS (
            SELECT object, relowner AS owner, coalesce(relacl, acldefault('r', relowner)) AS acl FROM relation
            UNION ALL
            SELECT object, proowner, coalesce(proacl, acldefault('f', proowner)) FROM routine
            UNION ALL
            SELECT 'schema ledger', nspowner, coalesce(nspacl, acldefault('n', nspowner))
            FROM pg_namespace WHERE nspname = 'ledger' AND $1::text[] IS NOT NULL
        ),
        entry AS (
            SELECT object, 'kind' AS aspect, '' AS part,
                relkind::text || CASE relpersistence WHEN 'u' THEN ' unlogged' ELSE '' END AS definition
            FROM relation
            UNION ALL
            SELECT object, 'kind', '', prokind::text FROM routine
            UNION ALL
            SELECT object, 'options', '', array_to_string(reloptions, ', ') FROM relation WHERE reloptions IS NOT NULL
            UNION ALL
            SELECT object, 'row security', '', concat_ws(' ', relrowsecurity, relforcerowsecurity) FROM relation
            UNION ALL
            SELECT object, 'definition', '', pg_get_viewdef(oid) FROM relation WHERE relkind = 'v'
            UNION ALL
            SELECT object, 'column', attname,
                concat_ws(' ', row_number() OVER (PARTITION BY object ORDER BY attnum),
                    format_type(atttypid, atttypmod), 'COLLATE ' || attcollation::regcollation,
                    CASE WHEN attnotnull THEN 'NOT NULL' END,
                    'DEFAULT ' || pg_get_expr(adbin, adrelid), attgenerated, attidentity)
            FROM relation
            JOIN pg_attribute ON attrelid = relation.oid AND attnum > 0 AND NOT attisdropped
            LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
            UNION ALL
            SELECT object, 'constraint', regexp_replace(conname, '^(ledger|public)[$]', ''),
                pg_get_constraintdef(pg_constraint.oid)
            -- That of a constraint trigger goes with the trigger.
            FROM relation JOIN pg_constraint ON conrelid = relation.oid AND contype <> 't'
            UNION ALL
            SELECT object, 'index', index.relname,
                pg_get_indexdef(indexrelid) || CASE WHEN indisvalid THEN '' ELSE ' INVALID' END
            FROM relation JOIN pg_index ON indrelid = relation.oid JOIN pg_class AS index ON index.oid = indexrelid
            WHERE NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND conrelid = indrelid)
            UNION ALL
            SELECT object, 'trigger', tgname, pg_get_triggerdef(pg_trigger.oid) || ' ' || tgenabled::text
            FROM relation JOIN pg_trigger ON tgrelid = relation.oid
            WHERE NOT tgisinternal
              AND NOT EXISTS (
                SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = tgfoid AND deptype = 'e')
            UNION ALL
            SELECT object, 'rule', rulename, pg_get_ruledef(pg_rewrite.oid)
            FROM relation JOIN pg_rewrite ON ev_class = relation.oid
            WHERE rulename <> '_RETURN'
            UNION ALL
            SELECT object, 'policy', polname, concat_ws(' ', polpermissive, polcmd, polroles::regrole[],
                'USING ' || pg_get_expr(polqual, polrelid), 'CHECK ' || pg_get_expr(polwithcheck, polrelid))
            FROM relation JOIN pg_policy ON polrelid = relation.oid
            UNION ALL
            SELECT object, 'child', inhrelid::regclass::text, ''
            FROM relation JOIN pg_inherits ON inhparent = relation.oid JOIN pg_class ON pg_class.oid = inhrelid
            WHERE pg_class.relnamespace <> ALL (
                ARRAY(SELECT oid FROM pg_namespace WHERE nspname = '_timescaledb_internal'))
            UNION ALL
            SELECT object, 'definition', '', pg_get_functiondef(oid) FROM routine WHERE prokind <> 'a'
            UNION ALL
            SELECT object, 'owner', '', CASE
                WHEN $1::text[] IS NULL OR owner = (SELECT nspowner FROM pg_namespace WHERE nspname = 'ledger')
                THEN 'owner'
                ELSE owner::regrole::text
            END
            FROM owned
            UNION ALL
            \(grants(by: "object"))
        )
        """

    /// A query that lists the rights of each role: on each object of `owned`, which has `owner` and `acl`, and on the
    /// columns of each `relation`.
    ///
    /// Both have the column `key`, which names the object.
    static func grants(by key: String) -> String {
        """
        SELECT \(key), 'grant' AS aspect,
            CASE grantee WHEN owner THEN 'owner' WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END AS part,
            string_agg(privilege_type || CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END, ', '
                ORDER BY privilege_type) AS definition
        FROM owned, aclexplode(acl)
        GROUP BY 1, 2, 3
        UNION ALL
        SELECT \(key), 'column grant', CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END,
            string_agg(attname || ' ' || privilege_type, ', ' ORDER BY attname, privilege_type)
        FROM relation JOIN pg_attribute ON attrelid = relation.oid, aclexplode(attacl)
        GROUP BY 1, 2, 3
        """
    }
}

extension CatalogEntry.Key {
    /// The first three columns of a row: object, aspect and part; nil where the aspect is none of these.
    init?(_ rows: borrowing QueryResult, _ row: Int) {
        guard let object = rows.text(row: row, column: 0),
            let aspect = rows.text(row: row, column: 1).flatMap(CatalogEntry.Aspect.init(rawValue:)),
            let part = rows.text(row: row, column: 2)
        else { return nil }
        self.init(object: object, aspect: aspect, part: part)
    }
}

extension CatalogEntry {
    /// What the catalogs would say of the objects that this program's schema makes, on the same server.
    ///
    /// The server itself computes it: the program's own statements create every object again in the session's temporary
    /// schema, under another name. So both texts come from the same server version, and any login that may create
    /// temporary tables can do this. The caller rolls back the transaction.
    static func readExpected(_ connection: inout Connection) throws(PostgresError) -> [CatalogEntry] {
        let separation = try ReaderSeparation.read(&connection)
        let files =
            Schema.migrations.map(\.sql) + Schema.aggregatedViews.map(\.file.sql) + Schema.repeatables.map(\.sql)
            + [Array(separation.statements.utf8)]
        for file in files { try connection.execute(disguised(String(decoding: file, as: UTF8.self))) }
        let hasWriters = try connection.isTrue("SELECT to_regrole('ledger_writer') IS NOT NULL")
        let columns = ["object", "part", "definition"].map(ownName)
        let text = "\(query) SELECT \(columns[0]), aspect, \(columns[1]), \(columns[2]) FROM entry"
        return entries(try connection.query(text, [.null]))
            + [ofSchema(.grant, "owner", "CREATE, USAGE"), ofSchema(.owner, "", "owner")]
            + (hasWriters ? [ofSchema(.grant, "ledger_writer", "USAGE")] : [])
    }

    private static func ofSchema(_ aspect: Aspect, _ part: String, _ definition: String) -> CatalogEntry {
        CatalogEntry(key: Key(object: "schema ledger", aspect: aspect, part: part), definition: definition)
    }

    /// `ledger.trades` becomes `pg_temp."ledger$trades"`, a name that nothing else has.
    private static func disguised(_ sql: String) -> String {
        sql.replacing(/\b(ledger|public)\.([a-z_]+)/) { match in
            "pg_temp.\"\(match.output.1)$\(match.output.2)\""
        }
    }
}
