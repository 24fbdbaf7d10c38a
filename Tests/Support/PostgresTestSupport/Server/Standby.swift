internal import Glibc
internal import LedgerTestSupport

/// Whether a server in recovery accepts connections.
package enum Readers: Sendable {
    case served
    case refused
}

/// What tests do to a streaming standby.
extension PrivateServer {
    /// Stops streaming from its primary, so that it misses the next commits.
    package func stopReceiving() throws {
        try set("primary_conninfo", to: "")
        try waitUntil("the standby receives nothing") { try value("SELECT count(*) FROM pg_stat_wal_receiver") == "0" }
    }

    /// Waits until it has replayed all that its primary has written.
    package func waitUntilLevel(with primary: PrivateServer) throws {
        guard let position = try primary.value("SELECT pg_current_wal_lsn()") else { return }
        try waitUntil("the standby is level") {
            try value("SELECT pg_last_wal_replay_lsn() >= '\(position)'") == "t"
        }
    }

    /// The URL of a database on this server or on another one, whichever accepts writes.
    package func url(orOf other: PrivateServer, database: String) throws -> String {
        let hosts = try [self, other].map { try $0.server.socketDirectory }.joined(separator: ",")
        return "postgresql:///\(database)?host=\(hosts)&user=postgres&target_session_attrs=read-write"
    }

    /// Promotes it to a primary, with the commits that it has.
    package func promote() throws { try DatabaseTool.run(["promote", directory]) }

    /// Restarts it as a standby without a primary, until it is promoted.
    ///
    /// One that refuses readers accepts no connections, like a server in recovery.
    package func restartInRecovery(_ readers: Readers) throws {
        try set("hot_standby", to: readers == .served ? "on" : "off")
        try stop()
        let path = directory + "/cluster/standby.signal"
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw SystemFailure(operation: "make \(path)", number: errno) }
        close(descriptor)
        try start()
    }
}
