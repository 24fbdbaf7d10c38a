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
        guard bytes.count == Self.textByteCount else { return nil }
        var halves: (high: UInt64, low: UInt64) = (0, 0)
        for offset in 0..<Self.textByteCount {
            let byte = bytes[offset]
            if Self.isHyphen(offset) {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let digit = byte.hexadecimalDigitValue else { return nil }
            halves.high = halves.high << 4 | halves.low >> 60
            halves.low = halves.low << 4 | UInt64(digit)
        }
        self.init(high: halves.high, low: halves.low)
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
