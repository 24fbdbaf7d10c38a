import Glibc

/// One row of a binary COPY: a buffer, and for each column the range of its bytes or NULL.
///
/// The caller knows the columns' types; a value that has not the size of the asked type is a `protocolViolation`.
package struct CopyRow: Sendable {
    /// The row as COPY sent it: for each column its length and its bytes.
    package let bytes: [UInt8]
    private let fields: [Range<Int>?]

    init(bytes: [UInt8], fields: [Range<Int>?]) {
        self.bytes = bytes
        self.fields = fields
    }

    package var columnCount: Int { fields.count }

    /// Whether every column of two rows of a table holds the same.
    package func holdsTheSame(as other: CopyRow) -> Bool {
        guard columnCount == other.columnCount, bytes.count == other.bytes.count else { return false }
        return unsafe memcmp(bytes, other.bytes, bytes.count) == 0
    }

    /// The value as it was sent, `nil` for NULL.
    package func bytes(_ column: Int) -> ArraySlice<UInt8>? {
        fields[column].map { bytes[$0] }
    }

    package func text(_ column: Int) -> String? {
        bytes(column).map { String(decoding: $0, as: UTF8.self) }
    }

    package func int16(_ column: Int) throws(PostgresError) -> Int16? {
        try integer(column)
    }

    package func int32(_ column: Int) throws(PostgresError) -> Int32? {
        try integer(column)
    }

    package func int64(_ column: Int) throws(PostgresError) -> Int64? {
        try integer(column)
    }

    package func bool(_ column: Int) throws(PostgresError) -> Bool? {
        guard let value = try sized(column, byteCount: 1) else { return nil }
        return value.first != 0
    }

    /// The 16 bytes of a UUID in the order in which its digits are written.
    package func uuid(_ column: Int) throws(PostgresError) -> ArraySlice<UInt8>? {
        try sized(column, byteCount: 16)
    }

    /// The text of a `jsonb` value, without that type's version byte.
    package func jsonb(_ column: Int) throws(PostgresError) -> ArraySlice<UInt8>? {
        guard let value = bytes(column) else { return nil }
        guard value.first == BinaryCopyFormat.jsonbVersion else {
            throw PostgresError(kind: .protocolViolation, message: "column \(column) holds no jsonb of version 1")
        }
        return value.dropFirst()
    }

    /// A `timestamptz`; an infinite one is a `protocolViolation`.
    package func timestampMicrosecondsSince1970(_ column: Int) throws(PostgresError) -> Int64? {
        guard let microsecondsSince2000 = try int64(column) else { return nil }
        let (microseconds, overflows) = microsecondsSince2000.addingReportingOverflow(
            BinaryCopyFormat.epochMicrosecondsSince1970
        )
        guard !overflows, microsecondsSince2000 != .min else {
            throw PostgresError(kind: .protocolViolation, message: "column \(column) holds an infinite time")
        }
        return microseconds
    }

    package func numeric(_ column: Int) throws(PostgresError) -> BinaryNumeric? {
        guard let value = bytes(column) else { return nil }
        return try BinaryNumeric(bytes: value)
    }

    private func integer<Integer: FixedWidthInteger & SignedInteger>(
        _ column: Int
    ) throws(PostgresError) -> Integer? {
        guard let value = try sized(column, byteCount: Integer.bitWidth / 8) else { return nil }
        return value.reduce(0) { $0 << 8 | Integer(truncatingIfNeeded: $1) }
    }

    private func sized(_ column: Int, byteCount: Int) throws(PostgresError) -> ArraySlice<UInt8>? {
        guard let value = bytes(column) else { return nil }
        guard value.count == byteCount else {
            throw PostgresError(
                kind: .protocolViolation,
                message: "column \(column) holds \(value.count) bytes where \(byteCount) were expected"
            )
        }
        return value
    }
}

