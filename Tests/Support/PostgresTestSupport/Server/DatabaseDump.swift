internal import LedgerTestSupport
internal import Postgres

/// The output of `pg_dump` for one database of a server.
package struct DatabaseDump {
    private let directory = TemporaryDirectory()
    private let server: TestServer
    private let name: String
    private var path: String { directory.path + "/dump" }

    /// Dumps a database of the server.
    package init(_ name: String, of server: TestServer) throws {
        (self.name, self.server) = (name, server)
        try run("pg_dump", "--format=custom", "--file=\(path)", server.databaseURL(name))
    }

    /// Drops the database, and restores it from the dump.
    package func restore() throws {
        try server.dropDatabase(name)
        try server.makeDatabase(name)
        let url = server.databaseURL(name)
        // The extension's own tables have to be restored in its restoring mode.
        if server.kind == .timescaledb {
            try execute("CREATE EXTENSION timescaledb", url)
            try execute("SELECT timescaledb_pre_restore()", url)
        }
        try run("pg_restore", "--exit-on-error", "--dbname=\(url)", path)
        if server.kind == .timescaledb { try execute("SELECT timescaledb_post_restore()", url) }
    }

    private func run(_ program: String, _ arguments: String...) throws {
        let environment = ["PATH": "/usr/bin:/bin"]
        let process = try ChildProcess(
            "/usr/bin/env",
            [program] + arguments,
            environment: environment,
            input: .bytes([])
        )
        let outcome = try process.finish()
        guard outcome.ending == .exit(0) else {
            throw DatabaseToolError(arguments: [program] + arguments, messages: outcome.stderr)
        }
    }

    private func execute(_ statement: String, _ url: String) throws {
        var connection = try Connection(url: url, password: nil, applicationName: "tradeledger tests")
        try connection.execute(statement)
    }
}
