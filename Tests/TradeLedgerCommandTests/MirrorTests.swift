import Glibc
import LedgerTestSupport
import Testing

@Suite struct `The program with a mirror` {
    /// A ledger with a mirror beside it.
    private func mirrored() throws -> (ledger: CommandLedger, mirror: String) {
        let ledger = try CommandLedger()
        let mirror = ledger.directory.path + "/mirror"
        #expect(try ledger.run("append", "--mirror", mirror).ending == .exit(0))
        return (ledger, mirror)
    }

    private func mirrorStatus(_ ledger: CommandLedger, _ directory: String) throws -> [String: JSONValue] {
        let outcome = try ledger.run("status", "--ledger", directory)
        let status = try jsonObject(try #require(outcome.lines.first, "\(outcome.stderr)"))
        guard case .object(let mirror)? = status["mirror"] else { return [:] }
        return mirror
    }

    @Test(arguments: UInt64(51)...56)
    func `loses nothing when it is killed and one of the two directories is lost`(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let (ledger, mirror) = try mirrored()
        let lines = EventText.identified(300, seed: seed)
        let file = try ledger.file("events.ndjson", lines.map { $0 + "\n" }.joined())
        let process = try ledger.startShell(
            #"mkfifo "$D/pipe"; cat "$D/events.ndjson" > "$D/pipe" & exec "$T" append "$D/pipe""#
        )
        let moment = 1 + Int(random.next(below: UInt64(lines.count)))
        for _ in 1...moment { _ = try #require(try process.readLine(), "seed \(seed)") }
        try process.send(SIGKILL)
        let acknowledged = moment + (try process.finish().stdout.count { $0 == "\n" })
        let (lost, left) = seed % 2 == 0 ? (ledger.path, mirror) : (mirror, ledger.path)
        #expect(try ledger.shell(#"rm -r "\#(lost)""#).ending == .exit(0))
        let again = try ledger.run("append", "--ledger", left, file)
        #expect(again.ending == .exit(0), "seed \(seed): \(again.stderr)")
        #expect(again.stderr.contains("warning: \(lost) is detached"), "seed \(seed)")
        let statuses = try again.lines.map { try jsonObject($0)["status"]?.text }
        #expect(statuses.prefix(acknowledged).allSatisfy { $0 == "duplicate" }, "seed \(seed)")
        #expect(try ledger.run("verify", "--ledger", left).ending == .exit(0))
        #expect(try mirrorStatus(ledger, left)["state"] == .string("detached"))
        // A new disk takes the place of the lost one.
        #expect(try ledger.run("repair", "--ledger", left, "--mirror", lost, "--mend").ending == .exit(0))
        #expect(try ledger.run("verify", "--ledger", lost).ending == .exit(0))
        #expect(try mirrorStatus(ledger, left)["state"] == .string("in step"))
    }

    private static let faults = [
        Fault(files: "*/mirror/0*.segment", call: "fdatasync", effect: "EIO", count: 1),
        Fault(files: "*/mirror/0*.segment", call: "pwrite", effect: "EIO", count: 1),
        Fault(files: "*/mirror/durable", call: "pwrite", effect: "EIO", count: 1),
        Fault(files: Fault.segments, call: "fdatasync", effect: "EIO", count: 1),
    ]

    @Test(arguments: faults) func `goes on with one disk when the other fails, and says so`(_ fault: Fault) throws {
        let (ledger, mirror) = try mirrored()
        let lines = EventText.identified(40, seed: 61)
        let process = try ledger.start(["append"], environment: fault.environment(whenSwitchedOnBeside: ledger))
        for line in lines.prefix(20) {
            try process.write(line + "\n")
            _ = try #require(try process.readLine())
        }
        _ = try ledger.file(Fault.switchName, "")
        try process.write(lines.dropFirst(20).map { $0 + "\n" }.joined())
        let outcome = try process.finish()
        #expect(outcome.ending == .exit(0), "\(outcome.stderr)")
        #expect(outcome.lines.count == 20)
        let (lost, left) = fault.files.contains("mirror") ? (mirror, ledger.path) : (ledger.path, mirror)
        #expect(outcome.stderr.contains("warning: \(lost) is detached, \(left) goes on alone"))
        let status = try mirrorStatus(ledger, left)
        #expect(status["state"] == .string("detached") && status["directory"] == .string(lost))
        // What both have flushed before one could not be told of it does not count.
        let behind = try #require(status["behind_events"]?.number)
        #expect(fault.files.hasSuffix("durable") ? behind < 20 : behind == 20)
        #expect(try ledger.run("append", "--ledger", left).stderr.contains("warning") == false)
        for directory in [lost, left] {
            #expect(try mirrorStatus(ledger, directory)["state"] == .string("in step"))
            #expect(try ledger.run("verify", "--ledger", directory).ending == .exit(0))
            #expect(try ledger.run("events", "--ledger", directory).lines.count == 40)
        }
    }

    @Test func `acknowledges nothing when both disks fail`() throws {
        let (ledger, _) = try mirrored()
        let fault = Fault(files: "*/0*.segment", call: "fdatasync", effect: "EIO")
        let process = try ledger.start(["append"], environment: fault.environment(whenSwitchedOnBeside: ledger))
        _ = try ledger.file(Fault.switchName, "")
        try process.write(EventText.opened("a") + "\n")
        let outcome = try process.finish()
        #expect(outcome.ending == .exit(74))
        #expect(outcome.stdout.isEmpty)
    }

    @Test func `makes a ledger with a mirror, and refuses another one`() throws {
        let directory = TemporaryDirectory()
        let ledger = try CommandLedger()
        let variables = ["TRADELEDGER_DIR": directory.path + "/a", "TRADELEDGER_MIRROR": directory.path + "/b"]
        #expect(try ledger.run("init", environment: variables).ending == .exit(0))
        #expect(try ledger.run("append", input: EventText.opened("a"), environment: variables).ending == .exit(0))
        #expect(try ledger.run("events", "--ledger", directory.path + "/b").lines.count == 1)
        let outcome = try ledger.run("append", "--mirror", directory.path + "/c", environment: variables)
        #expect(outcome.ending == .exit(64))
        #expect(outcome.stderr.contains(directory.path + "/b"))
    }
}
