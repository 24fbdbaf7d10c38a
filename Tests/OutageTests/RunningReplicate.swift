import Foundation
import LedgerTestSupport
import Testing

/// A running `replicate` of the program, and its messages.
final class RunningReplicate {
    private let process: ChildProcess
    /// The messages that a test has read so far.
    private(set) var messages: [String] = []

    /// By default it logs each failed try.
    init(_ ledger: OutageLedger, _ url: String, logLevel: String = "debug") throws {
        // A pipe, so that a test can wait for a message.
        process = try ChildProcess(
            "/bin/sh",
            ["-c", #"exec "$0" replicate --log-level "$1" 2>&1"#, ChildProcess.builtProgram("tradeledger"), logLevel],
            environment: ["TRADELEDGER_DIR": ledger.directory.path, "DATABASE_URL": url],
            input: .bytes([]),
            lifetime: .ours
        )
    }

    /// Waits for a message that contains one of the texts, and returns it.
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

    /// Its peak memory, in KiB.
    var peakKibibytes: Int {
        get throws {
            let status = try String(contentsOfFile: "/proc/\(process.pid)/status", encoding: .utf8)
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
            return try #require(Int(line.split { $0 == " " || $0 == "\t" }[1]))
        }
    }

    func kill() throws {
        try process.send(SIGKILL)
        _ = try process.finish()
    }

    /// Stops it, as an operator does.
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
