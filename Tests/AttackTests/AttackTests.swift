import Glibc
import LedgerTestSupport
import Testing

@Suite(.serialized, .onOwnThread, .timeLimit(.minutes(60))) struct `An attack` {
    private static let isLong = unsafe getenv("TRADELEDGER_TEST_LONG") != nil

    private func start(_ arguments: String...) throws -> ChildProcess {
        try ChildProcess(
            "/bin/sh",
            ["-c", #"exec "$0" "$@" 2>&1"#, ChildProcess.builtProgram("AttackCommand")] + arguments,
            environment: ["PATH": "/usr/bin:/bin"],
            input: .bytes([])
        )
    }

    @Test func `of a minute, or of ten minutes with long tests, breaks no promise`() throws {
        let seed = UInt64.random(in: 0..<1_000_000)
        let outcome = try start("--minutes", Self.isLong ? "10" : "1", "--seed", "\(seed)").finish()
        #expect(outcome.ending == .exit(0), "\(outcome.stdout)")
        #expect(outcome.lines.last == "every promise was kept", "\(outcome.stdout)")
    }

    @Test func `repeats with the same seed`() throws {
        let runs = try (0..<2).map { _ in try start("--seed", "4", "--runs", "3", "lines", "forgeries").finish() }
        let counts = runs.map { run in run.lines.last { $0.hasPrefix("seed 4, ") }?.split(separator: ":").last }
        #expect(counts[0] != nil && counts[0] == counts[1], "\(runs[0].stdout)\(runs[1].stdout)")
    }

    @Test func `that is interrupted ends with 130`() throws {
        let process = try start("--minutes", "5", "faults")
        #expect(try process.readLine()?.contains("seed") == true)
        try process.send(SIGINT)
        #expect(try process.finish().ending == .exit(130))
    }

    @Test(arguments: [["--minutes", "x"], ["--runs", "0"], ["--seed"], ["nonsense"]])
    func `with wrong arguments is refused`(arguments: [String]) throws {
        let program = ChildProcess.builtProgram("AttackCommand")
        let outcome = try ChildProcess(program, arguments, environment: [:], input: .bytes([])).finish()
        #expect(outcome.ending == .exit(64))
        #expect(outcome.messages.count == 1)
    }
}
