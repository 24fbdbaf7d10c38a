import CPQ

/// Reads the rows of one `COPY (…) TO STDOUT (FORMAT binary)`; made by `Connection.copyOut`.
///
/// Memory is bounded by the largest row, whatever the number of rows.
@safe
package struct CopyOut: ~Copyable {
    /// The `PGconn`, which `copyOut` keeps alive and to itself.
    private let connection: OpaquePointer
    private var parser = CopyRowParser()
    /// Whether the server has sent its last byte.
    fileprivate private(set) var hasEnded = false

    fileprivate init(connection: OpaquePointer) {
        unsafe self.connection = unsafe connection
    }

    /// The next row, or `nil` after the last.
    ///
    /// Waits for the server.
    package mutating func next() throws(PostgresError) -> CopyRow? {
        while true {
            if let row = try parser.next() { return row }
            guard !hasEnded else { return nil }
            try receive()
        }
    }

    private mutating func receive() throws(PostgresError) {
        var message: UnsafeMutablePointer<CChar>?
        let byteCount = unsafe PQgetCopyData(connection, &message, 0)
        guard byteCount > 0, let message = unsafe message else {
            hasEnded = true
            _ = try unsafe CopyOutcome.copiedRowCount(connection)
            guard parser.isFinished else {
                throw PostgresError(kind: .protocolViolation, message: "the COPY ended without its trailer")
            }
            return
        }
        defer { unsafe PQfreemem(message) }
        unsafe message.withMemoryRebound(to: UInt8.self, capacity: Int(byteCount)) { bytes in
            unsafe parser.append(UnsafeBufferPointer(start: bytes, count: Int(byteCount)))
        }
    }

    /// Stops the server and reads what is already on its way.
    fileprivate func cancel() {
        if let cancellation = unsafe PQgetCancel(connection) {
            // A request that fails costs the time that the rest takes to arrive, nothing else.
            _ = unsafe PQcancel(cancellation, nil, 0)
            unsafe PQfreeCancel(cancellation)
        }
        var message: UnsafeMutablePointer<CChar>?
        while unsafe PQgetCopyData(connection, &message, 0) > 0 {
            unsafe PQfreemem(message)
        }
        unsafe CopyOutcome.discard(connection)
    }
}

extension Connection {
    /// Runs `COPY (query) TO STDOUT (FORMAT binary)`, whose rows `body` reads as far as it likes.
    ///
    /// Where `body` returns or throws before the last row, the statement is cancelled, which also fails the
    /// transaction that it is part of.
    package mutating func copyOut<Value>(
        _ query: String,
        _ body: (inout CopyOut) throws -> Value
    ) throws -> Value {
        _ = try beginCopy("COPY (\(query)) TO STDOUT (FORMAT binary)", expecting: PGRES_COPY_OUT)
        var copy = unsafe CopyOut(connection: raw)
        do {
            let value = try body(&copy)
            if !copy.hasEnded {
                copy.cancel()
            }
            return value
        } catch {
            if !copy.hasEnded {
                copy.cancel()
            }
            throw error
        }
    }
}
