/// Where a value stands in a scanned text, and what it is: nothing is copied until someone asks for it.
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
    /// The value as it is written, with quotes or brackets, as offsets from the start of the text.
    let range: Range<Int>
    /// Whether this is a string that says a character by a backslash.
    let hasEscapes: Bool

    init(_ kind: Kind, _ range: Range<Int>, hasEscapes: Bool = false) {
        self.kind = kind
        self.range = range
        self.hasEscapes = hasEscapes
    }

    /// What stands for a member that is not there; a null means the same.
    static let absent = JSONValue(.null, 0..<0)

    var isPresent: Bool { kind != .null }

    /// The same value, counted from the start of a text in which this one begins so many bytes later.
    func moved(by byteCount: Int) -> JSONValue {
        JSONValue(kind, range.lowerBound + byteCount..<range.upperBound + byteCount, hasEscapes: hasEscapes)
    }

    /// What stands between the quotes of a string.
    var contentRange: Range<Int> { range.lowerBound + 1..<range.upperBound - 1 }

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
    let value: JSONValue
}
