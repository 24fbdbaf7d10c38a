/// A step of a session in the protocol of PostgreSQL, at which the connection can be made to fail.
///
/// A statement is named by words that it holds.
package enum ProtocolStep: Sendable, Equatable, CustomStringConvertible {
    /// The client has connected; nothing was said.
    case connect
    /// The server has let the client in.
    case login
    /// The client sends a statement, which does not reach the server.
    case sending(String)
    /// The server has executed a statement; its answer does not reach the client.
    case executed(String)
    /// The client has the answer to a statement.
    case answered(String)
    /// So many bytes of COPY data have reached the server.
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

/// What becomes of a session at its step.
package enum SessionFault: Sendable {
    /// Both sides see the connection end.
    case cut
    /// Nothing gets through any more, and neither side is told.
    case stall
}

/// A fault that waits for sessions that reach its step.
struct ArmedFault: Sendable {
    let step: ProtocolStep
    let fault: SessionFault
    /// How many more sessions meet it.
    var remainingCount: Int
}
