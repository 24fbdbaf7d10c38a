import CPQ

/// The final result of a COPY in either direction.
enum CopyOutcome {
    /// Reads results until there is none, as libpq demands before the next statement.
    ///
    /// Throws the first error.
    static func copiedRowCount(_ wire: Wire) throws(PostgresError) -> Int {
        var fault: PostgresError?
        var rowCount: Int?
        do throws(PostgresError) {
            while let result = unsafe try wire.nextResult() {
                defer { unsafe PQclear(result) }
                if unsafe PQresultStatus(result) == PGRES_COMMAND_OK {
                    rowCount = unsafe Int(String(cString: PQcmdTuples(result))) ?? 0
                } else if fault == nil {
                    fault = unsafe PostgresError.fault(result: result, connection: wire.raw)
                }
            }
        } catch {
            // The server's last message says more than the fact that the session ended.
            throw fault ?? error
        }
        if let fault {
            throw fault
        }
        guard let rowCount else {
            throw unsafe PostgresError.fault(result: nil, connection: wire.raw)
        }
        return rowCount
    }

    /// Reads the results of an abandoned COPY, whose error is expected.
    static func discard(_ wire: Wire) {
        do throws(PostgresError) {
            while let result = unsafe try wire.nextResult() {
                unsafe PQclear(result)
            }
        } catch {
            assert(wire.isBroken, "only the end of the session keeps results away: \(error)")
        }
    }
}
