import Ledger
import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Testing
import TradeModel

/// A ledger to which this process appends, and the built program that replicates it.
final class OutageLedger {
    let directory: TemporaryDirectory
    /// The address of the database, without faults.
    var databaseURL: String
    private let ledger: Ledger
    private var generator: EventGenerator
    private(set) var eventCount = 0

    /// Small segments, so that a history needs several.
    private static let configuration = LedgerConfiguration(segmentByteCount: 256 << 10)

    /// A new ledger, or one that continues in the directory of an earlier one.
    init(databaseURL: String, seed: UInt64, in directory: TemporaryDirectory? = nil) throws {
        self.databaseURL = databaseURL
        generator = EventGenerator(seed: seed)
        self.directory = directory ?? TemporaryDirectory()
        if directory == nil { try Ledger.create(in: self.directory.path, configuration: Self.configuration) }
        ledger = try Ledger(opening: self.directory.path, configuration: Self.configuration)
    }

    /// Runs `body` with a ledger and a new database that has the schema.
    static func with(_ server: TestServer, seed: UInt64, _ body: (OutageLedger) throws -> Void) throws {
        try server.withMigratedDatabase { url in try body(OutageLedger(databaseURL: url, seed: seed)) }
    }

    /// The ledger's id as SQL text.
    var id: String { ledger.ledgerID.description }

    /// Appends events: whatever the database does, each is durable when this returns.
    func append(_ count: Int) throws {
        let lines = (0..<count).map { _ in EventLine(Array(generator.nextLine().utf8)) }
        for outcome in ledger.append(lines: lines) { _ = try outcome.get() }
        eventCount += count
    }

    /// Waits until the replicator has reported that the database has every appended event; false if that takes too
    /// long.
    func isReplicated(within duration: Duration) throws -> Bool {
        try ledger.replicatedSequence(waitingFor: UInt64(eventCount), within: duration) >= UInt64(eventCount)
    }

    func migrate() throws { try run(["migrate"]) }

    /// Runs a command of the program on this ledger and its database, which must succeed.
    @discardableResult
    func run(_ arguments: [String]) throws -> ChildProcess.Outcome {
        let outcome = try start(arguments, url: databaseURL).finish()
        try #require(outcome.ending == .exit(0), "\(arguments): \(outcome.stdout)\(outcome.stderr)")
        return outcome
    }

    /// Starts a command of the program.
    func start(_ arguments: [String], url: String) throws -> ChildProcess {
        try ChildProcess(
            ChildProcess.builtProgram("tradeledger"),
            arguments,
            environment: ["TRADELEDGER_DIR": directory.path, "DATABASE_URL": url],
            input: .bytes([])
        )
    }

    /// The output of `status` as JSON, without a database.
    func status() throws -> String {
        let process = try ChildProcess(
            ChildProcess.builtProgram("tradeledger"),
            ["status", "--format", "json"],
            environment: ["TRADELEDGER_DIR": directory.path],
            input: .bytes([])
        )
        return try process.finish().stdout
    }

    /// Runs `body` beside a replicator, which uses another address of the database if one is given, and must end with
    /// success when it is stopped.
    func replicating(by url: String? = nil, _ body: (RunningReplicate) throws -> Void) throws {
        let replicate = try RunningReplicate(self, url ?? databaseURL)
        try body(replicate)
        try replicate.stop()
    }

    /// Makes a replicator lose its machine at a step of a batch; the server does not notice, and keeps the transaction.
    func loseReplicator(behind proxy: DatabaseProxy, at step: ProtocolStep) throws {
        let lost = try RunningReplicate(self, proxy.url(of: databaseURL))
        try lost.waitForMessage("connected")
        proxy.arm(.stall, step)
        try append(100)
        try proxy.waitForFaults(1)
        proxy.swallow()
        try lost.kill()
    }

    /// Waits until the database has every appended event.
    func waitUntilShipped(withinSeconds seconds: Int = 90) throws {
        try waitUntil("the database has \(eventCount) events", withinSeconds: seconds) {
            do {
                return try value("SELECT last_sequence FROM ledger.replication WHERE ledger_id = '\(id)'")
                    == "\(eventCount)"
            } catch let error as PostgresError where error.isRetryable { return false }
        }
    }

    /// Expects that the database has exactly the events of the ledger.
    func expectEqual(_ location: SourceLocation = #_sourceLocation) throws {
        let outcome = try start(["verify"], url: databaseURL).finish()
        #expect(outcome.ending == .exit(0), "\(outcome.stdout)\(outcome.stderr)", sourceLocation: location)
        #expect(outcome.stdout.contains(#""database trades""#), "\(outcome.stdout)", sourceLocation: location)
        let shipped = try value("SELECT last_sequence FROM ledger.replication WHERE ledger_id = '\(id)'")
        #expect(shipped == "\(eventCount)", sourceLocation: location)
    }

    func connect() throws -> Connection {
        try Connection(url: databaseURL, password: nil, applicationName: "outage tests")
    }

    func execute(_ sql: String) throws {
        var connection = try connect()
        try connection.execute(sql)
    }

    /// The first value of the first row as text.
    func value(_ sql: String) throws -> String? {
        var connection = try connect()
        let result = try connection.query(sql)
        return result.rowCount == 0 ? nil : result.text(row: 0, column: 0)
    }
}
