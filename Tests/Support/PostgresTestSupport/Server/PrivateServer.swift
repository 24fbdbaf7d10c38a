internal import Glibc
package import LedgerTestSupport
internal import Postgres
internal import Synchronization

/// A server of one test, which may stop, kill and freeze it.
///
/// It goes with all its data when nobody holds it any more, and also when the process that made it is killed.
package final class PrivateServer: Sendable {
    /// How a server is stopped.
    package enum StopMode: Sendable {
        /// Sessions end, and a checkpoint is made.
        case fast
        /// As after a crash, the next start recovers.
        case immediate
    }

    package let kind: ServerKind
    /// The server as tests use it; the URL stays from one start to the next.
    package let server: TestServer
    /// The directory by which `tools/database` knows it.
    package let directory: String
    /// What the data lies on, where that is not the disk of `/tmp`.
    private let disk: SmallDisk?
    /// Removes the server once its input ends, which it does with this process.
    private let keeper: Keeper

    /// Makes a server and starts it.
    package convenience init(_ kind: ServerKind = .plain, on disk: SmallDisk? = nil) throws {
        try self.init(kind, disk, nil)
    }

    /// Makes a streaming standby of another server and starts it; it is asynchronous unless the other one is told to
    /// wait for it.
    package convenience init(standbyOf primary: PrivateServer) throws {
        try self.init(primary.kind, nil, primary)
    }

    private init(_ kind: ServerKind, _ disk: SmallDisk?, _ primary: PrivateServer?) throws {
        var template = Array("\(disk?.path ?? "/tmp")/tradeledger-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw SystemFailure(operation: "mkdtemp", number: errno) }
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // Run by root, the server is another user's process.
        guard unsafe chmod(path, 0o755) == 0 else { throw SystemFailure(operation: "chmod", number: errno) }
        (self.kind, self.disk, directory) = (kind, disk, path)
        keeper = Keeper(try DatabaseTool.start(["remove", path, "--at-end-of-input"]))
        server = TestServer(kind: kind, url: try Self.start(path, kind, primary))
    }

    /// Runs `body` with a server that lives as long as that.
    package static func with(_ kind: ServerKind, _ body: (PrivateServer) throws -> Void) throws {
        let server = try PrivateServer(kind)
        try withExtendedLifetime(server) { try body(server) }
    }

    /// Starts it, with what the last crash left behind.
    package func start() throws { try Self.start(directory, kind) }

    @discardableResult
    private static func start(_ directory: String, _ kind: ServerKind, _ primary: PrivateServer? = nil) throws -> String
    {
        var arguments = ["start", directory, "--unsafe-fast"]
        if kind == .plain { arguments.append("--plain") }
        if let primary { arguments += ["--standby-of", primary.directory] }
        return try DatabaseTool.run(arguments)
    }

    /// Stops it; nobody is left connected.
    package func stop(_ mode: StopMode = .fast) throws {
        try DatabaseTool.run(["stop", directory] + (mode == .immediate ? ["--immediate"] : []))
    }

    /// Stops it and starts it again.
    package func restart() throws {
        try stop()
        try start()
    }

    /// Ends every process of it at once, as a crash does.
    package func kill() throws { try DatabaseTool.run(["kill", directory]) }

    /// Halts every process of it: connections stay, and nothing is answered.
    package func freeze() throws { try DatabaseTool.run(["freeze", directory]) }

    /// Lets it go on after `freeze`.
    package func thaw() throws { try DatabaseTool.run(["thaw", directory]) }

    /// Keeps a base backup of it as it is now.
    package func backUp(as name: String) throws { try DatabaseTool.run(["backup", directory, name]) }

    /// Replaces all its data by a backup and starts it; whatever came after the backup is lost.
    package func restore(_ name: String) throws {
        try DatabaseTool.run(["restore", directory, name])
        try start()
    }

    /// Sets a parameter of the configuration, and has it take effect, but for one that needs a restart.
    package func set(_ parameter: String, to value: String) throws {
        try execute("ALTER SYSTEM SET \(parameter) = '\(value)'")
        try execute("SELECT pg_reload_conf()")
    }

    /// Takes back what `set` did.
    package func reset(_ parameter: String) throws {
        try execute("ALTER SYSTEM RESET \(parameter)")
        try execute("SELECT pg_reload_conf()")
    }

    /// Makes a working server of it, with the configuration that it began with, whatever a test left behind.
    package func recover() throws {
        try thaw()
        try start()
        if try value("SELECT pg_is_in_recovery()") == "t" { try promote() }
        try execute("ALTER SYSTEM RESET ALL")
        try execute("SELECT pg_reload_conf()")
    }

    /// Runs a statement in its maintenance database.
    package func execute(_ statement: String) throws {
        var connection = try Connection(url: server.url, password: nil, applicationName: "tradeledger tests")
        try connection.execute(statement)
    }

    /// The first value of the first row as text.
    package func value(_ query: String) throws -> String? {
        var connection = try Connection(url: server.url, password: nil, applicationName: "tradeledger tests")
        return try connection.query(query).text(row: 0, column: 0)
    }
}

/// The process that removes a server when its input ends.
private final class Keeper: Sendable {
    private let process: Mutex<ChildProcess>

    init(_ process: sending ChildProcess) {
        self.process = Mutex(process)
    }

    deinit {
        let outcome = process.withLock { process in Result { try process.finish() } }
        guard case .success(let outcome) = outcome, outcome.ending == .exit(0) else {
            preconditionFailure("a server can be removed: \(outcome)")
        }
    }
}
