internal import CSQLite

/// SQLite with a write-ahead log that is flushed at every commit, and otherwise default settings.
///
/// One connection with prepared statements: a write locks the whole database, so several connections would only wait
/// for each other, and less efficiently than with a mutex.
@safe
final class SQLiteStore: RecordStore {
    static let name = "SQLite (WAL, FULL)"
    // Only the holder of the connection's mutex uses it.
    private nonisolated(unsafe) let database: OpaquePointer
    private nonisolated(unsafe) let begin: OpaquePointer
    private nonisolated(unsafe) let insert: OpaquePointer
    private nonisolated(unsafe) let commit: OpaquePointer
    private nonisolated(unsafe) let scan: OpaquePointer
    private nonisolated(unsafe) let last: OpaquePointer

    init(in directory: String) throws {
        let path = directory + "/events.sqlite"
        var opened: OpaquePointer?
        let result = unsafe sqlite3_open(path, &opened)
        guard result == SQLITE_OK, let database = unsafe opened else {
            throw unsafe Failure("SQLite cannot open \(path): \(String(cString: sqlite3_errstr(result)))")
        }
        for statement in [
            "PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL",
            "CREATE TABLE IF NOT EXISTS events (sequence INTEGER PRIMARY KEY, record BLOB NOT NULL)",
        ] {
            let result = unsafe sqlite3_exec(database, statement, nil, nil, nil)
            guard result == SQLITE_OK else { throw unsafe Self.failure(database) }
        }
        unsafe self.database = database
        unsafe begin = try Self.prepare("BEGIN", database)
        unsafe insert = try Self.prepare("INSERT INTO events VALUES (?, ?)", database)
        unsafe commit = try Self.prepare("COMMIT", database)
        unsafe scan = try Self.prepare("SELECT sequence, record FROM events ORDER BY sequence", database)
        unsafe last = try Self.prepare("SELECT coalesce(max(sequence), 0) FROM events", database)
    }

    deinit {
        unsafe [begin, insert, commit, scan, last].forEach { unsafe sqlite3_finalize($0) }
        unsafe sqlite3_close(database)
    }

    func append(_ records: ArraySlice<StoredRecord>) throws { try exclusively { try commit(records) } }

    func visit(_ body: (StoredRecord) throws -> Void) throws { try exclusively { try scan(body) } }

    func lastSequence() throws -> UInt64 {
        try exclusively {
            defer { unsafe sqlite3_reset(last) }
            guard unsafe sqlite3_step(last) == SQLITE_ROW else { throw unsafe Self.failure(database) }
            return UInt64(bitPattern: unsafe sqlite3_column_int64(last, 0))
        }
    }

    /// Holds SQLite's own mutex, which a running thread can take again: a mutex that goes to the longest waiter would
    /// cost a thread switch for every commit.
    private func exclusively<Value>(_ body: () throws -> Value) rethrows -> Value {
        let mutex = unsafe sqlite3_db_mutex(database)
        unsafe sqlite3_mutex_enter(mutex)
        defer { unsafe sqlite3_mutex_leave(mutex) }
        return try body()
    }

    private func commit(_ records: ArraySlice<StoredRecord>) throws {
        // A single statement is its own transaction.
        if records.count > 1 { try unsafe finish(begin) }
        for record in records {
            unsafe sqlite3_bind_int64(insert, 1, Int64(bitPattern: record.sequence))
            try unsafe record.bytes.withUnsafeBytes { bytes in
                unsafe sqlite3_bind_blob(insert, 2, bytes.baseAddress, Int32(bytes.count), nil)
                try unsafe finish(insert)
            }
        }
        if records.count > 1 { try unsafe finish(commit) }
    }

    private func scan(_ body: (StoredRecord) throws -> Void) throws {
        defer { unsafe sqlite3_reset(scan) }
        var result = unsafe sqlite3_step(scan)
        while result == SQLITE_ROW {
            let bytes = unsafe UnsafeRawBufferPointer(
                start: sqlite3_column_blob(scan, 1),
                count: Int(sqlite3_column_bytes(scan, 1))
            )
            let sequence = UInt64(bitPattern: unsafe sqlite3_column_int64(scan, 0))
            try body(StoredRecord(sequence: sequence, bytes: unsafe Array(bytes)))
            result = unsafe sqlite3_step(scan)
        }
        guard result == SQLITE_DONE else { throw unsafe Self.failure(database) }
    }

    /// Runs a statement that returns no rows.
    private func finish(_ statement: OpaquePointer) throws {
        guard unsafe sqlite3_step(statement) == SQLITE_DONE else { throw unsafe Self.failure(database) }
        unsafe sqlite3_reset(statement)
    }

    private static func prepare(_ sql: String, _ database: OpaquePointer) throws -> OpaquePointer {
        var prepared: OpaquePointer?
        let result = unsafe sqlite3_prepare_v2(database, sql, -1, &prepared, nil)
        guard result == SQLITE_OK, let statement = unsafe prepared else { throw unsafe failure(database) }
        return unsafe statement
    }

    private static func failure(_ database: OpaquePointer) -> Failure {
        unsafe Failure("SQLite: \(String(cString: sqlite3_errmsg(database)))")
    }
}
