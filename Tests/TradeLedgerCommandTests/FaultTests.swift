import LedgerTestSupport
import Testing

@Suite struct `The program on a disk that fails` {
    private static let writeFaults = [
        Fault(files: Fault.segments, call: "fdatasync", effect: "EIO", count: 1),
        Fault(files: Fault.segments, call: "fdatasync", effect: "ENOSPC", count: 1),
        Fault(files: Fault.segments, call: "fdatasync", effect: "EINTR", count: 1),
        Fault(files: Fault.segments, call: "pwrite", effect: "EIO", count: 1),
        Fault(files: Fault.segments, call: "pwrite", effect: "ENOSPC", byteCount: 100),
        Fault(files: "*/ledger/durable", call: "pwrite", effect: "ENOSPC", count: 1),
    ]

    @Test(arguments: writeFaults)
    func `acknowledges nothing after the fault, says what to do, and loses nothing`(_ fault: Fault) throws {
        let ledger = try CommandLedger()
        let lines = EventText.identified(200, seed: 41)
        let process = try ledger.start(["append"], environment: fault.environment(whenSwitchedOnBeside: ledger))
        for (index, line) in lines.prefix(100).enumerated() {
            try process.write(line + "\n")
            let answer = try jsonObject(try #require(try process.readLine()))
            #expect(answer["sequence"] == .integer(Int64(index + 1)))
        }
        _ = try ledger.file(Fault.switchName, "")
        try process.write(lines.dropFirst(100).map { $0 + "\n" }.joined())
        #expect(try process.readLine() == nil)
        let outcome = try process.finish()
        #expect(outcome.ending == .exit(74))
        #expect(outcome.messages.count == 1)
        #expect(outcome.stderr.contains(ledger.path + "/"))
        #expect(outcome.stderr.contains("line 101 was not appended"))
        #expect(outcome.stderr.contains("open the ledger again"))
        try expectPrefix(of: lines, from: 100, in: ledger)
        // The written part of the frame was cut, and kept.
        let isTorn = fault.byteCount != nil
        #expect(try ledger.shell(#"ls "$D/ledger" | grep -c '^torn-'"#).stdout == (isTorn ? "1\n" : "0\n"))
    }

    @Test func `appends nothing from the same read after an event that it could not check`() throws {
        let lines = EventText.identified(50, seed: 44)
        // The last read frame stays in memory, so one event has to be in another frame.
        let ledger = try CommandLedger(Array(lines.prefix(25)))
        try ledger.append(Array(lines.dropFirst(25)))
        let fault = Fault(files: Fault.segments, call: "pread", effect: "EIO")
        let process = try ledger.start(["append"], environment: fault.environment(whenSwitchedOnBeside: ledger))
        try process.write(lines[49] + "\n")
        let answer = try jsonObject(try #require(try process.readLine()))
        #expect(answer["status"]?.text == "duplicate")
        _ = try ledger.file(Fault.switchName, "")
        // To check whether the first of these is on record, the ledger has to read the log.
        try process.write(lines[0] + "\n" + EventText.opened("new") + "\n")
        #expect(try process.readLine() == nil)
        let outcome = try process.finish()
        #expect(outcome.ending == .exit(74))
        let place = "line 2 was not appended: cannot read \(ledger.path)/00000000000000000001.segment"
        #expect(outcome.stderr.contains(place), "\(outcome.stderr)")
        #expect(try ledger.events().count == lines.count)
    }

    private static let invisibleFaults = [
        Fault(files: "*/ledger/*", call: "pwrite", effect: "short", byteCount: 4099),
        Fault(files: Fault.segments, call: "pwrite", effect: "short", byteCount: 7),
        Fault(files: "*/ledger/*", call: "pwrite", effect: "EINTR", count: 3),
        Fault(files: "*/ledger/*", call: "pread", effect: "EINTR", count: 3),
    ]

    @Test(arguments: invisibleFaults) func `handles short writes and interruptions`(_ fault: Fault) throws {
        let ledger = try CommandLedger(EventText.identified(50, seed: 42))
        let lines = EventText.identified(100, seed: 42)
        let input = lines.map { $0 + "\n" }.joined()
        let outcome = try ledger.run("append", input: input, environment: fault.environment)
        #expect(outcome.ending == .exit(0))
        #expect(outcome.stderr == "tradeledger: 50 appended, 50 duplicates, 0 rejected\n")
        try expectPrefix(of: lines, from: 100, in: ledger)
        #expect(try ledger.run("verify", environment: fault.environment).ending == .exit(0))
    }

    @Test func `names the file that cannot be read, and damages nothing`() throws {
        let lines = EventText.identified(50, seed: 43)
        let ledger = try CommandLedger(lines)
        let fault = Fault(files: Fault.segments, call: "pread", effect: "EIO")
        for command in ["events", "trades", "trade trade-1", "status", "verify", "append"] {
            let words = command.split(separator: " ").map(String.init)
            let outcome = try ledger.start(words, input: .bytes([]), environment: fault.environment).finish()
            #expect(outcome.ending == .exit(74), "\(command)")
            #expect(outcome.messages.count == 1, "\(command)")
            let place = "cannot read \(ledger.path)/00000000000000000001.segment: Input/output error"
            #expect(outcome.stderr.contains(place), "\(command): \(outcome.stderr)")
            #expect(outcome.stderr.contains("check the disk and the kernel's log"), "\(command)")
        }
        try expectPrefix(of: lines, from: 50, in: ledger)
    }

    @Test(arguments: ["fsync", "fdatasync", "pwrite"])
    func `creates no ledger while it cannot flush, and one once it can`(_ call: String) throws {
        let ledger = try CommandLedger()
        let path = ledger.directory.path + "/other"
        let fault = Fault(files: "*/other*", call: call, effect: "EIO", count: 1)
        let refused = try ledger.run("init", "--ledger", path, environment: fault.environment)
        #expect(refused.ending == .exit(74))
        #expect(refused.stderr.contains(path))
        #expect(refused.stderr.contains("Input/output error"))
        #expect(try ledger.run("init", "--ledger", path).ending == .exit(0))
        let line = EventText.opened("a") + "\n"
        #expect(try ledger.run("append", "--ledger", path, input: line).ending == .exit(0))
    }

    /// Expects that the ledger has the first lines, at least this many, and nothing else, and accepts the rest.
    private func expectPrefix(of lines: [String], from count: Int, in ledger: CommandLedger) throws {
        let events = try ledger.events()
        #expect(count...lines.count ~= events.count)
        for (event, line) in zip(events, lines) {
            #expect(line.contains(try #require(event["event_id"]?.text)))
        }
        let again = try ledger.run("append", input: lines.map { $0 + "\n" }.joined())
        #expect(again.ending == .exit(0), "\(again.stderr)")
        let statuses = try again.lines.map { try jsonObject($0)["status"]?.text }
        #expect(statuses.prefix(events.count).allSatisfy { $0 == "duplicate" })
        #expect(statuses.dropFirst(events.count).allSatisfy { $0 == "appended" })
        #expect(try ledger.events().count == lines.count)
        #expect(try ledger.run("verify").ending == .exit(0))
    }
}
