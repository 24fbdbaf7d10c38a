internal import LedgerTestSupport

/// A ledger under attack, and the built program to use it with.
///
/// Strict readers check all output of the program, and its exit status has to be a documented one.
final class AttackedLedger {
    static let program = ChildProcess.builtProgram("tradeledger")
    /// The exit statuses that docs/command-line.md lists, without 70, which is a bug.
    private static let documentedStatuses: Set<Int32> = [0, 1, 64, 65, 66, 69, 74, 75, 78]

    /// The directory around the ledger's directory, in which an attack puts its own files.
    let directory: TemporaryDirectory
    let path: String
    private let databaseURL: String?

    /// Creates a ledger with `init`.
    init(databaseURL: String? = nil) throws {
        directory = TemporaryDirectory()
        path = directory.path + "/ledger"
        self.databaseURL = databaseURL
        try succeed(["init"])
    }

    /// Uses the ledger in a directory.
    init(at path: String, within directory: TemporaryDirectory, databaseURL: String? = nil) {
        (self.path, self.directory, self.databaseURL) = (path, directory, databaseURL)
    }

    /// Runs the program to its end, checks how it ends, and reads what it prints.
    @discardableResult
    func run(
        _ arguments: [String],
        input: [UInt8] = [],
        environment: [String: String] = [:]
    ) throws -> ChildProcess.Outcome {
        let outcome = try start(arguments, input: .bytes(input), environment: environment).finish()
        try check(outcome, arguments)
        return outcome
    }

    /// Runs the program; anything but success is a fault of the rig, or a broken promise.
    @discardableResult
    func succeed(_ arguments: [String], input: [UInt8] = []) throws -> ChildProcess.Outcome {
        let outcome = try run(arguments, input: input)
        try promise(outcome.ending == .exit(0), Self.text(outcome, arguments))
        return outcome
    }

    /// Starts the program.
    func start(
        _ arguments: [String],
        input: ChildProcess.Input = .pipe,
        environment: [String: String] = [:]
    ) throws -> ChildProcess {
        try ChildProcess(Self.program, arguments, environment: variables(environment), input: input, lifetime: .ours)
    }

    /// Runs a bash script in which `$T` is the program and `$D` the directory around the ledger.
    func shell(_ script: String, environment: [String: String] = [:]) throws -> ChildProcess.Outcome {
        try ChildProcess(
            "/bin/bash",
            ["-c", script],
            environment: variables(environment),
            input: .bytes([]),
            lifetime: .ours
        ).finish()
    }

    /// Checks the exit status and the output of a run of the program.
    func check(_ outcome: ChildProcess.Outcome, _ arguments: [String]) throws {
        try checkEnding(outcome, arguments)
        try PrintedOutput(arguments).check(outcome)
    }

    /// Checks the exit status of a run of the program.
    func checkEnding(_ outcome: ChildProcess.Outcome, _ arguments: [String]) throws {
        guard case .exit(let status) = outcome.ending, Self.documentedStatuses.contains(status) else {
            throw BrokenPromise(Self.text(outcome, arguments))
        }
    }

    private static func text(_ outcome: ChildProcess.Outcome, _ arguments: [String]) -> String {
        "\(text(arguments)) ends with \(outcome.ending): \(outcome.stderr.suffix(600))"
    }

    static func text(_ arguments: [String]) -> String { "`tradeledger \(arguments.joined(separator: " "))`" }

    /// Passes on nothing of the caller's environment, which could name another ledger or another database.
    private func variables(_ others: [String: String]) -> [String: String] {
        var own = ["PATH": "/usr/bin:/bin", "TRADELEDGER_DIR": path, "T": Self.program, "D": directory.path]
        own["DATABASE_URL"] = databaseURL
        return own.merging(others) { $1 }
    }
}
