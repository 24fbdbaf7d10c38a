import Glibc
import Ledger
import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Replay
import Replication
import Testing
import TradeModel

extension DatabaseAddress {
    /// A session with the search path of people, which finds the views of `public` without their schema.
    func connectAsPerson() throws -> Connection {
        var connection = try connect("tests")
        try connection.execute("SET search_path TO DEFAULT")
        return connection
    }
}

/// A ledger in a new directory, and its database.
struct ReplicatedLedger {
    let directory = TemporaryDirectory()
    let clock: ManualClock
    let ledger: Ledger
    let address: DatabaseAddress
    private let url: String

    /// Small segments: opening reads all of the last one, and a history needs several.
    static let segmentByteCount = 256 << 10

    /// Two with the same number have the same ledger id, as a ledger and a copy of its directory do.
    init(databaseURL: String, number: Int64 = 0, segmentByteCount: Int = Self.segmentByteCount) throws {
        let configuration = LedgerConfiguration(segmentByteCount: segmentByteCount)
        url = databaseURL
        address = DatabaseAddress(url: databaseURL, password: nil)
        clock = ManualClock(Timestamp(microsecondsSince1970: 1_750_000_000_000_000 + number * 1000))
        try Ledger.create(in: directory.path, configuration: configuration, clock: clock.clock)
        ledger = try Ledger(opening: directory.path, configuration: configuration, clock: clock.clock)
    }

    /// A ledger whose directory is a copy of another one's, and which diverges from now on.
    init(copyOf original: ReplicatedLedger) throws {
        url = original.url
        address = original.address
        // A millisecond later, so that its event ids are not those of the original.
        let now = original.clock.clock.now().microsecondsSince1970
        clock = ManualClock(Timestamp(microsecondsSince1970: now + 1000))
        let configuration = LedgerConfiguration(segmentByteCount: Self.segmentByteCount)
        let backup = TemporaryDirectory()
        _ = try LedgerBackup(of: original.directory.path, in: backup.path).run { _ in }
        _ = try LedgerRestore(from: backup.path, to: directory.path).run(configuration: configuration)
        ledger = try Ledger(opening: directory.path, configuration: configuration, clock: clock.clock)
    }

    var reader: LedgerReader {
        get throws { try LedgerReader(opening: directory.path) }
    }

    /// Runs `body` with a ledger and a new database that has the schema.
    static func with(
        _ server: TestServer,
        segmentByteCount: Int = Self.segmentByteCount,
        _ body: (ReplicatedLedger) throws -> Void
    ) throws {
        try server.withMigratedDatabase { url in
            try body(ReplicatedLedger(databaseURL: url, segmentByteCount: segmentByteCount))
        }
    }

    /// Runs `body` with a ledger and a new database that it migrates itself, for tests of what a migration makes.
    static func migrating(_ server: TestServer, _ body: (ReplicatedLedger) throws -> Void) throws {
        try server.withDatabase { url in
            let ledger = try ReplicatedLedger(databaseURL: url)
            try ledger.migrate()
            try body(ledger)
        }
    }

    func connect() throws -> Connection { try Connection(url: url, password: nil, applicationName: "tests") }

    /// Runs `body` with the address of the database for a new login, which is a member of a role.
    func withLogin(inRole role: String, _ body: (DatabaseAddress) throws -> Void) throws {
        let login = "login_\(try value("SELECT current_database()") ?? "")"
        try execute("CREATE ROLE \(login) LOGIN IN ROLE \(role)")
        defer { #expect(throws: Never.self) { try execute("DROP OWNED BY \(login); DROP ROLE \(login)") } }
        try body(DatabaseAddress(url: url + "&user=\(login)", password: nil))
    }

    func migrate() throws {
        var migrator = Migrator(try connect())
        _ = try migrator.run()
    }

    func append(_ lines: [String]) throws {
        for outcome in ledger.append(lines: lines.map { EventLine(Array($0.utf8)) }) { _ = try outcome.get() }
    }

    /// Appends generated events in parts, with enough time in between for several chunks of the hypertable.
    func append(_ generator: inout EventGenerator, count: Int) throws {
        var left = count
        while left > 0 {
            let part = min(left, 1000)
            try append((0..<part).map { _ in generator.nextLine() })
            clock.advance(microseconds: 3 * 86_400_000_000)
            left -= part
        }
    }

    /// Replicates once; returns the reports.
    @discardableResult
    func ship(to other: DatabaseAddress? = nil) throws -> [Replicator.Report] {
        var reports: [Replicator.Report] = []
        let replicator = try Replicator(try reader, other ?? address, stop: -1) { reports.append($0) }
        try replicator.run(.once)
        return reports
    }

    /// The differences that `verify` finds in the database.
    func problems() throws -> [String] {
        try DatabaseAudit(reader, address).run { _ in }.compactMap(\.problem)
    }

    /// The differences that `verify` finds in the rows, ignoring the schema.
    func rowProblems() throws -> [String] {
        try DatabaseAudit(reader, address).run { _ in }.filter { $0.name != "database schema" }.compactMap(\.problem)
    }

    /// Expects that the database has every event of the ledger.
    func expectEqual(_ location: SourceLocation = #_sourceLocation) throws {
        #expect(try problems() == [], sourceLocation: location)
        let sequence = try value("SELECT last_sequence FROM ledger.replication WHERE ledger_id = '\(ledger.ledgerID)'")
        #expect(try sequence == String(reader.durableSequence()), sourceLocation: location)
    }

    private static let tables =
        ["trade_events", "replication", "checkpoints"] + ProjectionList.tables.map { $0.split(separator: ".")[1] }

    /// Copies all rows of the ledgers in the database.
    func keepTables() throws {
        for table in Self.tables { try execute("CREATE TABLE backup_\(table) AS TABLE ledger.\(table)") }
    }

    /// Restores the tables from the copy, in one transaction.
    func bringBackTables() throws {
        try execute(
            Self.tables.map { "DELETE FROM ledger.\($0); INSERT INTO ledger.\($0) TABLE backup_\($0);" }.joined()
        )
    }

    func execute(_ sql: String) throws {
        var connection = try connect()
        try connection.execute(sql)
    }

    /// The first value of the first row as text.
    func value(_ sql: String) throws -> String? { try rows(sql).first?.first ?? nil }

    func rows(_ sql: String) throws -> [[String?]] { try Self.rows(sql, in: url) }

    /// The rows of a query in any database as text.
    static func rows(_ sql: String, in url: String) throws -> [[String?]] {
        var connection = try Connection(url: url, password: nil, applicationName: "tests")
        let result = try connection.query(sql)
        return (0..<result.rowCount).map { row in
            (0..<result.columnCount).map { result.text(row: row, column: $0) }
        }
    }
}
