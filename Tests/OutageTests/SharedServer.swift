import PostgresTestSupport
import Synchronization

/// A private server of each kind, for tests that run one after the other and restore its state.
enum SharedServer {
    private static let plain = Mutex<PrivateServer?>(nil)
    private static let timescaledb = Mutex<PrivateServer?>(nil)

    /// Runs `body` with the server of a kind, which works, and which no other test uses meanwhile.
    static func with(_ kind: ServerKind, _ body: (PrivateServer) throws -> Void) throws {
        func run(_ made: inout PrivateServer?) throws {
            let server = try made ?? PrivateServer(kind)
            made = server
            try server.recover()
            try body(server)
        }
        switch kind {
        case .plain: try plain.withLock { try run(&$0) }
        case .timescaledb: try timescaledb.withLock { try run(&$0) }
        }
    }
}
