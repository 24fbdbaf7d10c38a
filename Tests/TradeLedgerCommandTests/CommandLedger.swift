import Glibc
import LedgerTestSupport
import Testing

/// A ledger in a new directory, and the built program to use it with.
final class CommandLedger {
    let directory = TemporaryDirectory()
    var path: String { directory.path + "/ledger" }

    /// A ledger that `init` made.
    init() throws {
        let outcome = try run("init")
        try #require(outcome.ending == .exit(0), "\(outcome.stderr)")
    }

    /// A directory without a ledger.
    init(empty: Void) {}

    /// A ledger with these events.
    convenience init(_ lines: [String]) throws {
        try self.init()
        try append(lines)
    }

    /// The program that was built with the tests, beside them.
    static let program = ChildProcess.builtProgram("tradeledger")

    /// Runs the program on this ledger to its end.
    @discardableResult
    func run(
        _ arguments: String...,
        input: String = "",
        environment: [String: String] = [:]
    ) throws -> ChildProcess.Outcome {
        try start(arguments, input: .bytes(Array(input.utf8)), environment: environment).finish()
    }

    /// Starts the program on this ledger.
    func start(
        _ arguments: [String],
        input: ChildProcess.Input = .pipe,
        environment: [String: String] = [:]
    ) throws -> ChildProcess {
        try ChildProcess(Self.program, arguments, environment: variables(environment), input: input)
    }

    /// Runs a script of the shell in which `$T` is the program and `$D` the directory beside the ledger.
    @discardableResult
    func shell(_ script: String) throws -> ChildProcess.Outcome { try startShell(script).finish() }

    /// Starts a script of the shell; one that ends in `exec` becomes the program.
    func startShell(_ script: String, environment: [String: String] = [:]) throws -> ChildProcess {
        try ChildProcess("/bin/sh", ["-c", script], environment: variables(environment), input: .bytes([]))
    }

    /// Appends events, all of which must be accepted.
    func append(_ lines: [String]) throws {
        let outcome = try run("append", "--quiet", input: lines.map { $0 + "\n" }.joined())
        try #require(outcome.ending == .exit(0), "\(outcome.stdout)\(outcome.stderr)")
    }

    /// What `events` prints.
    func events(_ arguments: String...) throws -> [[String: JSONValue]] {
        let outcome = try start(["events"] + arguments, input: .bytes([])).finish()
        try #require(outcome.ending == .exit(0), "\(outcome.stderr)")
        return try outcome.lines.map(jsonObject)
    }

    /// Writes a file beside the ledger and returns its path.
    func file(_ name: String, _ text: String) throws -> String {
        let path = directory.path + "/" + name
        let file = unsafe fopen(path, "w")
        defer { unsafe fclose(file) }
        let count = unsafe Array(text.utf8).withUnsafeBytes { unsafe fwrite($0.baseAddress, 1, $0.count, file) }
        guard count == text.utf8.count else { throw SystemFailure(operation: "write \(path)", number: errno) }
        return path
    }

    /// Passes on nothing of the tests' environment, which could name a database or another ledger.
    func variables(_ others: [String: String]) -> [String: String] {
        let own = ["PATH": "/usr/bin:/bin", "TRADELEDGER_DIR": path, "T": Self.program, "D": directory.path]
        return own.merging(others) { $1 }
    }
}

/// Events by hand, where a test is about their values.
enum EventText {
    static func opened(
        _ trade: String,
        symbol: String = "BTC/USDT",
        strategy: String = "s",
        at time: String = "2026-01-02T03:04:05Z",
        amount: String = "2",
        price: String = "100",
        more: String = ""
    ) -> String {
        #"{"type":"trade.opened","trade_id":"\#(trade)","occurred_at":"\#(time)","symbol":"\#(symbol)","side":"buy","#
            + #""order_type":"market","strategy":"\#(strategy)","amount":"\#(amount)","price":"\#(price)"\#(more)}"#
    }

    static func closed(_ trade: String, at time: String = "2026-01-03T03:04:05Z", price: String = "110") -> String {
        #"{"type":"trade.closed","trade_id":"\#(trade)","occurred_at":"\#(time)","price":"\#(price)","reason":"roi"}"#
    }

    /// Generated events with ids, so that the ledger recognises a retry.
    static func identified(_ count: Int, seed: UInt64) -> [String] {
        generated(count, seed: seed).enumerated().map { index, line in
            line.dropLast() + #","event_id":"00000000-0000-4000-8000-00000\#(1_000_000 + index)"}"#
        }
    }

    /// Generated events that break no rule.
    static func generated(_ count: Int, seed: UInt64) -> [String] {
        var generator = EventGenerator(seed: seed)
        return (0..<count).map { _ in generator.nextLine() }
    }
}
