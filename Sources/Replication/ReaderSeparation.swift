internal import Postgres

/// Whether the public views keep rows of other ledgers from readers even against functions of the readers' own.
///
/// Which reader sees which ledgers says `ledger.reader_ledgers`, whatever this is. PostgreSQL may ask a function of the
/// reader's own about a row before the view has left it out; a security barrier forbids that, and with it plans that
/// sort by an index (PostgreSQL's documentation, 41.5).
package enum ReaderSeparation: String, CaseIterable, Sendable {
    case on
    case off

    func apply(_ connection: inout Connection) throws(PostgresError) {
        let views = try connection.query(Self.views)
        for row in 0..<views.rowCount {
            guard let view = views.text(row: row, column: 0) else { continue }
            try connection.execute("ALTER VIEW \(view) SET (security_barrier = \(self == .on))")
        }
    }

    /// The schema's own views that ask `ledger.reader_ledgers`, and those that are made of them.
    ///
    /// Views that somebody else has made of these are his, and no barrier of theirs is needed.
    private static let views = """
        SELECT oid::regclass FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'v'
          AND relowner = (SELECT relowner FROM pg_class WHERE oid = 'public.trade_history'::regclass)
          AND pg_get_viewdef(oid) ~ 'ledger.reader_ledgers|trade_history'
        """
}
