internal import Postgres

/// The rights that a repair needs and that a replicator's login must not have.
enum OwnerRights {
    /// Throws if the session may not change events and checkpoints, and names the missing rights and the owner.
    static func check(_ connection: inout Connection) throws {
        let missing = try connection.query(
            """
            SELECT string_agg(lower(right_name) || ' on ' || table_name, ', ' ORDER BY table_name, right_name),
                current_user, (SELECT tableowner FROM pg_tables
                    WHERE schemaname = 'ledger' AND tablename = 'trade_events')
            FROM (VALUES ('ledger.trade_events'), ('ledger.checkpoints')) AS tables (table_name),
                (VALUES ('INSERT'), ('DELETE')) AS rights (right_name)
            WHERE NOT has_table_privilege(table_name, right_name)
            """
        )
        guard let rights = missing.text(row: 0, column: 0), let login = missing.text(row: 0, column: 1) else { return }
        throw ReplicationError.schema(
            "login \(login) may not mend a database: it has no right to \(rights)",
            remedy: "use the login of the owner, \(missing.text(row: 0, column: 2) ?? "who ran migrate")"
        )
    }
}
