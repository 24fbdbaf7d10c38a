import CPQ

/// Writes the rows of one `COPY … FROM STDIN (FORMAT binary)`; made by `Connection.copyIn`.
@safe
package struct BinaryCopy: ~Copyable {
    /// The session, which `copyIn` keeps alive and to itself.
    private let wire: Wire
    /// The columns that the statement names, as the server counts them.
    package let columnCount: Int
    private var rows = BinaryRows()

    /// Large enough that a call of libpq costs nothing beside the bytes it sends.
    private static let chunkByteCount = 128 << 10

    fileprivate init(wire: Wire, columnCount: Int) {
        self.wire = wire
        self.columnCount = columnCount
        rows.appendHeader()
    }

    /// Adds one row, to which `fields` must append exactly `columnCount` fields.
    ///
    /// A row that the server refuses is reported at the end, by `copyIn`. A row whose `fields` throw is not sent.
    package mutating func writeRow(
        _ fields: (inout BinaryRows) throws(PostgresError) -> Void
    ) throws(PostgresError) {
        let rowStart = rows.bytes.count
        rows.beginRow(columnCount: columnCount)
        do throws(PostgresError) {
            try fields(&rows)
        } catch {
            rows.abandonRow(from: rowStart)
            throw error
        }
        if rows.bytes.count >= Self.chunkByteCount {
            try send()
        }
    }

    /// Adds rows that are already encoded, each with one field for each column of the statement.
    package mutating func write(_ ready: BinaryRows) throws(PostgresError) {
        try send()
        var rest = ready.bytes[...]
        while !rest.isEmpty {
            try send(rest.prefix(Self.chunkByteCount))
            rest = rest.dropFirst(Self.chunkByteCount)
        }
    }

    /// Sends the rest and returns the number of rows that the server accepted.
    fileprivate mutating func finish() throws(PostgresError) -> Int {
        rows.appendTrailer()
        try send()
        try unsafe wire.check(PQputCopyEnd(wire.raw, nil))
        return try wire.copiedRowCount()
    }

    /// Makes the server discard the rows.
    ///
    /// Its error is the expected answer.
    fileprivate func cancel(_ message: String) {
        if unsafe PQputCopyEnd(wire.raw, message) == 1 {
            wire.discardResults()
        }
    }

    private mutating func send() throws(PostgresError) {
        try send(rows.bytes[...])
        rows.removeAll()
    }

    private func send(_ bytes: ArraySlice<UInt8>) throws(PostgresError) {
        let isSent = unsafe bytes.withUnsafeBytes { bytes in
            unsafe PQputCopyData(
                wire.raw,
                bytes.baseAddress?.assumingMemoryBound(to: CChar.self),
                Int32(bytes.count)
            )
        }
        // libpq takes the bytes and may keep them: flushing each time is what bounds its memory.
        try wire.check(isSent)
        try wire.flush()
    }
}

extension Connection {
    /// Runs `COPY … FROM STDIN (FORMAT binary)` with the rows that `body` writes, and returns their number.
    ///
    /// The rows are in the table when the call returns, subject to the transaction under way. Where `body` throws, or
    /// the server refuses a row, none of them are; the connection stays usable unless the error is `connectionLost`.
    package mutating func copyIn(
        _ statement: String,
        _ body: (inout BinaryCopy) throws -> Void
    ) throws -> Int {
        let columnCount = try beginCopy(statement, expecting: PGRES_COPY_IN)
        var copy = BinaryCopy(wire: wire, columnCount: columnCount)
        do {
            try body(&copy)
        } catch {
            copy.cancel("the client gave up")
            throw error
        }
        return try copy.finish()
    }

    /// Starts a COPY in either direction and returns its number of columns.
    mutating func beginCopy(_ statement: String, expecting status: ExecStatusType) throws(PostgresError) -> Int {
        try unsafe wire.check(PQsendQuery(raw, statement))
        guard let result = unsafe try wire.lastResult() else {
            throw unsafe PostgresError.fault(result: nil, connection: raw)
        }
        guard unsafe PQresultStatus(result) == status else {
            // A statement that succeeded without being the COPY that was expected is a bug of the caller.
            _ = try unsafe completed(result)
            preconditionFailure("the statement is no COPY of the expected direction")
        }
        defer { unsafe PQclear(result) }
        precondition(unsafe PQbinaryTuples(result) == 1, "the COPY is not in binary format")
        return Int(unsafe PQnfields(result))
    }
}

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
            _ = try wire.copiedRowCount()
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
        defer { if !copy.hasEnded { wire.end() } }
        return try body(&copy)
    }
}

extension Wire {
    /// Reads results until there is none, as libpq demands before the next statement, and returns the number of rows.
    ///
    /// Throws the first error.
    fileprivate func copiedRowCount() throws(PostgresError) -> Int {
        var fault: PostgresError?
        var rowCount: Int?
        do throws(PostgresError) {
            while let result = unsafe try nextResult() {
                defer { unsafe PQclear(result) }
                if unsafe PQresultStatus(result) == PGRES_COMMAND_OK {
                    rowCount = unsafe Int(String(cString: PQcmdTuples(result))) ?? 0
                } else if fault == nil {
                    fault = unsafe PostgresError.fault(result: result, connection: raw)
                }
            }
        } catch {
            // The server's last message says more than the fact that the session ended.
            throw fault ?? error
        }
        if let fault { throw fault }
        guard let rowCount else { throw unsafe PostgresError.fault(result: nil, connection: raw) }
        return rowCount
    }

    /// Reads the results of an abandoned COPY, whose error is expected.
    fileprivate func discardResults() {
        do throws(PostgresError) {
            while let result = unsafe try nextResult() {
                unsafe PQclear(result)
            }
        } catch {
            assert(isBroken, "only the end of the session keeps results away: \(error)")
        }
    }
}
