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

/// The members of a stored context, looked up by name.
package struct ContextObject {
    /// The value of a name in the context.
    package struct Value {
        private let value: JSONValue
        private let context: ArraySlice<UInt8>

        fileprivate init(_ value: JSONValue, in context: ArraySlice<UInt8>) {
            self.value = value
            self.context = context
        }

        /// What the value is.
        package var kind: JSONValue.Kind { value.kind }

        /// The value as it is written.
        package var raw: ArraySlice<UInt8> { value.raw(in: context) }

        /// The contents of a string in UTF-8, without quotes and escapes; nil if the value is not a string.
        package var string: ArraySlice<UInt8>? { kind == .string ? value.content(in: context) : nil }
    }

    /// No two have the same name.
    private let members: [JSONMember]
    private let bytes: ArraySlice<UInt8>

    /// Reads a context; nil where the bytes are not one JSON object, which an event that came as JSON cannot hold.
    package init?(_ bytes: ArraySlice<UInt8>) {
        do { members = try JSONScanner.members(of: bytes.span) } catch { return nil }
        self.bytes = bytes
    }

    /// The value of a name; nil where there is none of that name.
    ///
    /// O(members).
    package subscript(name: String) -> Value? {
        let (members, text) = (members.span, bytes.span)
        for index in members.indices where members[index].isNamed(name, in: text) {
            return Value(members[index].value, in: bytes)
        }
        return nil
    }
    /// One object with the names of an earlier object and of this one, in the order in which each came first.
    ///
    /// The values of this one count. A value that is not kept, given as it is written, becomes null. Written as
    /// `ledger.merged_context` does in SQL: no spaces between members, names with as few escapes as possible.
    ///
    /// O(bytes).
    package func merged(over earlier: [UInt8]?, isKept: (ArraySlice<UInt8>) -> Bool) -> [UInt8] {
        var entries = entries
        if let known = earlier.flatMap({ ContextObject($0[...]) })?.entries {
            var newest = Dictionary(uniqueKeysWithValues: entries)
            let kept = known.map { (name: $0.name, value: newest.removeValue(forKey: $0.name) ?? $0.value) }
            entries = kept + entries.filter { newest[$0.name] != nil }
        }
        var json = JSONWriter()
        json.beginObject()
        for (name, value) in entries {
            json.key(utf8: name)
            if isKept(value) { json.value(json: value) } else { json.null() }
        }
        json.endObject()
        return json.bytes
    }

    /// The names in UTF-8, without quotes and escapes, and the values as they are written, in order.
    private var entries: [(name: ArraySlice<UInt8>, value: ArraySlice<UInt8>)] {
        members.map { ($0.key.content(in: bytes), $0.value.raw(in: bytes)) }
    }
}
