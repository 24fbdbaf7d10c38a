/// A property of a decoder that an input breaks: always a bug of the ledger.
package struct BrokenProperty: Error, Hashable {
    /// What should be true.
    package let sentence: String

    /// Throws the sentence if the condition is false.
    static func unless(_ holds: Bool, _ sentence: String) throws(BrokenProperty) {
        guard holds else { throw BrokenProperty(sentence: sentence) }
    }
}
