internal import LedgerSchema
internal import Postgres
internal import Replay

/// How TimescaleDB keeps `ledger.trade_events`: how long a chunk is, when it becomes columns, when it is dropped; and
/// when candles are dropped.
package struct HypertablePolicies: Equatable, Sendable, CustomStringConvertible {
    /// How old a chunk has to be.
    package enum Age: Equatable, Sendable {
        case never
        case days(Int)
    }

    /// How many days a chunk covers; one that is changed holds for chunks to come.
    package var chunkDays: Int?
    /// When a chunk becomes columns.
    ///
    /// Later than the longest outage that is planned for: events that arrive after it are costly to insert.
    package var columnstoreAfter: Age?
    /// When a chunk is dropped, with its events.
    ///
    /// By default nothing is dropped.
    package var retention: Age?
    /// When a chunk of `public.price_data` is dropped, with its candles.
    ///
    /// By default after a year.
    package var priceRetention: Age?

    /// Settings to be made; nil leaves one as it is.
    package init(
        chunkDays: Int? = nil,
        columnstoreAfter: Age? = nil,
        retention: Age? = nil,
        priceRetention: Age? = nil
    ) {
        self.chunkDays = chunkDays
        self.columnstoreAfter = columnstoreAfter
        self.retention = retention
        self.priceRetention = priceRetention
    }

    /// As a person reads them.
    package var description: String {
        [
            chunkDays.map { "chunks of \(counted($0, "day"))" }, Self.told(columnstoreAfter, "columnstore"),
            Self.told(retention, "retention"), Self.told(priceRetention, "price retention"),
        ].compactMap { $0 }.joined(separator: ", ")
    }

    private static func told(_ age: Age?, _ name: String) -> String? {
        switch age {
        case nil: nil
        case .never: "no \(name)"
        case .days(let days): "\(name) after \(counted(days, "day"))"
        }
    }

    /// Those of a database whose tables are hypertables.
    static func read(_ connection: inout Connection) throws(PostgresError) -> HypertablePolicies {
        let result = try connection.query(
            """
            SELECT
                (SELECT extract(epoch FROM time_interval)::bigint / 86400
                 FROM timescaledb_information.dimensions
                 WHERE hypertable_schema = 'ledger' AND hypertable_name = 'trade_events'),
                \(Self.age("compress_after", of: "policy_compression", on: "ledger.trade_events")),
                \(Self.age("drop_after", of: "policy_retention", on: "ledger.trade_events")),
                \(Self.age("drop_after", of: "policy_retention", on: "public.price_data"))
            """
        )
        func days(_ column: Int) throws(PostgresError) -> Int? {
            try result.int64(row: 0, column: column).map(Int.init)
        }
        return HypertablePolicies(
            chunkDays: try days(0),
            columnstoreAfter: try days(1).map(Age.days) ?? .never,
            retention: try days(2).map(Age.days) ?? .never,
            priceRetention: try days(3).map(Age.days) ?? .never
        )
    }

    /// The days that a policy of a hypertable names, as a part of a query.
    private static func age(_ key: String, of policy: String, on table: String) -> String {
        """
        (SELECT extract(epoch FROM (config ->> '\(key)')::interval)::bigint / 86400
         FROM timescaledb_information.jobs
         WHERE hypertable_schema || '.' || hypertable_name = '\(table)' AND proc_name = '\(policy)')
        """
    }

    /// What of these settings is another one than `current`.
    func changes(from current: HypertablePolicies) -> HypertablePolicies {
        HypertablePolicies(
            chunkDays: chunkDays == current.chunkDays ? nil : chunkDays,
            columnstoreAfter: columnstoreAfter == current.columnstoreAfter ? nil : columnstoreAfter,
            retention: retention == current.retention ? nil : retention,
            priceRetention: priceRetention == current.priceRetention ? nil : priceRetention
        )
    }

    /// Makes the settings.
    func apply(_ connection: inout Connection) throws(PostgresError) {
        let found = try connection.query(
            """
            SELECT quote_ident(nspname) FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace
            WHERE extname = 'timescaledb'
            """
        )
        guard let schema = found.text(row: 0, column: 0) else { return }
        if let chunkDays {
            try connection.execute(
                "SELECT \(schema).set_chunk_time_interval('ledger.trade_events', INTERVAL '\(chunkDays) days')"
            )
        }
        for (age, policy, table) in [
            (columnstoreAfter, "compression_policy", "ledger.trade_events"),
            (retention, "retention_policy", "ledger.trade_events"),
            (priceRetention, "retention_policy", "public.price_data"),
        ] {
            guard let age else { continue }
            try connection.execute("SELECT \(schema).remove_\(policy)('\(table)', if_exists => true)")
            guard case .days(let days) = age else { continue }
            try connection.execute("SELECT \(schema).add_\(policy)('\(table)', INTERVAL '\(days) days')")
        }
    }
}

/// Whether the public views hide rows of other ledgers even from functions that readers define.
///
/// `ledger.reader_ledgers` says which reader sees which ledgers, independent of this setting. PostgreSQL may call a
/// reader's function on a row before the view has filtered it out. A security barrier prevents that, and also plans
/// that sort by an index (PostgreSQL's documentation, 41.5).
package enum ReaderSeparation: String, CaseIterable, Sendable {
    case on
    case off

    /// The views that leave rows out, as the schema's own SQL names them.
    ///
    /// The public views read these, so they need no barrier of their own.
    private static let views = Schema.repeatables.flatMap { file in
        String(decoding: file.sql, as: UTF8.self)
            .matches(of: /CREATE OR REPLACE VIEW (ledger\.(?:visible_[a-z_]+|timeline)) AS/)
            .map { String($0.output.1) }
    }

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
