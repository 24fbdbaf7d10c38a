internal import Glibc
package import LedgerTestSupport
internal import Postgres
internal import Synchronization

/// A server of one test, which may stop, kill and freeze it.
///
/// It is removed with its data when it is released, and also when the process that started it is killed.
package final class PrivateServer: Sendable {
    /// How a server is stopped.
    package enum StopMode: Sendable {
        /// Sessions end, and a checkpoint is made.
        case fast
        /// Without a checkpoint: the next start recovers, as after a crash.
        case immediate
    }

    package let kind: ServerKind
    /// The server as tests use it; the URL stays from one start to the next.
    package let server: TestServer
    /// Its directory for `tools/database`.
    package let directory: String
    /// Removes the server once its input ends, at the latest when this process ends.
    private let keeper: Keeper

    /// Creates a server and starts it.
    package convenience init(_ kind: ServerKind = .plain, on disk: SmallDisk? = nil) throws {
        try self.init(kind, disk, nil)
    }

    /// Creates a streaming standby of another server and starts it; it is asynchronous unless the other is configured
    /// to wait for it.
    package convenience init(standbyOf primary: PrivateServer) throws {
        try self.init(primary.kind, nil, primary)
    }

    private init(_ kind: ServerKind, _ disk: SmallDisk?, _ primary: PrivateServer?) throws {
        var template = Array("\(disk?.path ?? "/tmp")/tradeledger-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw SystemFailure(operation: "mkdtemp", number: errno) }
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // If the tests run as root, the server runs as another user.
        guard unsafe chmod(path, 0o755) == 0 else { throw SystemFailure(operation: "chmod", number: errno) }
        (self.kind, directory) = (kind, path)
        keeper = Keeper(try DatabaseTool.start(["remove", path, "--at-end-of-input"]), disk)
        server = TestServer(kind: kind, url: try Self.start(path, kind, primary))
    }

    /// Runs `body` with a server, which is removed afterwards.
    package static func with(_ kind: ServerKind, _ body: (PrivateServer) throws -> Void) throws {
        let server = try PrivateServer(kind)
        try withExtendedLifetime(server) { try body(server) }
    }

    /// Starts it, after a crash too.
    package func start() throws { try Self.start(directory, kind) }

    @discardableResult
    private static func start(_ directory: String, _ kind: ServerKind, _ primary: PrivateServer? = nil) throws -> String
    {
        var arguments = ["start", directory, "--unsafe-fast"]
        if kind == .plain { arguments.append("--plain") }
        if let primary { arguments += ["--standby-of", primary.directory] }
        return try DatabaseTool.run(arguments)
    }

    /// Stops it and ends all sessions.
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

    /// Resumes it after `freeze`.
    package func thaw() throws { try DatabaseTool.run(["thaw", directory]) }

    /// Takes a base backup of it.
    package func backUp(as name: String) throws { try DatabaseTool.run(["backup", directory, name]) }

    /// Replaces all its data by a backup and starts it; whatever came after the backup is lost.
    package func restore(_ name: String) throws {
        try DatabaseTool.run(["restore", directory, name])
        try start()
    }

    /// Sets a parameter of the configuration and reloads it; some parameters also need a restart.
    package func set(_ parameter: String, to value: String) throws {
        try execute("ALTER SYSTEM SET \(parameter) = '\(value)'")
        try execute("SELECT pg_reload_conf()")
    }

    /// Undoes `set`.
    package func reset(_ parameter: String) throws {
        try execute("ALTER SYSTEM RESET \(parameter)")
        try execute("SELECT pg_reload_conf()")
    }

    /// Makes it work again, with its first configuration, whatever a test did to it.
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
    /// The disk of the data, if that is not the disk of `/tmp`: it is released once the server is removed.
    private let disk: SmallDisk?

    init(_ process: sending ChildProcess, _ disk: SmallDisk?) {
        self.process = Mutex(process)
        self.disk = disk
    }

    deinit {
        let outcome = process.withLock { process in Result { try process.finish() } }
        guard case .success(let outcome) = outcome, outcome.ending == .exit(0) else {
            // An optimised build prints no message of a precondition.
            print("a server cannot be removed: \(outcome)")
            preconditionFailure("a server can be removed")
        }
    }
}
