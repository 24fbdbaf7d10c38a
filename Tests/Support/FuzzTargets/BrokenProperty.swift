/// A property of a decoder that some input breaks: a bug of the ledger's, never of the input.
package struct BrokenProperty: Error, Hashable {
    /// What should be true.
    package let sentence: String

    /// Throws the sentence unless it is true.
    static func unless(_ holds: Bool, _ sentence: String) throws(BrokenProperty) {
        guard holds else { throw BrokenProperty(sentence: sentence) }
    }
}
