internal import Postgres

/// Finds the session that holds a lock for which the replicator waits, from the server's views.
enum LockHolder {
    /// If the error is a lock timeout, adds the session that holds the lock; returns any other error unchanged.
    static func adding(to error: any Error, _ connection: inout Connection) -> any Error {
        let lockNotAvailable = "55P03"
        guard let fault = error as? PostgresError, fault.sqlState == lockNotAvailable, !connection.isBroken else {
            return error
        }
        do throws(PostgresError) {
            guard let holder = try describe(&connection) else { return fault }
            return fault.adding(holder)
        } catch {
            // The lock timeout is the error that matters; not knowing the holder is secondary.
            return fault
        }
    }

    /// Names the session whose lock on the ledger's tables a batch most likely waits for; nil where there is none.
    ///
    /// A lock that excludes writers comes first. The others are held by sessions that changed or locked rows: of these
    /// the oldest transaction. A hypertable comes before its chunks.
    private static func describe(_ connection: inout Connection) throws(PostgresError) -> String? {
        let result = try connection.query(
            """
            SELECT lock.pid, activity.application_name, activity.state,
                extract(epoch FROM clock_timestamp() - activity.xact_start)::bigint, lock.mode,
                lock.relation::regclass
            FROM pg_locks AS lock
            JOIN pg_class AS relation ON relation.oid = lock.relation
            LEFT JOIN pg_stat_activity AS activity ON activity.pid = lock.pid
            WHERE lock.locktype = 'relation' AND lock.granted AND lock.pid IS DISTINCT FROM pg_backend_pid()
                AND lock.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                AND lock.mode <> 'AccessShareLock'
                AND lock.relation IN (
                    SELECT oid FROM pg_class WHERE relnamespace = 'ledger'::regnamespace
                    UNION ALL SELECT inhrelid FROM pg_inherits WHERE inhparent = 'ledger.trade_events'::regclass
                )
            ORDER BY lock.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock') DESC,
                activity.xact_start, relation.relnamespace = 'ledger'::regnamespace DESC
            LIMIT 1
            """
        )
        guard result.rowCount == 1 else { return nil }
        guard let pid = result.text(row: 0, column: 0) else { return "a prepared transaction holds it" }
        var description = "process \(pid) of the server holds it"
        if let name = result.text(row: 0, column: 1), !name.isEmpty { description += ", application \"\(name)\"" }
        if let state = result.text(row: 0, column: 2) { description += ", \(state)" }
        // Shown to superusers, pg_read_all_stats and the same login only.
        if let seconds = result.text(row: 0, column: 3) { description += ", in a transaction of \(seconds) s" }
        return description
            + ": \(result.text(row: 0, column: 4) ?? "a lock") on \(result.text(row: 0, column: 5) ?? "?")"
    }
}
