/// A step of a session in the protocol of PostgreSQL, at which the connection can be made to fail.
///
/// A statement is identified by words in it.
package enum ProtocolStep: Sendable, Equatable, CustomStringConvertible {
    /// The client has connected, and nothing was sent.
    case connect
    /// The server has authenticated the client.
    case login
    /// The client sends a statement, which does not reach the server.
    case sending(String)
    /// The server has executed a statement; its answer does not reach the client.
    case executed(String)
    /// The client has the answer to a statement.
    case answered(String)
    /// This many bytes of COPY data have reached the server.
    case copying(byteCount: Int)
    /// The end of COPY data has reached the server.
    case copied

    package var description: String {
        switch self {
        case .connect: "at connect"
        case .login: "after the login"
        case .sending(let statement): "before \(statement) reaches the server"
        case .executed(let statement): "before the answer to \(statement) comes back"
        case .answered(let statement): "after the answer to \(statement)"
        case .copying(let byteCount): "after \(byteCount) bytes of COPY"
        case .copied: "after the end of COPY"
        }
    }
}

/// What happens to a session at its step.
package enum SessionFault: Sendable {
    /// Both sides see the connection end.
    case cut
    /// Nothing is passed on any more, and neither side notices.
    case stall
}

/// A fault that waits for sessions that reach its step.
struct ArmedFault: Sendable {
    let step: ProtocolStep
    let fault: SessionFault
    /// The number of further sessions that meet it.
    var remainingCount: Int
}
