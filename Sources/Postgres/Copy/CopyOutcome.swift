import CPQ

/// The server's last word on a COPY of either direction.
enum CopyOutcome {
    /// Reads results until there is none, as libpq demands before the next statement.
    ///
    /// Throws the first error.
    static func copiedRowCount(_ connection: OpaquePointer) throws(PostgresError) -> Int {
        var fault: PostgresError?
        var rowCount: Int?
        while let result = unsafe PQgetResult(connection) {
            defer { unsafe PQclear(result) }
            if unsafe PQresultStatus(result) == PGRES_COMMAND_OK {
                rowCount = unsafe Int(String(cString: PQcmdTuples(result))) ?? 0
            } else if fault == nil {
                fault = unsafe PostgresError.fault(result: result, connection: connection)
            }
        }
        if let fault {
            throw fault
        }
        guard let rowCount else {
            throw unsafe PostgresError.fault(result: nil, connection: connection)
        }
        return rowCount
    }

    /// Reads the results of a COPY that was given up, whose error is no news.
    static func discard(_ connection: OpaquePointer) {
        while let result = unsafe PQgetResult(connection) {
            unsafe PQclear(result)
        }
    }
}
