/// The id of an event: a UUID of any version.
public struct EventID: Hashable, Sendable, CustomStringConvertible {
    /// The first eight bytes, big-endian.
    public let high: UInt64
    /// The last eight bytes, big-endian.
    public let low: UInt64

    package static let byteCount = 16

    /// An id from its two halves, each big-endian.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads the usual text of a UUID, 8-4-4-4-12 hexadecimal digits of any case; nil for anything else.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        self.init(parsing: bytes.span)
    }

    /// Reads the usual text of a UUID from its ASCII bytes; nil for anything else.
    package init?(parsing bytes: Span<UInt8>) {
        guard bytes.count == Self.textByteCount, bytes[8] == UInt8(ascii: "-"), bytes[13] == UInt8(ascii: "-"),
            bytes[18] == UInt8(ascii: "-"), bytes[23] == UInt8(ascii: "-")
        else { return nil }
        let second = UInt64(bytes.littleEndian32(at: 9)) | UInt64(bytes.littleEndian32(at: 14)) << 32
        let third = UInt64(bytes.littleEndian32(at: 19)) | UInt64(bytes.littleEndian32(at: 24)) << 32
        guard let first = Self.number(hexadecimalDigits: bytes.littleEndian64(at: 0)),
            let second = Self.number(hexadecimalDigits: second), let third = Self.number(hexadecimalDigits: third),
            let fourth = Self.number(hexadecimalDigits: bytes.littleEndian64(at: 28))
        else { return nil }
        self.init(high: UInt64(first) << 32 | UInt64(second), low: UInt64(third) << 32 | UInt64(fourth))
    }

    /// The number that eight bytes are as hexadecimal digits, the first in the lowest byte; nil where one is no digit.
    ///
    /// All eight are computed at once, each in its byte, from which no sum carries into the next.
    @inline(__always)
    private static func number(hexadecimalDigits text: UInt64) -> UInt32? {
        let ones: UInt64 = 0x0101_0101_0101_0101
        // Of the bytes that can be digits, only letters have this bit.
        let letters = text >> 6 & ones
        let values = (text & (ones &* 0x0F)) &+ letters &* 9
        // 3 is the upper half of 0 to 9, and 4 and 6 are those of letters; their values end at 9, and begin at 10.
        guard (text | letters &* 0x20) & (ones &* 0xF0) == (ones &+ letters) &* 0x30,
            (values &+ ones &* 6) & (ones &* 0x10) == letters &* 0x10, values & (ones &* 0x10) == 0
        else { return nil }
        let bytes = (values << 4 | values >> 8) & 0x00FF_00FF_00FF_00FF
        let pairs = (bytes | bytes >> 8) & 0x0000_FFFF_0000_FFFF
        return UInt32(truncatingIfNeeded: pairs | pairs >> 16).byteSwapped
    }

    /// Takes the 16 bytes of a UUID in their order, from an offset on.
    package init(_ bytes: Span<UInt8>, at offset: Int) {
        self.init(
            high: bytes.littleEndian64(at: offset).byteSwapped,
            low: bytes.littleEndian64(at: offset + 8).byteSwapped
        )
    }

    /// A UUID of version 7 (RFC 9562, section 5.7): the time in milliseconds, then 74 of the random bits.
    public static func version7(at timestamp: Timestamp, random: (UInt64, UInt64)) -> EventID {
        EventID(
            high: timestamp.millisecondsSince1970 << 16 | 0x7000 | random.0 & 0x0FFF,
            low: 0x8000_0000_0000_0000 | random.1 & 0x3FFF_FFFF_FFFF_FFFF
        )
    }

    /// A UUID of version 8 (RFC 9562, section 5.8), whose other 122 bits are the first ones of a digest.
    package init(version8 digest: Span<UInt8>) { self.init(digest, version: 8) }

    /// A UUID of version 5 (RFC 9562, section 5.5), from the SHA-1 of a namespace and a name.
    package init(version5 digest: Span<UInt8>) { self.init(digest, version: 5) }

    private init(_ digest: Span<UInt8>, version: UInt64) {
        let id = EventID(digest, at: 0)
        self.init(
            high: id.high & ~0xF000 | version << 12,
            low: id.low & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        )
    }

    /// Appends the 16 bytes in their order.
    package func append(to bytes: inout [UInt8]) {
        bytes.appendLittleEndian(high.byteSwapped)
        bytes.appendLittleEndian(low.byteSwapped)
    }

    package func append(to bytes: inout OutputSpan<UInt8>) {
        bytes.appendLittleEndian(high.byteSwapped)
        bytes.appendLittleEndian(low.byteSwapped)
    }

    /// The usual text, in lower case.
    public var description: String {
        var text: [UInt8] = []
        text.reserveCapacity(Self.textByteCount)
        write(into: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// Appends the usual text, in lower case, as ASCII.
    package func write(into text: inout [UInt8]) {
        var rest = (high: high, low: low)
        for offset in 0..<Self.textByteCount {
            if Self.isHyphen(offset) {
                text.append(UInt8(ascii: "-"))
                continue
            }
            let digit = UInt8(rest.high >> 60)
            text.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
            rest.high = rest.high << 4 | rest.low >> 60
            rest.low <<= 4
        }
    }

    private static let textByteCount = 36

    private static func isHyphen(_ offset: Int) -> Bool { offset == 8 || offset == 13 || offset == 18 || offset == 23 }
}
