/// What tests do to a streaming standby.
extension PrivateServer {
    /// Ends the streaming from its primary: what the primary commits from now on is not here.
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

    /// Makes a primary of it, with what it has.
    package func promote() throws { try execute("SELECT pg_promote()") }
}
