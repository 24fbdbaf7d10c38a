internal import Synchronization

/// The servers that all turns of a question share; they end with the question.
final class SharedServers: Sendable {
    private let running = Mutex<[DatabaseServer]>([])

    /// Starts one.
    func start(_ kind: DatabaseKind, _ setting: Setting) throws -> DatabaseServer {
        let directory = try setting.scratch.directory("server")
        let server = try DatabaseServer("shared", kind, in: directory, setting)
        running.withLock { $0.append(server) }
        return server
    }

    /// Ends all.
    func removeAll() throws {
        let servers = running.withLock { servers in
            defer { servers = [] }
            return servers
        }
        for server in servers { try server.remove() }
    }
}
