import LedgerTestSupport
import Testing

@Suite struct `Commands without a reachable database` {
    private let ledger: CommandLedger

    init() throws {
        ledger = try CommandLedger([EventText.opened("a")])
    }

    @Test(arguments: ["postgresql://127.0.0.1:1/db?sslmode=bogus", "postgresql://127.0.0.1:99999/db"])
    func `refuse a setting that no server accepts with 78, at once`(url: String) throws {
        let ledger = try CommandLedger()
        for words in [["replicate"], ["replicate", "--once"], ["migrate"]] {
            let outcome = try ledger.start(words + ["--database", url], input: .bytes([])).finish()
            #expect(outcome.ending == .exit(78) && outcome.stderr.contains("invalid"), "\(outcome.stderr)")
        }
    }

    @Test(arguments: ["migrate", "replicate", "replicate --once"])
    func `ask for the database if none is named`(_ command: String) throws {
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
    func `refuse a malformed address, without the password`(_ command: String, _ url: String) throws {
        let outcome = try run(command + " --database " + url)
        #expect(outcome.ending == .exit(78))
        #expect(outcome.messages.count == 1)
        #expect(!outcome.stderr.contains("s3cr"))
    }

    /// Passwords in the wrong place, after a mistyped scheme, or with characters that should have been escaped.
    private static let addresses = [
        "postgres://host:s3cret@x", "postgresql://user:p@s3cret@host", "postgre://user:s3cret@host/db",
        "postgres://user:s3cret/db", "postgres://user:s3cret", "postgresql://user:s3cret@h:1/d?nope=1",
        "postgres://user:s3/cret@host/db", "postgresql//user:s3cret@host", "postgres:/user:s3cret@host",
        "user:s3cret@host/db", "http://user:s3cret@host", "postgres://user@host:1/d?password=s3cret&x=y",
        "postgres://user@host:s3cret/db", "host=/no password=s3cret nope", "host=/no password='a s3cret' nope=1",
        "host=/no password = s3cret nope", "nope://:s3cret@host", "postgres://user:a s3cret@host/db",
        "postgres://user:s3cret@[::1]:1/d?x", "PASSWORD=s3cret",
    ]

    @Test(arguments: addresses) func `show no password, wherever an address is given`(_ address: String) throws {
        let places = [
            ["migrate", "--database", address], ["verify", "--database=" + address], ["status", "--database", address],
            ["diff", ledger.path, address], ["diff", address, "@1"], ["replay", "--into", address], [address],
            ["trade", address], ["events", "--type", address], ["trades", "--since", address], ["append", address],
            ["verify", "--against", address], ["trades", "--ledger", address],
            ["replicate", "--once", "--database", address],
        ]
        for words in places {
            for logFormat in ["text", "json"] {
                let outcome = try ledger.start(words + ["--log-format", logFormat], input: .bytes([])).finish()
                #expect(!(outcome.stdout + outcome.stderr).contains("s3cret"), "\(words): \(outcome.stderr)")
                #expect(!(outcome.stdout + outcome.stderr).contains("cret@"), "\(words): \(outcome.stderr)")
                #expect(outcome.ending != .exit(0) || words[0] == "status", "\(words)")
            }
        }
        let given = try ledger.run("migrate", environment: ["DATABASE_URL": address])
        #expect(!given.stderr.contains("s3cret") && given.ending != .exit(0))
        #expect(try ledger.shell(#"ls "$D""#).stdout == "ledger\n")
    }

    @Test func `status says so and continues`() throws {
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
