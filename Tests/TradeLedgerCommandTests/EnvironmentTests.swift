import Glibc
import LedgerTestSupport
import Testing

@Suite struct `The program when the system refuses` {
    private static let lines = EventText.identified(100, seed: 61)
    private let ledger: CommandLedger

    init() throws {
        ledger = try CommandLedger(Self.lines)
    }

    /// The commands that only read.
    private static let readingCommands = [
        "events", "trades", "trade trade-1", "rejected", "status", "verify", "performance",
    ]

    @Test(.enabled(if: MountNamespace.isPermitted, "this user may not mount file systems"))
    func `reads from a read-only file system, and says why it does not append there`() throws {
        // A crash leaves an end of the log that only a writer could prove.
        let process = try ledger.start(["append"])
        try process.write(EventText.opened("last") + "\n")
        #expect(try process.readLine() != nil)
        try process.send(SIGKILL)
        _ = try process.finish()

        func run(_ command: String) throws -> ChildProcess.Outcome {
            let mount = #"mount --bind "$D/ledger" "$D/ledger" && mount -o remount,bind,ro "$D/ledger""#
            return try MountNamespace.run(#"\#(mount) && exec "$T" \#(command)"#, ledger)
        }
        for command in Self.readingCommands {
            let outcome = try run(command)
            #expect(outcome.ending == .exit(0), "\(command): \(outcome.stderr)")
        }
        #expect(try run("events").lines.count == Self.lines.count + 1)
        for command in ["append", #"init --ledger "$D/ledger/new""#, "selftest"] {
            let outcome = try run(command)
            #expect(outcome.ending == .exit(74), "\(command)")
            #expect(outcome.messages.count == 1, "\(command)")
            #expect(outcome.stderr.contains(ledger.path + "/"), "\(command)")
            #expect(outcome.stderr.contains("Read-only file system"), "\(command)")
        }
        #expect(try run("append").stderr.contains("mount the file system for writing"))
    }

    @Test func `acknowledges nothing once the directory was removed`() throws {
        let process = try ledger.start(["append"])
        try process.write(EventText.opened("a") + "\n")
        #expect(try process.readLine() != nil)
        // It also checks while it is idle, and could find some files gone before the directory is.
        try process.send(SIGSTOP)
        _ = try ledger.shell(#"rm -r "$D/ledger""#)
        try process.send(SIGCONT)
        try process.write(EventText.opened("b") + "\n")
        #expect(try process.readLine() == nil)
        let outcome = try process.finish()
        #expect(outcome.ending == .exit(74))
        #expect(outcome.messages.count == 1)
        #expect(outcome.stderr.contains("\(ledger.path) was removed while process \(process.pid) had it open"))
        #expect(outcome.stderr.contains("bring it back from a backup or from the database"))
    }

    @Test func `continues after the directory was renamed`() throws {
        let process = try ledger.start(["append"])
        try process.write(EventText.opened("a") + "\n")
        #expect(try process.readLine() != nil)
        _ = try ledger.shell(#"mv "$D/ledger" "$D/moved""#)
        try process.write(EventText.opened("b") + "\n")
        #expect(try process.readLine() != nil)
        #expect(try process.finish().ending == .exit(0))
        let events = try ledger.run("events", "--ledger", ledger.directory.path + "/moved")
        #expect(events.lines.count == Self.lines.count + 2)
        #expect(events.lines.last?.contains(#""trade_id":"b""#) == true)
    }

    @Test(arguments: 4...12) func `says when there are too few descriptors at the start`(_ limit: Int) throws {
        for command in ["append", "events"] {
            let outcome = try ledger.shell(#"ulimit -n \#(limit); exec "$T" \#(command)"#)
            if outcome.ending == .exit(0) { continue }
            #expect(outcome.ending == .exit(74))
            #expect(outcome.messages.count == 1)
            #expect(outcome.stderr.contains("Too many open files"), "\(outcome.stderr)")
        }
        #expect(try ledger.events().count == Self.lines.count)
    }

    @Test func `loses nothing if the descriptors run out later`() throws {
        let process = try ledger.start(["append"])
        try process.write(EventText.opened("a") + "\n")
        #expect(try process.readLine() != nil)
        #expect(try ledger.shell("prlimit --pid \(process.pid) --nofile=3:3").ending == .exit(0))
        // The next segment needs a descriptor.
        var acknowledgedCount = 1
        let padding = #","context":{"signals":""# + String(repeating: "x", count: 500_000) + #""}"#
        while true {
            do {
                try process.write(EventText.opened("t-\(acknowledgedCount)", more: padding) + "\n")
            } catch let failure as SystemFailure where failure.number == EPIPE {
                break
            }
            guard try process.readLine() != nil else { break }
            acknowledgedCount += 1
        }
        let outcome = try process.finish()
        #expect(outcome.ending == .exit(74))
        #expect(outcome.messages.count == 1)
        #expect(outcome.stderr.contains("Too many open files"))
        #expect(outcome.stderr.contains("raise the limit of open files (ulimit -n)"))
        #expect(try ledger.events().count == Self.lines.count + acknowledgedCount)
        try ledger.append([EventText.opened("b")])
        #expect(try ledger.run("verify").ending == .exit(0))
    }

    /// Runs the program with no right but those of the files' modes.
    private func runWithoutPrivilege(_ command: String) throws -> ChildProcess.Outcome {
        try ledger.shell(
            #"""
            if [ "$(id -u)" = 0 ]; then without="setpriv --bounding-set -dac_override,-dac_read_search"; fi
            exec $without "$T" \#(command)
            """#
        )
    }

    @Test func `reads with only the right to read, and says why it does not append`() throws {
        _ = try ledger.shell(#"chmod 400 "$D"/ledger/*; chmod 500 "$D/ledger" "$D/ledger/requests""#)
        for command in Self.readingCommands {
            let outcome = try runWithoutPrivilege(command)
            #expect(outcome.ending == .exit(0), "\(command): \(outcome.stderr)")
        }
        #expect(try runWithoutPrivilege("events").lines.count == Self.lines.count)
        let refused = try runWithoutPrivilege("append")
        #expect(refused.ending == .exit(74))
        #expect(refused.messages.count == 1)
        #expect(refused.stderr.contains("cannot open \(ledger.path)/lock: Permission denied"))
        #expect(refused.stderr.contains("give this user the right to read and write the ledger's directory"))
    }

    @Test func `names the file that it may not read`() throws {
        _ = try ledger.shell(#"chmod 000 "$D/ledger""#)
        for command in Self.readingCommands + ["append"] {
            let refused = try runWithoutPrivilege(command)
            #expect(refused.ending == .exit(74), "\(command)")
            #expect(refused.messages.count == 1, "\(command)")
            #expect(refused.stderr.contains("\(ledger.path): Permission denied"), "\(command)")
        }
        _ = try ledger.shell(#"chmod 750 "$D/ledger""#)
        #expect(try ledger.events().count == Self.lines.count)
    }
}
