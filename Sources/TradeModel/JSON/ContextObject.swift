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
        for index in members.indices where members[index].key.withContent(in: text, { $0.holds(name) }) {
            return Value(members[index].value, in: bytes)
        }
        return nil
    }
}
