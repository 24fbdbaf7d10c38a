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
        return try CopyOutcome.copiedRowCount(wire)
    }

    /// Makes the server discard the rows.
    ///
    /// Its error is the expected answer.
    fileprivate func cancel(_ message: String) {
        if unsafe PQputCopyEnd(wire.raw, message) == 1 {
            CopyOutcome.discard(wire)
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
