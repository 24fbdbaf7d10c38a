/// Why bytes are not the canonical form of an event body.
public struct BodyFault: Error, Hashable, Sendable {
    /// What is wrong with the bytes.
    public let message: String

    package init(message: String) {
        self.message = message
    }
}
