/// The members of the contexts of one subject: each name once, where it came first, with the value of the latest
/// context that has it.
package struct ContextObject: Sendable {
    /// The value of a name.
    package struct Value {
        private let value: JSONValue
        private let text: ArraySlice<UInt8>

        fileprivate init(_ value: JSONValue, in text: ArraySlice<UInt8>) {
            self.value = value
            self.text = text
        }

        /// What the value is.
        package var kind: JSONValue.Kind { value.kind }

        /// The value as it is written.
        package var raw: ArraySlice<UInt8> { value.raw(in: text) }

        /// The contents of a string in UTF-8, without quotes and escapes; nil if the value is not a string.
        package var string: ArraySlice<UInt8>? { kind == .string ? value.content(in: text) : nil }
    }

    /// A name and its value, each in one of the texts.
    private struct Entry {
        let name: JSONValue
        let nameText: Int
        var value: JSONValue
        var valueText: Int
    }

    /// The contexts that the entries are parts of.
    private var texts: [ArraySlice<UInt8>] = []
    private var entries: [Entry] = []

    /// With more texts, most of what they hold was replaced.
    private static let textCountMax = 8

    /// No context yet.
    package init() {}

    /// The members of one JSON object, which is all of the text.
    ///
    /// O(bytes). Throws what is wrong with the text.
    package init(parsing text: ArraySlice<UInt8>) throws(Rejection) {
        add(try JSONScanner.members(of: text.span), of: text)
    }

    /// Whether there was no context yet.
    package var isEmpty: Bool { texts.isEmpty }

    /// Adds a later context, of which it keeps a copy; false, without an effect, where the bytes are not one JSON
    /// object, which an event that came as JSON cannot hold.
    ///
    /// O(bytes), and O(names · names of the context).
    @discardableResult
    package mutating func merge(_ context: ArraySlice<UInt8>) -> Bool {
        let members: [JSONMember]
        do throws(Rejection) { members = try JSONScanner.members(of: context.span) } catch { return false }
        if texts.count == Self.textCountMax { makeOneText() }
        add(members, of: context)
        return true
    }

    private mutating func add(_ members: [JSONMember], of context: ArraySlice<UInt8>) {
        let (text, knownCount) = (texts.count, entries.count)
        texts.append(Array(context)[...])
        entries.reserveCapacity(knownCount + members.count)
        for (position, member) in members.enumerated() {
            if let known = index(of: member.key, in: context.span, among: knownCount, near: position) {
                (entries[known].value, entries[known].valueText) = (member.value, text)
            } else {
                entries.append(Entry(name: member.key, nameText: text, value: member.value, valueText: text))
            }
        }
    }

    /// The value of a name; nil where there is none of that name.
    ///
    /// O(names).
    package subscript(name: String) -> Value? {
        let name = name.utf8.span
        return entries.indices.first { isEntry($0, named: name) }.map { index in
            Value(entries[index].value, in: texts[entries[index].valueText])
        }
    }

    /// The members, in the order in which their names came.
    package var members: [(name: String, value: Value)] {
        entries.map { entry in
            let name = String(decoding: entry.name.content(in: texts[entry.nameText]), as: UTF8.self)
            return (name, Value(entry.value, in: texts[entry.valueText]))
        }
    }

    /// The members as one JSON object.
    ///
    /// A value that is not kept, given as it is written, becomes null. Written as `ledger.merged_context` does in SQL:
    /// no spaces between members, names with as few escapes as possible. O(bytes).
    package func json(isKept: (ArraySlice<UInt8>) -> Bool) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        for entry in entries {
            json.key(utf8: entry.name.content(in: texts[entry.nameText]))
            let value = entry.value.raw(in: texts[entry.valueText])
            if isKept(value) { json.value(json: value) } else { json.null() }
        }
        json.endObject()
        return json.bytes
    }

    /// Where a name stands among the first entries; nearly always it has the place that it had before.
    private func index(of name: JSONValue, in text: Span<UInt8>, among count: Int, near position: Int) -> Int? {
        name.withContent(in: text) { content in
            if position < count, isEntry(position, named: content) { return position }
            return (0..<count).first { isEntry($0, named: content) }
        }
    }

    private func isEntry(_ index: Int, named content: Span<UInt8>) -> Bool {
        let (name, text) = (entries[index].name, texts[entries[index].nameText])
        return name.withContent(in: text.span) { $0.holds(content) }
    }

    private mutating func makeOneText() {
        let text = json { _ in true }
        self = ContextObject()
        merge(text[...])
    }
}
