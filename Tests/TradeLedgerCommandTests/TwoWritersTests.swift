import Glibc
import LedgerTestSupport
import Testing

@Suite struct `A second writer` {
    private let ledger: CommandLedger
    private static let held: Int32 = 75
    private static let segment = "00000000000000000001.segment"

    init() throws {
        ledger = try CommandLedger()
    }

    @Test func `is refused after the lock file was removed and repaired beside the first`() throws {
        let first = try Writer(ledger)
        #expect(try first.append("a"))
        _ = try ledger.shell(#"rm "$D/ledger/lock""#)
        try requireRefused(beside: first, "repair", "--mend")
        let corruptions = try ledger.run("repair").lines.map(jsonObject)
        #expect(corruptions.map { $0["file"] } == [.string("lock")])
        // A recreated file is not the one that the first writer holds.
        _ = try ledger.shell(#": > "$D/ledger/lock""#)
        try requireRefused(beside: first, "repair", "--mend")
        let second = try ledger.run("append", input: EventText.opened("b") + "\n")
        #expect(second.ending == .exit(Self.held))
        #expect(second.stdout.isEmpty)
        #expect(second.stderr.contains("\(ledger.path) is held by another process, whose lock file was removed"))
        #expect(second.stderr.contains("fuser -v \(ledger.path)"))

        let told = try first.appendUntilRefused()
        #expect(told.ending == .exit(74))
        #expect(told.stderr.contains("\(ledger.path)/lock was removed or replaced while process \(first.pid) held it"))
        #expect(told.stderr.contains("tradeledger repair --mend"))
        #expect(try ledger.run("repair", "--mend").ending == .exit(0))
        #expect(try ledger.run("append", input: EventText.opened("b") + "\n").ending == .exit(0))
        #expect(try ledger.run("verify").ending == .exit(0))
        try expectEach(first.acknowledged + ["b"])
    }

    @Test func `learns, as readers do, that the lock file is not the writer's`() throws {
        let first = try Writer(ledger)
        #expect(try first.append("a"))
        _ = try ledger.shell(#"mv "$D/ledger/lock" "$D/old"; cp "$D/old" "$D/ledger/lock""#)
        for command in ["append", "events", "verify"] {
            let outcome = try ledger.run(command)
            #expect(outcome.ending == .exit(Self.held), "\(command)")
            #expect(outcome.stderr.contains("whose lock file was removed or replaced"), "\(command)")
        }
        #expect(try first.appendUntilRefused().stderr.contains("/lock was removed or replaced"))
    }

    @Test func `has its own ledger after the directory of the first was moved`() throws {
        let first = try Writer(ledger)
        #expect(try first.append("a"))
        let moved = ledger.directory.path + "/moved"
        _ = try ledger.shell(#"mv "$D/ledger" "$D/moved""#)
        #expect(try ledger.run("append", "--ledger", moved).ending == .exit(Self.held))
        #expect(try ledger.run("init").ending == .exit(0))
        try ledger.append([EventText.opened("new")])
        let files = try ledger.shell(#"cd "$D/ledger" && sha256sum *"#).stdout

        let told = try first.appendUntilRefused()
        #expect(told.ending == .exit(74))
        #expect(told.stderr.contains("\(ledger.path) is another directory now"))
        #expect(told.stderr.contains("the ledger that process \(first.pid) has opened is in \(moved)"))
        // Nothing of the first went into the second.
        #expect(try ledger.shell(#"cd "$D/ledger" && sha256sum *"#).stdout == files)
        try expectEach(["new"])
        try expectEach(first.acknowledged, "--ledger", moved)
        for path in [ledger.path, moved] { #expect(try ledger.run("verify", "--ledger", path).ending == .exit(0)) }
    }

    @Test func `is refused in a copy of the directory of the first, wherever that is`() throws {
        let first = try Writer(ledger)
        #expect(try first.append("a"))
        _ = try ledger.shell(#"mv "$D/ledger" "$D/moved" && cp -a "$D/moved" "$D/ledger""#)
        let second = try ledger.run("append", input: EventText.opened("b") + "\n")
        #expect(second.ending == .exit(74))
        #expect(second.stderr.contains("plain copy"))
        // A person who accepts the copy has two logs; the first writer still gives each sequence once.
        #expect(try ledger.run("repair", "--mend").ending == .exit(0))
        try ledger.append([EventText.opened("b")])
        #expect(try first.appendUntilRefused().stderr.contains("\(ledger.path) is another directory now"))
    }

    @Test(arguments: [#"rm "$S""#, #"mv "$S" "$D/aside""#, #"cp "$S" "$D/aside" && mv "$D/aside" "$S""#])
    func `is refused after the segment of the first was removed`(_ act: String) throws {
        let first = try Writer(ledger)
        #expect(try first.append("a"))
        _ = try ledger.shell(#"S="$D/ledger/\#(Self.segment)"; \#(act)"#)
        try requireRefused(beside: first, "repair", "--mend")
        let second = try ledger.run("append", input: EventText.opened("b") + "\n")
        #expect(second.ending != .exit(0) && second.stdout.isEmpty)
        let told = try first.appendUntilRefused()
        #expect(first.acknowledged == ["a"])
        #expect(told.ending == .exit(74))
        #expect(told.stderr.contains("\(ledger.path)/\(Self.segment): it was removed or replaced while it was open"))
        #expect(told.stderr.contains("put the file back; `tradeledger repair` says what is missing without it"))
    }

    @Test func `is refused by a path that leads to the same directory`() throws {
        let first = try Writer(ledger)
        #expect(try first.append("a"))
        _ = try ledger.shell(#"ln -s ledger "$D/link""#)
        let outcome = try ledger.run("append", "--ledger", ledger.directory.path + "/link")
        #expect(outcome.ending == .exit(Self.held))
        #expect(outcome.stderr.contains("is held by process \(first.pid)"))
    }

    /// Runs a command that must change nothing, because the ledger is held.
    private func requireRefused(beside first: Writer, _ arguments: String...) throws {
        try first.whileStopped {
            let files = try ledger.shell(#"cd "$D/ledger" && sha256sum *"#).stdout
            let outcome = try ledger.start(arguments, input: .bytes([])).finish()
            #expect(outcome.ending == .exit(Self.held), "\(arguments): \(outcome.stderr)")
            #expect(outcome.stderr.contains("is held by"), "\(arguments)")
            #expect(try ledger.shell(#"cd "$D/ledger" && sha256sum *"#).stdout == files, "\(arguments)")
        }
    }

    /// The log holds these trades, each at a sequence of its own.
    private func expectEach(_ trades: [String], _ arguments: String...) throws {
        let events = try ledger.start(["events"] + arguments, input: .bytes([])).finish().lines.map(jsonObject)
        #expect(events.compactMap { $0["trade_id"]?.text } == trades)
        #expect(events.compactMap { $0["sequence"] } == trades.indices.map { JSONValue.integer(Int64($0 + 1)) })
    }
}

/// A running `append` and its acknowledgements.
private final class Writer {
    private let process: ChildProcess
    private(set) var acknowledged: [String] = []

    /// The number of events that a writer accepts if it notices nothing.
    private static let eventCountMax = 1000

    init(_ ledger: CommandLedger) throws {
        process = try ledger.start(["append"])
    }

    var pid: pid_t { process.pid }

    /// Runs `body` while the process is stopped: an idle writer still writes an empty frame and runs maintenance.
    func whileStopped(_ body: () throws -> Void) throws {
        try process.stop()
        try body()
        try process.send(SIGCONT)
    }

    /// Sends an event that opens a trade; false if it was not acknowledged.
    func append(_ trade: String) throws -> Bool {
        do { try process.write(EventText.opened(trade) + "\n") } catch let failure as SystemFailure {
            guard failure.number == EPIPE else { throw failure }
            return false
        }
        guard let line = try process.readLine() else { return false }
        guard try jsonObject(line)["sequence"] == .integer(Int64(acknowledged.count + 1)) else { return false }
        acknowledged.append(trade)
        return true
    }

    /// Sends events until one is not acknowledged, and returns how the process ended.
    func appendUntilRefused() throws -> ChildProcess.Outcome {
        while acknowledged.count < Self.eventCountMax {
            guard try append("more-\(acknowledged.count)") else { return try process.finish() }
        }
        Issue.record("the writer has noticed nothing")
        return try process.finish()
    }
}
