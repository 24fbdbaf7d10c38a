/// A PostgreSQL server for the measurement, which flushes by default.
struct DatabaseServer: Sendable {
    private let directory: String
    private let toolPath: String
    /// The URL of its database `postgres`.
    let url: String

    /// Creates and starts a server within a directory; a standby follows `primary`.
    ///
    /// Throws `LeftOut` if it needs TimescaleDB, and that is not installed.
    init(
        _ name: String,
        _ kind: DatabaseKind,
        in directory: String,
        standbyOf primary: DatabaseServer? = nil,
        _ setting: Setting
    ) throws {
        self.directory = directory + "/" + name
        toolPath = setting.databaseToolPath
        var arguments = [toolPath, "start", self.directory]
        if kind == .plain { arguments.append("--plain") }
        if let primary { arguments += ["--standby-of", primary.directory] }
        url = try Self.lastLine(of: arguments, in: directory)
        guard kind == .timescaleDB else { return }
        let libraries = try DatabaseConnection(url).rows("SHOW shared_preload_libraries")
        guard libraries == [["timescaledb"]] else {
            try remove()
            throw LeftOut("the server has no TimescaleDB")
        }
    }

    /// Creates it, uses it, and removes it.
    static func once<Value>(
        _ name: String,
        _ kind: DatabaseKind,
        in directory: String,
        standbyOf primary: DatabaseServer? = nil,
        _ setting: Setting,
        _ body: (DatabaseServer) throws -> Value
    ) throws -> Value {
        let server = try DatabaseServer(name, kind, in: directory, standbyOf: primary, setting)
        let result = Result { try body(server) }
        try server.remove()
        return try result.get()
    }

    /// The URL of one of its databases, whether or not that exists.
    func url(of database: String) throws -> String {
        try Self.lastLine(of: [toolPath, "url", directory, database], in: directory)
    }

    /// From now on a COMMIT waits until some standby has flushed it.
    func waitForStandby() throws {
        let connection = try DatabaseConnection(url)
        try connection.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
        try connection.execute("SELECT pg_reload_conf()")
    }

    /// Stops it, and removes its data.
    func remove() throws { try ChildProgram.run([toolPath, "remove", directory]) }

    private static func lastLine(of arguments: [String], in directory: String) throws -> String {
        let printed = try ChildProgram.output(of: arguments, in: directory)
        return String(printed.split(separator: "\n").last ?? "")
    }
}
