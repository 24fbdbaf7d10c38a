import LedgerTestSupport
import Testing

@Suite struct `The command append with --ack database` {
    private let ledger: CommandLedger

    init() throws {
        ledger = try CommandLedger()
    }

    @Test func `says what is durable but not yet in the database, and loses nothing`() throws {
        let lines = [EventText.opened("a"), EventText.closed("nobody"), EventText.closed("a")]
        let input = lines.map { $0 + "\n" }.joined()
        let outcome = try ledger.run("append", "--ack", "database", "--ack-timeout", "0", input: input)
        #expect(outcome.ending == .exit(65))
        let answers = try outcome.lines.map(jsonObject)
        #expect(answers.map { $0["status"] } == [.string("appended"), .string("rejected"), .string("appended")])
        for answer in [answers[0], answers[2]] {
            #expect(answer["replicated"] == .bool(false))
            #expect(answer["message"] == .string("durable here, not yet in the database"))
        }
        #expect(answers[1]["replicated"] == nil)
        #expect(outcome.stderr.contains("2 durable here, not yet in the database"))
        #expect(try ledger.events().count == 2)
    }

    @Test func `does not mention a database otherwise`() throws {
        let outcome = try ledger.run("append", input: EventText.opened("a") + "\n")
        #expect(!(outcome.stdout + outcome.stderr).contains("database"))
        #expect(!outcome.stdout.contains("replicated"))
    }

    @Test(arguments: [["--ack", "disk"], ["--ack-timeout", "5"], ["--ack", "database", "--ack-timeout", "86401"]])
    func `refuses unknown values`(_ options: [String]) throws {
        let outcome = try ledger.start(["append"] + options, input: .bytes([])).finish()
        #expect(outcome.ending == .exit(64))
        #expect(outcome.messages.count == 1 && outcome.stderr.contains("--ack"))
    }
}
