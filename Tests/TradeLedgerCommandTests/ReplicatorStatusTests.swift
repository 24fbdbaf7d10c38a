import Glibc
import LedgerTestSupport
import PostgresTestSupport
import Testing

@Suite struct `The replicator in the status` {
    private let ledger: CommandLedger
    private static let nowhere = "postgresql://u:s3cret@127.0.0.1:1/d"

    init() throws {
        ledger = try CommandLedger([EventText.opened("a")])
    }

    private func status() throws -> (replicator: [String: JSONValue]?, health: String, warnings: String) {
        let outcome = try ledger.run("status")
        try #require(outcome.ending == .exit(0), "\(outcome.stderr)")
        #expect(!(outcome.stdout + outcome.stderr).contains("s3cret"))
        let line = try jsonObject(try #require(outcome.lines.first))
        #expect(line["database"] == .null)
        guard case .object(let replicator)? = line["replicator"] else {
            #expect(line["replicator"] == .null)
            return (nil, line["health"]?.text ?? "", outcome.stderr)
        }
        return (replicator, line["health"]?.text ?? "", outcome.stderr)
    }

    /// Starts one that waits for a missing server, and waits until it has reported that.
    private func waitingReplicator() throws -> ChildProcess {
        let script = #"exec "$T" replicate --database \#(Self.nowhere) 2>&1"#
        let replicate = try ledger.startShell(script)
        let message = try #require(try replicate.readLine())
        #expect(message.contains("cannot be reached") && message.contains("trying again"))
        #expect(!message.contains("s3cret"))
        return replicate
    }

    @Test func `is null before a replicator has run`() throws {
        #expect(try status().replicator == nil)
    }

    @Test func `says what it waits for and since when, and stops cleanly`() throws {
        let replicate = try waitingReplicator()
        let waiting = try status()
        let replicator = try #require(waiting.replicator)
        #expect(replicator["running"] == .bool(true))
        #expect(replicator["state"] == .string("waiting"))
        #expect(replicator["pid"]?.number != nil && replicator["since"]?.text != nil)
        #expect(replicator["attempts"] == .integer(1))
        #expect(replicator["error"]?.text?.contains("cannot be reached") == true)
        #expect(waiting.health.contains("the replicator has been waiting since"))
        #expect(waiting.warnings.contains("the replicator has been waiting since"))
        try replicate.send(SIGTERM)
        let outcome = try replicate.finish()
        #expect(outcome.ending == .exit(0))
        let stopped = try status()
        #expect(stopped.replicator?["state"] == .string("stopped"))
        #expect(stopped.replicator?["running"] == .bool(false) && stopped.replicator?["pid"] == .null)
        #expect(stopped.health == "ok")
    }

    @Test func `is not running once it was killed`() throws {
        let replicate = try waitingReplicator()
        try replicate.send(SIGKILL)
        _ = try replicate.finish()
        let killed = try status()
        #expect(killed.replicator?["running"] == .bool(false))
        #expect(killed.replicator?["state"] == .string("not running"))
        #expect(killed.health.contains("the replicator is not running"))
        // The next one takes its place.
        let other = try waitingReplicator()
        #expect(try status().replicator?["state"] == .string("waiting"))
        try other.send(SIGTERM)
        #expect(try other.finish().ending == .exit(0))
    }

    @Test func `says why it ended`() throws {
        #expect(try ledger.run("replicate", "--once", "--database", Self.nowhere).ending == .exit(69))
        let failed = try status()
        #expect(failed.replicator?["state"] == .string("failed"))
        #expect(failed.replicator?["error"]?.text?.contains("cannot be reached") == true)
        #expect(failed.health.contains("the replicator ended at"))
    }

    @Test func `that waits for another says which one runs, and a signal ends the wait`() throws {
        let first = try waitingReplicator()
        let second = try ledger.startShell(#"exec "$T" replicate --database \#(Self.nowhere) 2>&1"#)
        let message = try #require(try second.readLine())
        let pid = try #require(try status().replicator?["pid"]?.number)
        #expect(message.contains("waiting for process \(pid), which is replicating this ledger"))
        for replicate in [second, first] {
            try replicate.send(SIGTERM)
            #expect(try replicate.finish().ending == .exit(0))
        }
    }

    @Test func `that connects to a silent server stops at once`() throws {
        let listener = try SilentListener()
        let url = "postgresql://u@127.0.0.1:\(listener.port)/d?connect_timeout=0"
        let replicate = try ledger.startShell(#"exec "$T" replicate --log-level debug --database '\#(url)' 2>&1"#)
        listener.waitForClient()
        #expect(try status().replicator?["state"] == .string("connecting"))
        try replicate.send(SIGTERM)
        #expect(try replicate.finish().ending == .exit(0))
    }
}
