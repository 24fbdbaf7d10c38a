/// Answers the requests of a server.
///
/// All calls come from a thread of the server, and must not block.
package protocol HTTPHandler: Sendable {
    /// The answer to a request of which only the head is known; nil to read the body and go on.
    ///
    /// Where there is an answer, the server sends it without reading the body, and closes the connection.
    func answer(toHead head: HTTPRequestHead) -> HTTPResponse?

    /// Answers a request, by calling `responder` exactly once: now or later, on any thread.
    func answer(_ request: HTTPRequest, _ responder: HTTPResponder)
}

/// Sends the answer to one request.
package struct HTTPResponder: Sendable {
    private let action: @Sendable (consuming HTTPResponse) -> Void

    /// A responder that does this with the response.
    package init(_ action: @escaping @Sendable (consuming HTTPResponse) -> Void) { self.action = action }

    /// Sends the response; from any thread, once.
    package func send(_ response: consuming HTTPResponse) { action(response) }
}
