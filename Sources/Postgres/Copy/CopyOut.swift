import CPQ

/// Reads the rows of one `COPY (…) TO STDOUT (FORMAT binary)`; made by `Connection.copyOut`.
///
/// Memory is bounded by the largest row, whatever the number of rows.
@safe
package struct CopyOut: ~Copyable {
    /// The session, which `copyOut` keeps alive and to itself.
    private let wire: Wire
    private var parser = CopyRowParser()
    /// Whether the server has sent its last byte.
    fileprivate private(set) var hasEnded = false

    fileprivate init(wire: Wire) {
        self.wire = wire
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
        var byteCount = unsafe PQgetCopyData(wire.raw, &message, 1)
        if byteCount == 0 {
            try wire.receive {
                byteCount = unsafe PQgetCopyData(wire.raw, &message, 1)
                return byteCount != 0
            }
        }
        guard byteCount > 0, let message = unsafe message else {
            hasEnded = true
            _ = try CopyOutcome.copiedRowCount(wire)
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
}

extension Connection {
    /// Runs `COPY (query) TO STDOUT (FORMAT binary)`, whose rows `body` reads as far as it likes.
    ///
    /// Where `body` returns or throws before the last row, the session ends with it: nothing else stops a server that
    /// may have gigabytes to send without waiting for it.
    package mutating func copyOut<Value>(
        _ query: String,
        _ body: (inout CopyOut) throws -> Value
    ) throws -> Value {
        _ = try beginCopy("COPY (\(query)) TO STDOUT (FORMAT binary)", expecting: PGRES_COPY_OUT)
        var copy = CopyOut(wire: wire)
        do {
            let value = try body(&copy)
            if !copy.hasEnded { wire.end() }
            return value
        } catch {
            if !copy.hasEnded { wire.end() }
            throw error
        }
    }
}
