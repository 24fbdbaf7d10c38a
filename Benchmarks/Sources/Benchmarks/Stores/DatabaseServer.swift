/// A PostgreSQL server of one turn, with the ledger's schema, that flushes as it does by default.
struct DatabaseServer {
    private let directory: String
    private let toolPath: String
    /// The URL of its database.
    let url: String

    /// Makes and starts a server within a directory; `primary` is the one that it follows, where it is a standby.
    init(_ name: String, in directory: String, standbyOf primary: DatabaseServer? = nil, _ setting: Setting) throws {
        self.directory = directory + "/" + name
        toolPath = setting.databaseToolPath
        let options = primary.map { ["--standby-of", $0.directory] } ?? []
        let arguments = [toolPath, "start", self.directory, "--plain"] + options
        let printed = try ChildProgram.output(of: arguments, in: directory)
        url = String(printed.split(separator: "\n").last ?? "")
        if primary == nil { try ChildProgram.run([setting.programPath, "migrate", "--quiet", "--database", url]) }
    }

    /// From now on a COMMIT waits until some standby has flushed it.
    func waitForStandby() throws {
        try execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
        try execute("SELECT pg_reload_conf()")
    }

    /// Ends it, and removes what it wrote.
    func remove() throws { try ChildProgram.run([toolPath, "remove", directory]) }

    private func execute(_ statement: String) throws {
        try ChildProgram.run(["/usr/bin/psql", "--no-psqlrc", "--quiet", "--command", statement, url])
    }
}
