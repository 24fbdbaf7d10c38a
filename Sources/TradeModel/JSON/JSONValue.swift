/// The position and kind of a value in a scanned text; nothing is copied until it is used.
///
/// Twelve bytes, because a line is scanned into some twenty of them; no text is longer than an event's line.
package struct JSONValue: Sendable {
    /// The six kinds of JSON values.
    package enum Kind: Sendable {
        case null
        case bool
        case number
        case string
        case object
        case array
    }

    let kind: Kind
    /// Whether this is a string with escapes.
    let hasEscapes: Bool
    private let start: UInt32
    private let end: UInt32

    init(_ kind: Kind, _ range: Range<Int>, hasEscapes: Bool = false) {
        self.kind = kind
        self.hasEscapes = hasEscapes
        start = UInt32(range.lowerBound)
        end = UInt32(range.upperBound)
    }

    /// The value of an absent member; null means the same.
    static let absent = JSONValue(.null, 0..<0)

    var isPresent: Bool { kind != .null }

    /// The value as it is written, with quotes or brackets, as offsets from the start of the text.
    var range: Range<Int> { Int(start)..<Int(end) }

    /// The same value, counted from the start of a text in which this one begins so many bytes later.
    func moved(by byteCount: Int) -> JSONValue {
        JSONValue(kind, range.lowerBound + byteCount..<range.upperBound + byteCount, hasEscapes: hasEscapes)
    }

    /// The text between the quotes of a string.
    var contentRange: Range<Int> { range.lowerBound + 1..<range.upperBound - 1 }

    /// Reads the bytes of a string without its quotes and escapes.
    func withContent<Content, Fault>(
        in text: Span<UInt8>,
        _ read: (Span<UInt8>) throws(Fault) -> Content
    ) throws(Fault) -> Content {
        precondition(kind == .string, "only a string has content")
        guard hasEscapes else { return try read(text.extracting(contentRange)) }
        let content = unescaped(in: text)
        return try read(content.span)
    }

    /// The bytes of a string without its quotes and escapes.
    func content(in text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        precondition(kind == .string, "only a string has content")
        guard !hasEscapes else { return unescaped(in: text.span)[...] }
        return text[text.startIndex + contentRange.lowerBound..<text.startIndex + contentRange.upperBound]
    }

    /// The bytes of the value as it is written.
    func raw(in text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        text[text.startIndex + range.lowerBound..<text.startIndex + range.upperBound]
    }
}

/// A name and its value in a scanned object.
struct JSONMember {
    /// The name, which is a string.
    let key: JSONValue
    var value: JSONValue

    func isNamed(_ name: String, in text: Span<UInt8>) -> Bool { key.withContent(in: text) { $0.holds(name) } }
}

/// The beginning of a piece of JSON, for a message: short enough to be read, cut between characters.
func excerpt(of json: Span<UInt8>) -> String {
    let byteCountMax = 64
    guard json.count > byteCountMax else { return json.text }
    var end = byteCountMax
    while json[end] & 0xC0 == 0x80 { end -= 1 }
    return json.extracting(..<end).text + "…"
}
