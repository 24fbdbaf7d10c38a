import Glibc
import LedgerTestSupport
import Testing

@Suite struct `import journal and interruptions` {
    private let ledger: CommandLedger
    private let journal: JournalFiles
    private let records: [BotRecord]

    init() throws {
        ledger = try CommandLedger()
        var journal = try JournalFiles(in: ledger)
        records = BotRecord.generated(4000, seed: 9)
        try journal.write(records)
        self.journal = journal
    }

    @Test(arguments: [SIGKILL, SIGTERM, SIGINT])
    func `append the rest when it is run again`(_ signal: Int32) throws {
        let reader = try ledger.start(["events", "--follow"])
        let process = try ledger.start(["import", "journal", journal.path])
        // The first events are durable, so that the others are on their way.
        _ = try reader.readLine()
        try process.send(signal)
        let outcome = try process.finish()
        try reader.send(SIGTERM)
        _ = try reader.finish()
        let before = try ledger.events().count
        if signal == SIGKILL {
            #expect(outcome.ending == .signal(SIGKILL))
        } else {
            #expect(outcome.ending == .exit(0))
            let output = try ImportOutput(outcome)
            let isStopped = output.ending == "stopped"
            #expect(isStopped == outcome.stderr.contains("run it again to go on"))
            #expect(output.counts(["opened"])[0] + output.counts(["closed"])[0] == before)
        }
        let again = try ledger.run("import", "journal", journal.path)
        #expect(again.ending == .exit(0), "\(again.stdout)")
        let closedCount = records.count { $0.exitPrice != nil }
        let output = try ImportOutput(again)
        #expect(output.counts(["opened"])[0] + output.counts(["closed"])[0] == records.count + closedCount - before)
        #expect(output.counts(["all in journal", "all in ledger", "differing"]) == [4000, 4000, 0])
        #expect(try ledger.events().count == records.count + closedCount)
        #expect(try ledger.run("rejected").stdout.isEmpty)
        #expect(try ledger.run("verify", "--local").ending == .exit(0))
    }
}
