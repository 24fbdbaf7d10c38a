/// One numbered step from an empty database to the current schema.
///
/// It is applied once, in a transaction of its own that also writes its row of `ledger.schema_migrations`, and never
/// changed once released.
package struct Migration: Sendable {
    /// 1, 2, 3 and so on, with no gap.
    package let number: Int
    /// The name of the file without its number and extension.
    package let name: String
    /// The statements, in UTF-8, separated by semicolons; none of them begins or ends a transaction.
    package let sql: [UInt8]
}

/// The SQL of this directory, compiled into the program, so that a binary always carries the schema it was built for.
package enum Schema {
    /// Every migration, in the order in which they are applied.
    package static let migrations: [Migration] = [
        Migration(number: 1, name: "schema", sql: PackageResources._01_schema_sql),
        Migration(number: 2, name: "trade_events", sql: PackageResources._02_trade_events_sql),
        Migration(number: 3, name: "replication", sql: PackageResources._03_replication_sql),
        Migration(number: 4, name: "trades", sql: PackageResources._04_trades_sql),
        Migration(number: 5, name: "trade_history", sql: PackageResources._05_trade_history_sql),
        Migration(number: 6, name: "trade_timeline", sql: PackageResources._06_trade_timeline_sql),
        Migration(number: 7, name: "ledger_status", sql: PackageResources._07_ledger_status_sql),
        Migration(number: 8, name: "replicated_by", sql: PackageResources._08_replicated_by_sql),
        Migration(number: 9, name: "checkpoint_batches", sql: PackageResources._09_checkpoint_batches_sql),
        Migration(number: 10, name: "performance", sql: PackageResources._10_performance_sql),
        Migration(number: 11, name: "trade_fold", sql: PackageResources._11_trade_fold_sql),
        Migration(number: 12, name: "events_hourly", sql: PackageResources._12_events_hourly_sql),
        Migration(number: 13, name: "reader_ledgers", sql: PackageResources._13_reader_ledgers_sql),
    ]

    /// Makes `ledger.trade_events` a hypertable; for databases with the extension, at every run, after the migrations.
    package static let timescaleDB: [UInt8] = PackageResources.timescaledb_sql

    /// Makes the roles and grants them their rights; at every run, last.
    package static let privileges: [UInt8] = PackageResources.privileges_sql
}
