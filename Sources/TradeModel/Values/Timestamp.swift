/// An instant, in microseconds since 1970-01-01T00:00:00Z without leap seconds.
public struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Microseconds since 1970-01-01T00:00:00Z.
    public let microsecondsSince1970: Int64

    /// The microseconds of the years 1970 to 9999, which are all that an event can name.
    public static let rangeMicroseconds: Range<Int64> = 0..<253_402_300_800_000_000
    /// The first instant that an event can name, 1970-01-01T00:00:00.000000Z.
    public static let min = Timestamp(microsecondsSince1970: rangeMicroseconds.lowerBound)
    /// The last instant that an event can name, 9999-12-31T23:59:59.999999Z.
    public static let max = Timestamp(microsecondsSince1970: rangeMicroseconds.upperBound - 1)

    /// The instant so many microseconds after 1970-01-01T00:00:00Z; `rangeMicroseconds` is for the caller to check.
    public init(microsecondsSince1970: Int64) {
        self.microsecondsSince1970 = microsecondsSince1970
    }

    /// Reads RFC 3339 with any offset; digits below a microsecond are cut.
    ///
    /// A second 60 is taken at 23:59:60 UTC only, as the second after it. Nil where the text is anything else or the
    /// instant is not in the years 1970 to 9999 UTC.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        self.init(rfc3339: bytes.span)
    }

    /// Orders by time.
    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.microsecondsSince1970 < right.microsecondsSince1970
    }

    /// RFC 3339 in UTC with six digits of a second, such as `2024-07-01T00:10:00.000000Z`.
    public var description: String {
        var bytes: [UInt8] = []
        write(into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
