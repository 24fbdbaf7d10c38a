/// Rows in the binary format of COPY (PostgreSQL documentation, "COPY", section "Binary Format").
///
/// Pure encoding: a header, rows of fields, a trailer, all integers big-endian. Every field is a 32-bit byte count, or
/// -1 for NULL, and then its bytes.
package struct BinaryRows: Sendable {
    /// What has been encoded so far.
    package private(set) var bytes: [UInt8] = []
    /// Fields that the row under way still needs.
    private var missingFieldCount = 0

    /// No rows yet, with space for so many bytes of them.
    package init(byteCapacity: Int = 0) {
        bytes.reserveCapacity(byteCapacity)
    }

    /// Whether it holds nothing.
    package var isEmpty: Bool { bytes.isEmpty }

    package mutating func appendHeader() {
        bytes.append(contentsOf: BinaryCopyFormat.signature)
        appendBigEndian(UInt32(0))  // flags: none
        appendBigEndian(UInt32(0))  // extension area: empty
    }

    package mutating func appendTrailer() {
        precondition(missingFieldCount == 0, "the last row lacks fields")
        appendBigEndian(BinaryCopyFormat.trailerFieldCount)
    }

    /// Begins a row, to which exactly `columnCount` fields must be appended.
    package mutating func beginRow(columnCount: Int) {
        precondition(missingFieldCount == 0, "the row before lacks fields")
        missingFieldCount = columnCount
        appendBigEndian(Int16(columnCount))
    }

    package mutating func appendNull() { appendNulls(1) }

    /// Appends so many fields that are NULL.
    package mutating func appendNulls(_ count: Int) {
        appendFields(count, byteCountMax: BinaryCopyFormat.byteCountByteCount * count) { $0.appendNullFields(count) }
    }

    /// Appends so many fields, which `write` writes into room for this many bytes.
    ///
    /// A row that is written with one call costs a fraction of what a call for each field does.
    @inline(__always)
    package mutating func appendFields(
        _ count: Int,
        byteCountMax: Int,
        _ write: (inout OutputSpan<UInt8>) -> Void
    ) {
        takeFields(count)
        bytes.append(addingCapacity: byteCountMax, initializingWith: write)
    }

    package mutating func append(bool value: Bool) {
        appendField(byteCount: 1) { $0.appendField(bool: value) }
    }

    package mutating func append(int16 value: Int16) {
        appendField(byteCount: 2) { $0.appendField(int16: value) }
    }

    package mutating func append(int32 value: Int32) {
        appendField(byteCount: 4) { $0.appendField(int32: value) }
    }

    package mutating func append(int64 value: Int64) {
        appendField(byteCount: 8) { $0.appendField(int64: value) }
    }

    /// For `text`, `varchar`, `json` and, bytes being bytes, `bytea`.
    ///
    /// Text must be UTF-8 without U+0000.
    package mutating func append(text value: ArraySlice<UInt8>) {
        appendField(byteCount: value.count) { $0.appendField(text: value.span) }
    }

    package mutating func append(text value: [UInt8]) {
        appendField(byteCount: value.count) { $0.appendField(text: value.span) }
    }

    package mutating func append(text value: String) {
        let utf8 = value.utf8
        appendField(byteCount: utf8.count) { $0.appendField(text: utf8.span) }
    }

    /// The text of a JSON value for a `jsonb` column, after that type's version byte.
    package mutating func append(jsonb text: ArraySlice<UInt8>) {
        beginField(byteCount: Int32(text.count) + 1)
        bytes.append(BinaryCopyFormat.jsonbVersion)
        bytes.append(contentsOf: text)
    }

    /// A UUID from its first and its last 16 digits.
    package mutating func append(uuidHigh high: UInt64, low: UInt64) {
        appendField(byteCount: 16) { $0.appendField(uuidHigh: high, low: low) }
    }

    /// For `timestamptz`, as the field of the same name says.
    package mutating func append(timestampMicrosecondsSince1970 value: Int64) {
        appendField(byteCount: 8) { $0.appendField(timestampMicrosecondsSince1970: value) }
    }

    /// A decimal such as `-123.4500`: digits after the point are kept, zeros too.
    ///
    /// There is no exponent and no `NaN`.
    ///
    /// - Throws: `invalidArgument` for other text, or for more than 131,072 digits before or 16,383 after the point.
    package mutating func append(numericText text: String) throws(PostgresError) {
        let numeric = try BinaryNumeric(text: Array(text.utf8)[...])
        let groups = numeric.groups
        appendField(byteCount: 8 + 2 * groups.count) { field in
            field.appendNumericField(
                isNegative: numeric.isNegative,
                groups.count,
                weight: numeric.weight,
                displayScale: numeric.displayScale
            ) { groups[$0] }
        }
    }

    /// `coefficient` · 10 to the power of -`scale`, with `scale` digits after the point; `scale` is 0 to 38.
    package mutating func append(numericCoefficient coefficient: Int128, scale: Int) {
        appendFields(1, byteCountMax: OutputSpan<UInt8>.numericFieldByteCountMax) { field in
            field.appendField(numericCoefficient: coefficient, scale: scale)
        }
    }

    /// Forgets the bytes, which have been sent, and keeps their memory.
    mutating func removeAll() {
        precondition(missingFieldCount == 0, "a row is under way")
        bytes.removeAll(keepingCapacity: true)
    }

    /// Forgets the row under way, which began at `byteCount`.
    mutating func abandonRow(from byteCount: Int) {
        bytes.removeSubrange(byteCount...)
        missingFieldCount = 0
    }

    /// Begins a field whose bytes are appended by themselves.
    private mutating func beginField(byteCount: Int32) {
        takeFields(1)
        appendBigEndian(byteCount)
    }

    /// Appends one field with a value of so many bytes.
    @inline(__always)
    private mutating func appendField(byteCount: Int, _ write: (inout OutputSpan<UInt8>) -> Void) {
        appendFields(1, byteCountMax: BinaryCopyFormat.byteCountByteCount + byteCount, write)
    }

    private mutating func takeFields(_ count: Int) {
        precondition(missingFieldCount >= count, "the row has all its fields")
        missingFieldCount -= count
    }

    private mutating func appendBigEndian(_ value: some FixedWidthInteger) {
        bytes.append(addingCapacity: 8) { $0.append(bigEndian: value) }
    }
}

/// Constants that the writer and the reader of binary COPY share.
enum BinaryCopyFormat {
    static let signature: [UInt8] = [0x50, 0x47, 0x43, 0x4F, 0x50, 0x59, 0x0A, 0xFF, 0x0D, 0x0A, 0x00]
    /// How many bytes the byte count before a field's value has.
    static let byteCountByteCount = 4
    static let nullByteCount: Int32 = -1
    static let trailerFieldCount: Int16 = -1
    static let jsonbVersion: UInt8 = 1
    /// 2000-01-01 UTC, from which PostgreSQL counts.
    static let epochMicrosecondsSince1970: Int64 = 946_684_800_000_000
}
