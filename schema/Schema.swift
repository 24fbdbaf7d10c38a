/// One numbered step from an empty database to the current tables and indexes. `migrate` applies it once, in its own
/// transaction that also writes its row of `ledger.schema_migrations`. It never changes once it is released.
package struct Migration: Sendable {
    /// 1, 2, 3 and so on, with no gap.
    package let number: Int
    /// The name of the file without its number and extension.
    package let name: String
    /// The statements, in UTF-8, separated by semicolons; none of them begins or ends a transaction.
    package let sql: [UInt8]
}

/// Views and functions, or rights to them: an end state instead of a step, so it is edited in place, and each run
/// applies it again.
package struct Repeatable: Sendable {
    /// The name of the file without its extension.
    package let name: String
    /// The statements, in UTF-8, separated by semicolons; none of them begins or ends a transaction.
    package let sql: [UInt8]
}

/// A view that a continuous aggregate of the same name and columns replaces where the database can have one.
package struct AggregatedView: Sendable {
    /// The name with its schema, such as `ledger.events_hourly`.
    package let name: String
    /// The file that creates the view.
    package let file: Repeatable
}

/// The SQL of this directory, compiled into the program, so that a binary always has the schema for which it was built.
package enum Schema {
    /// Creates schema `ledger`, in the transaction of the first migration.
    package static let namespace: [UInt8] = PackageResources.namespace_sql

    /// Every migration, in the order in which they are applied.
    package static let migrations: [Migration] = [
        Migration(number: 1, name: "schema", sql: PackageResources._01_schema_sql),
        Migration(number: 2, name: "trade_events", sql: PackageResources._02_trade_events_sql),
        Migration(number: 3, name: "replication", sql: PackageResources._03_replication_sql),
        Migration(number: 4, name: "trades", sql: PackageResources._04_trades_sql),
        Migration(number: 5, name: "performance", sql: PackageResources._05_performance_sql),
        Migration(number: 6, name: "login_ledgers", sql: PackageResources._06_login_ledgers_sql),
        Migration(number: 7, name: "trade_context", sql: PackageResources._07_trade_context_sql),
        Migration(number: 8, name: "books", sql: PackageResources._08_books_sql),
        Migration(number: 9, name: "decisions", sql: PackageResources._09_decisions_sql),
        Migration(number: 10, name: "price_data", sql: PackageResources._10_price_data_sql),
    ]

    /// Makes `ledger.trade_events` and `public.price_data` hypertables; each run applies it after the migrations if the
    /// database has the extension.
    package static let timescaleDB: [UInt8] = PackageResources.timescaledb_sql

    /// Creates the roles and grants their rights to the database and the schema; each run applies it.
    package static let roles: [UInt8] = PackageResources.roles_sql

    /// The views that count or add up rows by time, to be created before the continuous aggregates.
    package static let aggregatedViews: [AggregatedView] = [
        AggregatedView(
            name: "ledger.events_hourly",
            file: Repeatable(name: "events_hourly", sql: PackageResources.events_hourly_sql)
        ),
        AggregatedView(
            name: "public.price_data_hourly",
            file: Repeatable(name: "price_data_hourly", sql: PackageResources.price_data_hourly_sql)
        ),
        AggregatedView(
            name: "public.price_data_daily",
            file: Repeatable(name: "price_data_daily", sql: PackageResources.price_data_daily_sql)
        ),
    ]

    /// Creates the continuous aggregates that replace those views; for databases with the extension.
    package static let continuousAggregates = Repeatable(
        name: "continuous_aggregates",
        sql: PackageResources.continuous_aggregates_sql
    )

    /// The other views and functions and the rights to them, each after those that it uses.
    package static let repeatables: [Repeatable] = [
        Repeatable(name: "column_comments", sql: PackageResources.column_comments_sql),
        Repeatable(name: "event_id", sql: PackageResources.event_id_sql),
        Repeatable(name: "visible_ledgers", sql: PackageResources.visible_ledgers_sql),
        Repeatable(name: "trade_history", sql: PackageResources.trade_history_sql),
        Repeatable(name: "trade_timeline", sql: PackageResources.trade_timeline_sql),
        Repeatable(name: "ledger_status", sql: PackageResources.ledger_status_sql),
        Repeatable(name: "performance", sql: PackageResources.performance_sql),
        Repeatable(name: "trade_fold", sql: PackageResources.trade_fold_sql),
        Repeatable(name: "books", sql: PackageResources.books_sql),
        Repeatable(name: "decisions", sql: PackageResources.decisions_sql),
        Repeatable(name: "equity_daily", sql: PackageResources.equity_daily_sql),
        Repeatable(name: "price_data", sql: PackageResources.price_data_sql),
        Repeatable(name: "refresh_aggregates", sql: PackageResources.refresh_aggregates_sql),
        Repeatable(name: "writer_limits", sql: PackageResources.writer_limits_sql),
        Repeatable(name: "privileges", sql: PackageResources.privileges_sql),
    ]
}