extension CopyRow {
    /// The row that a COPY of these fields would bring back, for comparing what a table holds with what it should hold.
    package init(
        columnCount: Int,
        _ fields: (inout BinaryRows) throws(PostgresError) -> Void
    ) throws(PostgresError) {
        var rows = BinaryRows(byteCapacity: 512)
        rows.beginRow(columnCount: columnCount)
        try fields(&rows)
        try self.init(encoded: rows.bytes)
    }

    /// The row that `BinaryRows` wrote as these bytes.
    package init(encoded bytes: [UInt8]) throws(PostgresError) {
        var parser = CopyRowParser(afterHeader: bytes)
        guard let row = try parser.next() else { preconditionFailure("a row was written whole") }
        self = row
    }
}

/// Cuts the bytes of a binary COPY into rows, wherever the messages that bring them begin and end.
///
/// Pure decoding, one row ahead at most: what it holds is bounded by the largest row and one message.
struct CopyRowParser {
    private var pending: [UInt8] = []
    /// Bytes of `pending` that belong to rows already handed out.
    private var consumedByteCount = 0
    private var hasReadHeader = false
    /// Whether the trailer has been read, after which no row follows.
    private(set) var isFinished = false

    /// Begins before the first message.
    init() {}

    /// Begins with the bytes that follow a header.
    init(afterHeader bytes: [UInt8]) {
        pending = bytes
        hasReadHeader = true
    }

    mutating func append(_ message: UnsafeBufferPointer<UInt8>) {
        pending.removeFirst(consumedByteCount)
        consumedByteCount = 0
        unsafe pending.append(contentsOf: message)
    }

    /// The next whole row, or `nil` where more bytes are needed or the trailer has been reached.
    mutating func next() throws(PostgresError) -> CopyRow? {
        guard !isFinished else { return nil }
        if !hasReadHeader {
            guard try readHeader() else { return nil }
        }
        var offset = consumedByteCount
        guard let fieldCount = readInteger(at: &offset, as: Int16.self) else { return nil }
        guard fieldCount != BinaryCopyFormat.trailerFieldCount else {
            isFinished = true
            return nil
        }
        guard fieldCount >= 0 else { throw Self.malformed }
        let rowStart = offset
        var fields: [Range<Int>?] = []
        fields.reserveCapacity(Int(fieldCount))
        for _ in 0..<fieldCount {
            guard let byteCount = readInteger(at: &offset, as: Int32.self) else { return nil }
            if byteCount == BinaryCopyFormat.nullByteCount {
                fields.append(nil)
                continue
            }
            guard byteCount >= 0 else { throw Self.malformed }
            guard pending.count - offset >= Int(byteCount) else { return nil }
            fields.append(offset - rowStart..<offset - rowStart + Int(byteCount))
            offset += Int(byteCount)
        }
        consumedByteCount = offset
        return CopyRow(bytes: Array(pending[rowStart..<offset]), fields: fields)
    }

    private mutating func readHeader() throws(PostgresError) -> Bool {
        let signature = BinaryCopyFormat.signature
        guard pending.count >= signature.count else { return false }
        guard pending.starts(with: signature) else { throw Self.malformed }
        var offset = signature.count
        guard let flags = readInteger(at: &offset, as: Int32.self),
            let extensionByteCount = readInteger(at: &offset, as: Int32.self)
        else { return false }
        // No flag is known that could be ignored, and nothing has ever used the extension area.
        guard flags == 0, extensionByteCount == 0 else { throw Self.malformed }
        consumedByteCount = offset
        hasReadHeader = true
        return true
    }

    private func readInteger<Integer: FixedWidthInteger>(at offset: inout Int, as: Integer.Type) -> Integer? {
        let end = offset + Integer.bitWidth / 8
        guard end <= pending.count else { return nil }
        defer { offset = end }
        return pending[offset..<end].reduce(0) { $0 << 8 | Integer(truncatingIfNeeded: $1) }
    }

    private static var malformed: PostgresError {
        PostgresError(kind: .protocolViolation, message: "the bytes are no binary COPY")
    }
}
