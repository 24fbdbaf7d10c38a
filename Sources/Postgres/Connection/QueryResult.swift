import CPQ

/// Owns the rows that one statement returned, all in memory; independent of the connection they came over.
@safe
package struct QueryResult: ~Copyable {
    /// The `PGresult`.
    private let raw: OpaquePointer

    init(owning raw: OpaquePointer) {
        unsafe self.raw = unsafe raw
    }

    deinit {
        unsafe PQclear(raw)
    }

    package var rowCount: Int {
        Int(unsafe PQntuples(raw))
    }

    package var columnCount: Int {
        Int(unsafe PQnfields(raw))
    }

    /// Rows inserted, updated, deleted, selected or copied; 0 for statements that count none.
    package var affectedRowCount: Int {
        unsafe String(ofC: PQcmdTuples(raw)).flatMap { Int($0) } ?? 0
    }

    /// The name of the command that ran, for example `COMMIT` or `INSERT 0 1`.
    var commandTag: String { unsafe String(ofC: PQcmdStatus(raw)) ?? "" }

    /// The text form of a value, `nil` for NULL.
    package func text(row: Int, column: Int) -> String? {
        guard let value = unsafe value(row: row, column: column) else { return nil }
        return unsafe String(decoding: value, as: UTF8.self)
    }

    /// The bytes of a `bytea`, or of the text form of any other type; `nil` for NULL.
    package func bytes(row: Int, column: Int) -> [UInt8]? {
        guard let value = unsafe value(row: row, column: column) else { return nil }
        guard unsafe PQftype(raw, Int32(column)) == byteaTypeIdentifier else { return unsafe Array(value) }
        var byteCount = 0
        guard let unescaped = unsafe PQunescapeBytea(value.baseAddress, &byteCount) else {
            preconditionFailure("out of memory")
        }
        defer { unsafe PQfreemem(unescaped) }
        return unsafe Array(UnsafeBufferPointer(start: unescaped, count: byteCount))
    }

    /// The value of any integer type, `nil` for NULL.
    package func int64(row: Int, column: Int) throws(PostgresError) -> Int64? {
        guard let text = text(row: row, column: column) else { return nil }
        guard let number = Int64(text) else {
            throw PostgresError(kind: .protocolViolation, message: "column \(column) holds no 64-bit integer")
        }
        return number
    }

    /// Valid as long as the result is.
    private func value(row: Int, column: Int) -> UnsafeBufferPointer<UInt8>? {
        precondition(row >= 0 && row < rowCount, "no such row")
        precondition(column >= 0 && column < columnCount, "no such column")
        let (row, column) = (Int32(row), Int32(column))
        guard unsafe PQgetisnull(raw, row, column) == 0, let start = unsafe PQgetvalue(raw, row, column) else {
            return nil
        }
        let byteCount = Int(unsafe PQgetlength(raw, row, column))
        return unsafe UnsafeBufferPointer(
            start: UnsafeRawPointer(start).assumingMemoryBound(to: UInt8.self),
            count: byteCount
        )
    }
}

// Immutable once made.
extension QueryResult: @unchecked Sendable {}

/// `bytea` in `pg_type`.
private let byteaTypeIdentifier: UInt32 = 17
