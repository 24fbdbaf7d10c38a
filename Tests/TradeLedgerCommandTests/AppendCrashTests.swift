import Glibc
import LedgerTestSupport
import Testing

@Suite struct `Killing append` {
    @Test(arguments: UInt64(31)...40) func `loses nothing that was acknowledged`(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let ledger = try CommandLedger()
        let lines = EventText.identified(1000, seed: seed)
        let file = try ledger.file("events.ndjson", lines.map { $0 + "\n" }.joined())
        // From a pipe the events come in many pieces, so that the kill falls between their commits.
        let process = try ledger.startShell(
            #"mkfifo "$D/pipe"; cat "$D/events.ndjson" > "$D/pipe" & exec "$T" append "$D/pipe""#
        )
        let moment = 1 + Int(random.next(below: UInt64(lines.count)))
        for number in 1...moment {
            let answer = try jsonObject(try #require(try process.readLine(), "seed \(seed)"))
            #expect(answer["sequence"] == .integer(Int64(number)), "seed \(seed)")
        }
        try process.send(SIGKILL)
        // Whole lines in the pipe at the kill count as acknowledged; a torn last line does not.
        let unread = try process.finish().stdout.count { $0 == "\n" }
        let verdict = try ledger.run("verify")
        #expect(verdict.ending == .exit(0), "seed \(seed): \(verdict.stderr)")
        let events = try ledger.events()
        #expect(events.count >= moment + unread, "seed \(seed)")
        for (event, line) in zip(events, lines) {
            #expect(line.contains(try #require(event["event_id"]?.text)), "seed \(seed)")
        }
        let again = try ledger.run("append", file)
        #expect(again.ending == .exit(0))
        let statuses = try again.lines.map { try jsonObject($0)["status"]?.text }
        #expect(statuses.count == lines.count)
        #expect(statuses.prefix(events.count).allSatisfy { $0 == "duplicate" }, "seed \(seed)")
        #expect(statuses.dropFirst(events.count).allSatisfy { $0 == "appended" }, "seed \(seed)")
        #expect(try ledger.run("verify").ending == .exit(0))
    }
}
