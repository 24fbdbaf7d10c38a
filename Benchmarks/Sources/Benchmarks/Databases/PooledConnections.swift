internal import Synchronization

/// Sessions with a database that threads share, each for one statement at a time.
final class PooledConnections: Sendable {
    /// A session that is used only under its lock.
    private final class Session: @unchecked Sendable {
        private let connection: DatabaseConnection
        private let lock = Mutex(())

        init(_ connection: DatabaseConnection) { self.connection = connection }

        func run(_ name: String, _ parameters: [String]) throws {
            _ = try lock.withLock { _ in try connection.rowCount(ofPrepared: name, parameters) }
        }
    }

    private let sessions: [Session]

    /// Opens so many sessions, each with a prepared statement.
    init(_ count: Int, _ url: String, preparing name: String, _ statement: String) throws {
        sessions = try (0..<count).map { _ in
            let connection = try DatabaseConnection(url)
            try connection.prepare(name, statement)
            return Session(connection)
        }
    }

    /// Runs the prepared statement for a thread of this number.
    func run(_ name: String, _ parameters: [String], for thread: Int) throws {
        try sessions[thread % sessions.count].run(name, parameters)
    }
}
