/// What a server answers.
package struct HTTPResponse: Sendable {
    /// What follows the header.
    package enum Body: Sendable {
        case bytes([UInt8])
        /// Bytes that are produced while they are sent, with no length known before.
        case stream(any HTTPOutput)
        /// Switches the connection to WebSocket (RFC 6455); each piece of the output is one text message.
        case webSocket(any HTTPOutput)
    }

    /// The status code.
    package let status: Int
    /// The header fields; the server adds `Date`, `Connection` and the length.
    package var headers: [HTTPHeader]
    /// What follows the header.
    package let body: Body

    /// A response with these parts.
    package init(_ status: Int, headers: [HTTPHeader] = [], _ body: Body) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// Output that is produced while it is sent, as fast as its reader takes it.
///
/// The server asks for the next piece when the connection can take one, so output that nobody reads costs no memory.
/// All calls come from one thread of the server, one after another, and must not block.
package protocol HTTPOutput: AnyObject, Sendable {
    /// Called once, before anything else: `waker` makes the server ask again after `wait`.
    func begin(_ waker: HTTPWaker)
    /// The next piece.
    func next() -> HTTPOutputStep
    /// Called once, after the last piece or when the connection was lost; nothing is called after it.
    func finish()
}

/// What an output produces next.
package enum HTTPOutputStep: Sendable {
    /// Some bytes, not empty; a WebSocket sends them as one text message.
    case bytes([UInt8])
    /// Nothing yet: the server asks again after the waker was called.
    case wait
    /// Nothing more; a WebSocket is closed with this code and reason.
    case end(code: UInt16, reason: String)
}

/// Makes a server ask an output for its next piece.
package struct HTTPWaker: Sendable {
    private let action: @Sendable () -> Void

    /// A waker that does this.
    package init(_ action: @escaping @Sendable () -> Void) { self.action = action }

    /// Has the server ask again; from any thread, any number of times, also after the output has ended.
    package func wake() { action() }
}
