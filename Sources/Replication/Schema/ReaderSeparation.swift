internal import Postgres

/// Whether the public views hide rows of other ledgers even from functions that readers define.
///
/// `ledger.reader_ledgers` says which reader sees which ledgers, independent of this setting. PostgreSQL may call a
/// reader's function on a row before the view has filtered it out. A security barrier prevents that, and also plans
/// that sort by an index (PostgreSQL's documentation, 41.5).
package enum ReaderSeparation: String, CaseIterable, Sendable {
    case on
    case off

    /// The views that leave rows out.
    ///
    /// The public views read these, so they need no barrier of their own.
    static let views = [
        "ledger.visible_trades", "ledger.visible_performance", "ledger.visible_replication", "ledger.timeline",
    ]

    /// What the database has: on where at least one of the views is a barrier.
    static func read(_ connection: inout Connection) throws(PostgresError) -> ReaderSeparation {
        let isOn = try connection.isTrue(
            """
            SELECT bool_or(coalesce('security_barrier=true' = ANY (pg_class.reloptions), false))
            FROM unnest($1::text[]) AS name JOIN pg_class ON pg_class.oid = to_regclass(name)
            """,
            [.text("{\(views.joined(separator: ","))}")]
        )
        return isOn ? .on : .off
    }

    /// The statements that make the views so.
    var statements: String {
        Self.views.map { "ALTER VIEW \($0) SET (security_barrier = \(self == .on));" }.joined(separator: " ")
    }
}
