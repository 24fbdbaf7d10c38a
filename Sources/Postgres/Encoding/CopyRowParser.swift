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
