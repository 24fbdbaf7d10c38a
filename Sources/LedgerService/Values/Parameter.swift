/// A parameter that a route has in its path or its query.
package struct Parameter: Sendable {
    /// What its values are.
    package enum Kind: Sendable {
        case text
        /// A text that is not empty.
        case name
        case choice([String])
        /// One or several of these, separated by commas.
        case choices([String])
        /// A whole number in a range.
        case integer(ClosedRange<UInt64>)
        /// RFC 3339, a date, or epoch milliseconds.
        case time
        /// What a halt covers.
        case scope
        case decimal
        /// A decimal above 0.
        case amount
        /// `true` or `false`.
        case flag
    }

    /// The name, as it is in the query or in braces in the path.
    package let name: String
    /// What its values are.
    package let kind: Kind
    /// What it says, for people.
    package let meaning: String

    /// A parameter of this name.
    package init(_ name: String, _ kind: Kind, _ meaning: String) {
        (self.name, self.kind, self.meaning) = (name, kind, meaning)
    }
}
