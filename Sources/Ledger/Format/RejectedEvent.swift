public import TradeModel

/// An event that broke a rule, as it is kept beside the log: a fill that breaks a rule is still a fill that happened.
public struct RejectedEvent: Hashable, Sendable {
    /// When it was rejected, by the ledger's clock.
    public let rejectedAt: Timestamp
    /// The rule's code.
    public let code: String
    /// The problem, and what to do about it.
    public let message: String
    /// The line as it came, at most `Limits.printedLineByteCountMax` bytes of it.
    public let line: [UInt8]
    /// How many bytes the line had.
    public let lineByteCount: Int

    init(rejectedAt: Timestamp, rejection: Rejection, line: EventLine) {
        self.rejectedAt = rejectedAt
        code = rejection.code.rawValue
        message = rejection.message
        self.line = Array(line.bytes)
        lineByteCount = line.byteCount
    }

    /// Appends the record after its length: see `schema/segment-format.md`, "Rejected events".
    func encodeFramed(into bytes: inout [UInt8]) {
        var record: [UInt8] = []
        record.appendLittleEndian(UInt64(bitPattern: rejectedAt.microsecondsSince1970))
        record.appendLittleEndian(UInt64(lineByteCount))
        for text in [code, message] {
            record.appendLittleEndian(UInt16(text.utf8.count))
            record.append(contentsOf: text.utf8)
        }
        record.append(contentsOf: line)
        bytes.appendLittleEndian(UInt32(record.count))
        bytes.append(contentsOf: record)
    }

    /// Reads one record off the front of a payload.
    init(decodingFramed payload: inout ByteReader) throws(BodyFault) {
        let byteCount = Int(try payload.uint32("rejected event"))
        var record = ByteReader(try payload.bytes(byteCount, "rejected event"))
        rejectedAt = Timestamp(microsecondsSince1970: Int64(bitPattern: try record.uint64("rejected_at")))
        lineByteCount = Int(try record.uint64("line"))
        code = String(decoding: try record.bytes(Int(try record.uint16("code")), "code"), as: UTF8.self)
        message = String(decoding: try record.bytes(Int(try record.uint16("message")), "message"), as: UTF8.self)
        line = Array(record.rest)
    }
}

/// A line of JSON on its way in.
///
/// Only the first bytes of an oversized line have to be present.
public struct EventLine: Hashable, Sendable {
    /// The line without its line feed, or its first bytes.
    public let bytes: ArraySlice<UInt8>
    /// How many bytes the line had.
    public let byteCount: Int

    /// A line, whole.
    public init(_ bytes: [UInt8]) {
        self.init(bytes[...], byteCount: bytes.count)
    }

    /// A line that may have been truncated.
    public init(_ bytes: ArraySlice<UInt8>, byteCount: Int) {
        self.bytes = bytes.prefix(Limits.printedLineByteCountMax)
        self.byteCount = byteCount
    }
}
