/// The members of a stored context, for those who take some of them out by name.
package struct ContextObject {
    /// A name of the context, and what stands behind it.
    package struct Member {
        /// The name without quotes and escapes, in UTF-8.
        package let key: ArraySlice<UInt8>
        private let value: JSONValue
        private let context: ArraySlice<UInt8>

        fileprivate init(_ member: JSONMember, in context: ArraySlice<UInt8>) {
            key = member.key.content(in: context)
            value = member.value
            self.context = context
        }

        /// What the value is.
        package var kind: JSONValue.Kind { value.kind }

        /// The value as it is written.
        package var raw: ArraySlice<UInt8> { value.raw(in: context) }

        /// What a string says, without quotes and escapes, in UTF-8; nil where the value is none.
        package var string: ArraySlice<UInt8>? { kind == .string ? value.content(in: context) : nil }
    }

    /// The members in the order in which they stand; no two have the same name.
    package let members: [Member]

    /// Reads a context; nil where the bytes are not one JSON object, which an event that came as JSON cannot hold.
    package init?(_ bytes: ArraySlice<UInt8>) {
        do {
            members = try JSONScanner.members(of: bytes.span).map { Member($0, in: bytes) }
        } catch {
            return nil
        }
    }
}
