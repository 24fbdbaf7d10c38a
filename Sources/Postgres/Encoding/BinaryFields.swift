/// Fields of a row in the binary format of COPY: each is a 32-bit byte count, or -1 for NULL, and then its bytes.
///
/// They are written into room that `BinaryRows.appendFields` gives. A field takes four bytes more than its value; it
/// is a bug of the caller if they do not fit.
extension OutputSpan<UInt8> {
    /// The most bytes that a decimal with a coefficient of 127 bits and at most 38 digits after the point takes, with
    /// its byte count.
    package static var numericFieldByteCountMax: Int {
        BinaryCopyFormat.byteCountByteCount + 8 + 2 * DecimalGroups.countMax
    }

    /// Appends so many fields that are NULL.
    package mutating func appendNullFields(_ count: Int) {
        // All bits of -1 are ones.
        append(repeating: .max, count: BinaryCopyFormat.byteCountByteCount * count)
    }

    /// For `boolean`.
    package mutating func appendField(bool value: Bool) {
        append(bigEndian: Int32(1))
        append(value ? 1 : 0)
    }

    /// For `smallint`.
    package mutating func appendField(int16 value: Int16) { appendField(bigEndian: value) }

    /// For `integer`.
    package mutating func appendField(int32 value: Int32) { appendField(bigEndian: value) }

    /// For `bigint`.
    package mutating func appendField(int64 value: Int64) { appendField(bigEndian: value) }

    /// For `text`, `varchar`, `json` and, bytes being bytes, `bytea`.
    ///
    /// Text must be UTF-8 without U+0000.
    package mutating func appendField(text value: Span<UInt8>) {
        append(bigEndian: Int32(value.count))
        precondition(freeCapacity >= value.count, "there is room for the text")
        unsafe withUnsafeMutableBufferPointer { buffer, count in
            unsafe value.withUnsafeBytes { bytes in
                unsafe UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[count...])
                    .copyMemory(from: bytes)
            }
            count += value.count
        }
    }

    /// For `uuid`: a UUID from its first and its last 16 digits.
    package mutating func appendField(uuidHigh high: UInt64, low: UInt64) {
        append(bigEndian: Int32(16))
        append(bigEndian: high)
        append(bigEndian: low)
    }

    /// For `timestamptz`.
    ///
    /// Every 64-bit count after about 290,000 BC fits; an earlier one is a bug of the caller.
    package mutating func appendField(timestampMicrosecondsSince1970 value: Int64) {
        appendField(bigEndian: value - BinaryCopyFormat.epochMicrosecondsSince1970)
    }

    /// For `numeric`: `coefficient` · 10 to the power of -`scale`, which is 0 to 38.
    ///
    /// It shows `scale` digits after the point.
    package mutating func appendField(numericCoefficient coefficient: Int128, scale: Int) {
        let groups = DecimalGroups(coefficient.magnitude, scale: scale)
        appendNumericField(
            isNegative: coefficient < 0,
            groups.count,
            weight: groups.weight,
            displayScale: UInt16(scale)
        ) { groups[$0] }
    }

    @inline(__always)
    mutating func appendNumericField(
        isNegative: Bool,
        _ groupCount: Int,
        weight: Int16,
        displayScale: UInt16,
        _ group: (Int) -> UInt16
    ) {
        append(bigEndian: Int32(8 + 2 * groupCount))
        let sign = isNegative ? BinaryNumeric.negativeSign : BinaryNumeric.positiveSign
        let places = UInt64(groupCount) << 48 | UInt64(UInt16(bitPattern: weight)) << 32
        append(bigEndian: places | UInt64(sign) << 16 | UInt64(displayScale))
        for index in 0..<groupCount { append(bigEndian: group(index)) }
    }

    @inline(__always)
    private mutating func appendField<Integer: FixedWidthInteger>(bigEndian value: Integer) {
        append(bigEndian: Int32(MemoryLayout<Integer>.size))
        append(bigEndian: value)
    }

    @inline(__always)
    mutating func append<Integer: FixedWidthInteger>(bigEndian value: Integer) {
        let byteCount = MemoryLayout<Integer>.size
        precondition(freeCapacity >= byteCount, "there is room for the integer")
        unsafe withUnsafeMutableBufferPointer { buffer, count in
            unsafe UnsafeMutableRawBufferPointer(buffer)
                .storeBytes(of: value.bigEndian, toByteOffset: count, as: Integer.self)
            count += byteCount
        }
    }
}
