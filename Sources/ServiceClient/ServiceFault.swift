/// Why a service could not be asked, or did not answer.
package struct ServiceFault: Error, CustomStringConvertible, Sendable {
    /// The socket.
    package let path: String
    /// What happened.
    package let reason: String

    package var description: String { "the service at \(path) did not answer: \(reason)" }
}
