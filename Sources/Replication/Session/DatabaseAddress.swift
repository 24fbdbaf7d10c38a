package import Postgres

/// Where the database is and how to log in.
///
/// The password never shows in a message.
package struct DatabaseAddress: Sendable {
    private let url: String?
    private let password: String?

    /// `url` is libpq's URL or key=value form, nil for its `PG*` variables; `password` counts where neither has one.
    package init(url: String?, password: String?) {
        self.url = url
        self.password = password
    }

    /// Opens a session.
    ///
    /// What every session needs: `applicationName` shows in the server's activity list; `waitLimit` ends waits.
    package func connect(
        _ applicationName: String,
        _ waitLimit: WaitLimit = .none
    ) throws(ReplicationError) -> Connection {
        try ReplicationError.converting(at: "database at the given address") {
            var connection = try Connection(
                url: url,
                password: password,
                applicationName: applicationName,
                waitLimit: waitLimit
            )
            try SessionSettings.pin(&connection)
            return connection
        }
    }
}

/// The timeouts of the replicator, in milliseconds.
package struct ReplicationTiming: Sendable {
    /// For how long the server may be silent while it owes an answer, before the session is given up.
    package var silenceMilliseconds = 60_000
    /// For how long a statement waits for a lock, before the batch is rolled back and tried again.
    package var lockMilliseconds = 5_000
    /// The longest pause between two tries.
    package var pauseMillisecondsMax: Int32 = 10_000
    /// How often a lasting outage is logged again.
    package var reminderMilliseconds = 60_000

    /// What production uses; tests set single values lower.
    package init() {}
}

/// The replicator's session settings: a commit is on disk before it is confirmed, a dead peer is noticed soon, and no
/// timeout meant for people ends its work.
enum SessionSettings {
    /// The settings that every session of the program makes first, so that names and values mean the same as in the
    /// program, whatever the role, the database, the server or `PGOPTIONS` set.
    ///
    /// With this search path a name without a schema is one of PostgreSQL's own, or of a temporary table: functions,
    /// operators and types that were created in `public` are not found. `SET` itself looks up no function.
    ///
    /// Throws `cannot_connect_now` (57P03) between `timescaledb_pre_restore()` and `timescaledb_post_restore()`: a
    /// session that begins then would store events in no chunk, where no query finds them.
    static func pin(_ connection: inout Connection) throws(PostgresError) {
        try connection.execute(
            """
            SET search_path TO pg_catalog, pg_temp; SET standard_conforming_strings TO on; SET TimeZone TO 'UTC';
            SET DateStyle TO 'ISO, YMD'; SET IntervalStyle TO postgres; SET extra_float_digits TO 1;
            SET bytea_output TO hex; SET quote_all_identifiers TO off; SET array_nulls TO on;
            SET transform_null_equals TO off; SET row_security TO on;
            SET default_transaction_isolation TO 'read committed'; SET default_transaction_deferrable TO off;
            DO $$ BEGIN
                IF current_setting('timescaledb.restoring', true) = 'on' THEN
                    RAISE EXCEPTION USING
                        ERRCODE = 'cannot_connect_now',
                        MESSAGE = 'the database is being restored: timescaledb.restoring is on',
                        HINT = 'run "SELECT timescaledb_post_restore()" once pg_restore is done';
                END IF;
            END $$
            """
        )
    }

    static func apply(_ connection: inout Connection, _ timing: ReplicationTiming) throws(PostgresError) {
        var settings = [
            // A batch that waits too long for a lock is rolled back, and its error names the holder.
            ("lock_timeout", "\(timing.lockMilliseconds)ms"),
            // A machine that disappears during a batch locks the ledger's row no longer than this.
            ("idle_in_transaction_session_timeout", "\(timing.silenceMilliseconds)ms"),
            ("tcp_keepalives_idle", "10"), ("tcp_keepalives_interval", "10"), ("tcp_keepalives_count", "3"),
            ("tcp_user_timeout", "30000"),
            // The replicator has its own statement timeout, and is idle while there are no trades.
            ("statement_timeout", "0"), ("idle_session_timeout", "0"),
        ]
        // Callers that wait for the database rely on this session's COMMIT, whatever the server, the database or the
        // login set. The levels are off, local, remote_write, on, remote_apply: the last one promises more.
        let level = try connection.query("SELECT current_setting('synchronous_commit')")
        if level.text(row: 0, column: 0) != "remote_apply" { settings.append(("synchronous_commit", "on")) }
        if connection.serverVersion >= 170_000 { settings.append(("transaction_timeout", "0")) }
        try connection.execute(settings.map { "SET \($0) = '\($1)';" }.joined(separator: " "))
        // A statement whose client is gone is ended; not every system can tell.
        try connection.execute(
            """
            DO $$ BEGIN
                PERFORM set_config('client_connection_check_interval', '10s', false);
            EXCEPTION WHEN others THEN NULL;
            END $$
            """
        )
    }

    /// Why a loss of power can take back or damage what was committed, one sentence for each reason.
    ///
    /// A session cannot set the server's configuration, so it is reported to the operator.
    static func durabilityShortfalls(_ connection: inout Connection) throws(PostgresError) -> [String] {
        let result = try connection.query("SELECT current_setting('fsync'), current_setting('full_page_writes')")
        let shortfalls = [
            "fsync is off on the database server: a loss of power can take back events that were reported as "
                + "replicated; set fsync = on",
            "full_page_writes is off on the database server: a loss of power can damage its tables, unless its file "
                + "system writes pages whole; set full_page_writes = on",
        ]
        return shortfalls.indices.filter { result.text(row: 0, column: $0) == "off" }.map { shortfalls[$0] }
    }
}
