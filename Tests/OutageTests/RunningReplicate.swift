import Glibc
import LedgerTestSupport
import Testing

/// The program's `replicate` at work, and what it says.
final class RunningReplicate {
    private let process: ChildProcess
    /// All that it has said and a test has looked at.
    private(set) var messages: [String] = []

    init(_ ledger: OutageLedger, _ url: String) throws {
        // What it says can be waited for, where it comes through a pipe: each try in vain, too.
        process = try ChildProcess(
            "/bin/sh",
            ["-c", #"exec "$0" replicate --log-level debug 2>&1"#, ChildProcess.builtProgram("tradeledger")],
            environment: ["TRADELEDGER_DIR": ledger.directory.path, "DATABASE_URL": url],
            input: .bytes([]),
            lifetime: .ours
        )
    }

    /// Waits until it says something that holds one of the texts, and returns that.
    @discardableResult
    func waitForMessage(_ texts: String...) throws -> String {
        while let message = try process.readLine() {
            messages.append(message)
            if texts.contains(where: message.contains) { return message }
        }
        Issue.record("replicate ended without saying any of \(texts): \(messages)")
        throw SystemFailure(operation: "read what replicate says", number: EPIPE)
    }

    /// Waits until it has met a fault that it waits out.
    func waitForRetry() throws { try waitForMessage("trying again") }

    func kill() throws {
        try process.send(SIGKILL)
        _ = try process.finish()
    }

    /// Asks it to end, as an operator does.
    func stop() throws {
        try process.send(SIGTERM)
        let outcome = try end()
        #expect(outcome == .exit(0), "\(messages)")
    }

    /// Waits for its end.
    func end() throws -> ChildProcess.Ending {
        let outcome = try process.finish()
        messages += outcome.lines
        return outcome.ending
    }
}
