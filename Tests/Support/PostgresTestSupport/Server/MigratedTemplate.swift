internal import Glibc
internal import LedgerTestSupport
internal import Synchronization

/// A database with the schema, which tests copy: a copy takes a third of the time of a migration.
///
/// Each process makes its own on first use and drops it when it exits, so that a copy never has the schema of another
/// build, also on a server that runs for longer than the tests.
final class MigratedTemplate: Sendable {
    /// Its name, once it can be copied.
    private let name = Mutex<String?>(nil)

    /// Its name; the first call creates it.
    func name(on server: TestServer) throws -> String {
        try name.withLock { known in
            if let known { return known }
            let name = Self.nameOfProcess
            // A process that was killed, and had the same id, may have left one.
            try server.dropDatabase(name)
            try server.makeDatabase(name)
            try Self.migrate(server.databaseURL(name))
            // A database cannot be copied while it has a session.
            try server.execute("ALTER DATABASE \(name) ALLOW_CONNECTIONS false")
            atexit { for server in TestServer.all { server.dropTemplate() } }
            known = name
            return name
        }
    }

    /// Drops it if this process created it; a process that was forked later does nothing.
    func drop(on server: TestServer) {
        name.withLock { known in
            guard known == Self.nameOfProcess else { return }
            do { try server.dropDatabase(Self.nameOfProcess) } catch {
                print("the template of the server \(server) cannot be dropped: \(error)")
            }
            known = nil
        }
    }

    private static var nameOfProcess: String { "tests_\(getpid())_template" }

    /// Gives a database the schema with the built program.
    static func migrate(_ url: String) throws {
        let environment = ["DATABASE_URL": url]
        let program = ChildProcess.builtProgram("tradeledger")
        let outcome = try ChildProcess(program, ["migrate"], environment: environment, input: .bytes([])).finish()
        guard outcome.ending == .exit(0) else {
            throw DatabaseToolError(arguments: ["migrate"], messages: outcome.stderr)
        }
    }
}
