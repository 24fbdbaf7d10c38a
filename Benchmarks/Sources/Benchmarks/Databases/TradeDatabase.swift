/// A new database on a server, with the ledger's schema.
struct TradeDatabase: Sendable {
    let url: String
    private let name: String
    private let server: DatabaseServer
    private let kind: DatabaseKind
    private let programPath: String

    /// Makes it.
    init(_ name: String, on server: DatabaseServer, _ kind: DatabaseKind, _ setting: Setting) throws {
        try DatabaseConnection(server.url).execute("CREATE DATABASE \(name) ENCODING 'UTF8' TEMPLATE template0")
        url = try server.url(of: name)
        (self.name, self.server, self.kind) = (name, server, kind)
        programPath = setting.programPath
        try ChildProgram.run([programPath, "migrate", "--quiet", "--database", url])
    }

    func connection() throws -> DatabaseConnection { try DatabaseConnection(url) }

    /// Replicates all events of a ledger into it.
    func replicate(_ ledger: PreparedLedger) throws {
        try ChildProgram.run(
            [programPath, "replicate", "--once", "--quiet", "--ledger", ledger.directory, "--database", url]
        )
    }

    /// Replicates all events of a ledger into it outside of the measured time, and then does the server's maintenance.
    func fill(from ledger: PreparedLedger) throws {
        try replicate(ledger)
        try expect(eventCount: ledger.eventCount)
        try settle()
    }

    /// Starts a continuous replicator for a ledger.
    func replicator(of ledgerDirectory: String) throws -> RunningProgram {
        try RunningProgram([programPath, "replicate", "--quiet", "--ledger", ledgerDirectory, "--database", url])
    }

    /// Checks that it has this many events of one ledger.
    func expect(eventCount: Int) throws {
        let found = try connection().rows("SELECT count(*), max(sequence) FROM ledger.trade_events")[0]
        guard found == ["\(eventCount)", "\(eventCount)"] else {
            throw Failure("database \(name) has \(found[0]) events up to \(found[1]), not \(eventCount)")
        }
    }

    /// Does now what the server's own maintenance would do later.
    func settle() throws {
        try connection().execute("VACUUM ANALYZE")
        try connection().execute("CHECKPOINT")
    }

    /// Creates an empty table like that of the events, with its key and index, and with chunks if that one has them.
    ///
    /// It has no aggregate and no policy.
    func makeEventTable(_ table: String) throws {
        let connection = try connection()
        try connection.execute("CREATE TABLE \(table) (LIKE ledger.trade_events INCLUDING ALL)")
        guard kind == .timescaleDB else { return }
        try connection.execute(
            """
            SELECT create_hypertable('\(table)', by_range('recorded_at', INTERVAL '7 days'),
                create_default_indexes => false)
            """
        )
    }

    /// Removes it.
    func drop() throws { try DatabaseConnection(server.url).execute("DROP DATABASE \(name) WITH (FORCE)") }
}
