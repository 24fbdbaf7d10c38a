import LedgerTestSupport
import Testing

@Suite struct `Commands and a database that is not there` {
    private let ledger: CommandLedger

    init() throws {
        ledger = try CommandLedger([EventText.opened("a")])
    }

    @Test(arguments: ["migrate", "replicate", "replicate --once"])
    func `ask for the database where none is named`(_ command: String) throws {
        let outcome = try run(command)
        #expect(outcome.ending == .exit(78))
        #expect(outcome.messages.count == 1 && outcome.stderr.contains("--database"))
    }

    @Test(arguments: ["migrate", "replicate --once", "verify"])
    func `say that it cannot be reached, without the password`(_ command: String) throws {
        let url = "postgresql://u:s3cret@127.0.0.1:1/d"
        for outcome in [try run(command + " --database " + url), try run(command, ["DATABASE_URL": url])] {
            #expect(outcome.ending == .exit(69))
            #expect(outcome.messages.count == 1)
            #expect(!(outcome.stdout + outcome.stderr).contains("s3cret"))
        }
        #expect(try run("verify --local --database " + url).ending == .exit(0))
    }

    @Test(
        arguments: ["migrate", "replicate --once"],
        ["http://u:s3cret@h/", "postgresql://u:s3cr%zzet@h/d", "postgresql://u:s3cret@h/d?nope=1"]
    )
    func `refuse an address that cannot be read, without the password`(_ command: String, _ url: String) throws {
        let outcome = try run(command + " --database " + url)
        #expect(outcome.ending == .exit(78))
        #expect(outcome.messages.count == 1)
        #expect(!outcome.stderr.contains("s3cr"))
    }

    @Test func `status says so and goes on`() throws {
        let outcome = try run("status --database postgresql://u:s3cret@127.0.0.1:1/d")
        #expect(outcome.ending == .exit(0))
        let status = try jsonObject(try #require(outcome.lines.first))
        guard case .object(let database)? = status["database"] else {
            Issue.record("the database is an object")
            return
        }
        #expect(database["reachable"] == .bool(false))
        #expect(!(outcome.stdout + outcome.stderr).contains("s3cret"))
    }

    private func run(_ command: String, _ environment: [String: String] = [:]) throws -> ChildProcess.Outcome {
        let words = command.split(separator: " ").map(String.init)
        return try ledger.start(words, input: .bytes([]), environment: environment).finish()
    }
}
