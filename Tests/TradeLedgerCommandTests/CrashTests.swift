import Glibc
import LedgerTestSupport
import Testing

@Suite struct `A crash of the program` {
    private func crashed(_ signal: Int32, _ environment: [String: String] = [:]) throws -> ChildProcess.Outcome {
        let ledger = try CommandLedger()
        let process = try ledger.start(["append"], environment: environment)
        try process.write(EventText.opened("a") + "\n")
        #expect(try process.readLine() != nil)
        try process.send(signal)
        return try process.finish()
    }

    @Test(arguments: [SIGILL, SIGSEGV, SIGBUS, SIGFPE, SIGABRT, SIGTRAP, SIGQUIT])
    func `shows nothing of its registers and its memory`(_ signal: Int32) throws {
        let outcome = try crashed(signal)
        #expect(outcome.ending == .signal(signal))
        #expect(outcome.stdout.isEmpty && outcome.stderr.isEmpty)
    }

    @Test func `shows its frames to those who ask for them`() throws {
        let outcome = try crashed(SIGILL, ["SWIFT_BACKTRACE": "registers=none,symbolicate=off"])
        #expect(outcome.stderr.contains("Thread 0") && outcome.stderr.contains("crashed"))
        #expect(!outcome.stderr.contains("Registers"))
    }
}
