internal import Glibc
internal import Ledger
internal import LedgerTestSupport
internal import TradeModel

/// A ledger under load: one thread appends events, and another replicates them.
final class LoadedLedger {
    let name: String
    let appender: Appender
    let replicator: KeptReplicator
    let directory: TemporaryDirectory
    private let path: String
    private let promises: BrokenPromises
    private var threads: [Joining] = []

    /// Joined once.
    private final class Joining {
        private var thread: TestThread?

        init(_ run: @escaping @Sendable () -> Void) {
            thread = TestThread(run)
        }

        func join() { thread.take()?.join() }
    }

    /// Creates a ledger, which is not under load yet.
    init(_ number: Int, url: String, seed: UInt64, _ promises: BrokenPromises) throws {
        name = "ledger \(number)"
        directory = TemporaryDirectory()
        path = directory.path + "/ledger"
        self.promises = promises
        appender = Appender(name, directory: path, seed: seed, promises)
        replicator = KeptReplicator(name, directory: path, url: url, promises)
        let made = try run(["init"])
        guard made.ending == .exit(0) else { throw ProgramError(command: "init", messages: made.stderr) }
    }

    func start() {
        threads = [Joining { [appender] in appender.run() }, Joining { [replicator] in replicator.run() }]
    }

    /// Ends appending, once all events are acknowledged.
    func stopAppending() {
        appender.send(SIGCONT)
        appender.stop()
        threads.first?.join()
    }

    /// Ends replicating.
    func stopReplicating() {
        replicator.send(SIGCONT)
        replicator.stop()
        threads.last?.join()
    }

    /// Runs a second replicator beside the first while `body` runs.
    func replicateTwice(url: String, _ body: () throws -> Void) throws {
        let second = KeptReplicator("\(name), second", directory: path, url: url, promises)
        let thread = Joining { second.run() }
        defer {
            second.stop()
            thread.join()
        }
        try body()
    }

    /// Brings the schema of a database up to date.
    func migrate(url: String) throws {
        let outcome = try run(["migrate"], url: url)
        guard outcome.ending == .exit(0) else { throw ProgramError(command: "migrate", messages: outcome.stderr) }
    }

    /// The number of events in the log.
    func eventCount() throws -> UInt64 { try LedgerReader(opening: path).durableSequence() }

    /// The ledger's id as SQL text.
    var id: String { get throws { try LedgerReader(opening: path).ledgerID.description } }

    /// Runs a command of the program on the ledger to its end.
    func run(_ arguments: [String], url: String = "") throws -> ChildProcess.Outcome {
        try ChildProcess(
            ChildProcess.builtProgram("tradeledger"),
            arguments,
            environment: ["TRADELEDGER_DIR": path, "DATABASE_URL": url],
            input: .bytes([])
        ).finish()
    }
}

/// A command of the program that the rig needs and that failed.
struct ProgramError: Error {
    let command: String
    let messages: String
}
