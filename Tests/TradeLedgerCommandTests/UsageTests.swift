import Glibc
import LedgerTestSupport
import Testing

@Suite struct `The command line` {
    private let ledger: CommandLedger

    /// The commands that the contract names and the program has.
    private static let contracted = [
        "init", "append", "events", "rejected", "trades", "trade", "status", "migrate", "replicate", "rebuild",
        "verify", "replay", "diff", "repair", "checkpoint", "prove", "verify-proof", "export", "backup", "restore",
        "halt", "resume", "adjust", "annotate", "void", "selftest", "prices", "import", "token", "help",
    ]

    init() throws {
        ledger = try CommandLedger([EventText.opened("a")])
    }

    /// Wrong command lines.
    private static let senseless: [[String]] = [
        [], ["--"], ["bogus"], ["--bogus"], ["--ledger"], ["events", "--bogus"], ["events", "--from"],
        ["events", "--from", "x"], ["events", "--from", "-1"], ["events", "--from", "0"], ["events", "operand"],
        ["events", "--type", "trade.bogus"], ["events", "--follow=yes"], ["trades", "--open", "--closed"],
        ["trades", "--closed", "--voided"], ["trades", "--limit", "1", "--last", "1"],
        ["trades", "--since", "2026-02-30"], ["trades", "--since", "1767312000"], ["help", "trades", "events"],
        ["help", "bogus"],
        ["trades", "--limit", "1.5"], ["trades", "--since", "yesterday"], ["trades", "operand"], ["trade"],
        ["trade", "a", "b"], ["trades", "--as-of", "0", "--as-of-sequence", "1"], ["append", "a", "b"],
        ["init", "here"], ["status", "now"], ["verify", "all"], ["rejected", "all"], ["migrate", "up"],
        ["replicate", "all"], ["trades", "--format", "xml"], ["trades", "--log-format", "xml"],
        ["trades", "--log-level", "loud"], ["trades", "--format="], ["halt"], ["halt", "all"],
        ["halt", "all", "--reason", "r"], ["resume", "all", "--actor", "a"],
        ["halt", "everything", "--reason", "r", "--actor", "a"], ["void", "a", "--reason", "r"],
        ["halt", "all", "--reason", "", "--actor", "a"],
        ["adjust", "a", "--kind", "gift", "--cost", "1", "--reason", "r", "--actor", "a"],
        ["adjust", "a", "--kind", "fee", "--cost", "x", "--reason", "r", "--actor", "a"],
        ["adjust", "a", "--kind", "fee", "--reason", "r", "--actor", "a"],
        ["annotate", "a", "--reason", "r", "--actor", "a", "--context", "[]"],
        ["import"], ["import", "journal"], ["import", "journal", "a", "b"], ["import", "freqtrade", "a"],
        ["import", "journals", "a"], ["import", "journal", "a", "--plan=yes"],
        ["prices"], ["prices", "load"], ["prices", "loaded", "f"], ["prices", "load", "a", "b"],
        ["prices", "load", "a", "--close-of", "2026-01-01"], ["prices", "observe"],
        ["prices", "observe", "a", "--close-of", "2026-01-01"], ["prices", "observe", "--close-of", "2026-01-32"],
        ["prices", "observe", "--close-of", "9999-01-01"], ["prices", "observe", "--close-of", "1767225600000"],
        ["prices", "observe", "--close-of", "2026-01-01", "--symbol", "A/B"],
        ["token"], ["token", "make"], ["token", "create"], ["token", "create", "--role", "write"],
        ["token", "create", "a", "--role", "read"], ["token", "create", "--role", "read", "--name", ""],
        ["token", "create", "--role", "read", "--name", "a\nb"], ["token", "list", "a"],
        ["token", "list", "--role", "read"], ["token", "revoke"], ["token", "revoke", "a", "--name", "b"],
        ["annotate", "a", "--reason", "r", "--actor", "a", "--context", #"{}, "kind":"fee""#],
    ]

    // One ledger for all, because creating one writes 16 MiB.
    @Test func `is refused with one line if it is wrong`() throws {
        for words in Self.senseless {
            let outcome = try ledger.start(words, input: .bytes([])).finish()
            #expect(outcome.ending == .exit(64), "\(words)")
            #expect(outcome.messages.count == 1, "\(words)")
            #expect(outcome.stdout.isEmpty, "\(words)")
        }
    }

    @Test func `says without a command what to do next`() throws {
        for (words, part) in [
            (["--ledger", "/no/such"], "there is no ledger in /no/such: tradeledger init"),
            ([], "in \(ledger.path) has 1 event: tradeledger status"),
        ] {
            let outcome = try ledger.start(words, input: .bytes([])).finish()
            #expect(outcome.ending == .exit(64) && outcome.messages.count == 1 && outcome.stderr.contains(part))
        }
        let empty = try CommandLedger()
        try empty.run("init", "--name", "paper 1")
        let outcome = try empty.start([], input: .bytes([])).finish()
        #expect(outcome.stderr.contains("ledger paper 1 ("))
        #expect(outcome.stderr.contains("has 0 events: tradeledger append FILE"))
    }

    private static let repetitions: [(words: [String], option: String)] = [
        (["events", "--from", "1", "--from", "2"], "--from"), (["trades", "--limit", "1", "--limit=2"], "--limit"),
        (["--format", "csv", "trades", "--format", "json"], "--format"), (["verify", "--deep", "--deep"], "--deep"),
        (["trades", "--quiet", "--quiet"], "--quiet"), (["events", "--type=x", "--type=x"], "--type"),
        (["repair", "--accept-loss", "1..2", "--accept-loss", "5..6"], "--accept-loss"),
        (["replay", "--into", "a", "--into", "b"], "--into"), (["selftest", "--seed", "1", "--seed", "2"], "--seed"),
        (["migrate", "--retention", "never", "--retention", "1"], "--retention"),
        (["verify", "--help", "--help"], "--help"),
    ]

    @Test func `refuses an option that is given twice and counts once`() throws {
        for (words, option) in Self.repetitions {
            let outcome = try ledger.start(words, input: .bytes([])).finish()
            #expect(outcome.ending == .exit(64), "\(words)")
            #expect(outcome.stderr == "tradeledger: \(option) was given twice; give it once\n", "\(words)")
            #expect(outcome.stdout.isEmpty)
        }
        let twice = ["--ledger", "/no/such", "--ledger", ledger.path, "trades"]
        #expect(try ledger.start(twice, input: .bytes([])).finish().ending == .exit(64))
    }

    @Test func `accepts global options before and after the command, with a space or an equals sign`() throws {
        let expected = try ledger.run("trades", "--format", "csv").stdout
        let elsewhere = ["TRADELEDGER_DIR": "/no/such"]
        let path = ledger.path
        for words in [
            ["--ledger", path, "--format", "csv", "trades"], ["--ledger=\(path)", "trades", "--format=csv"],
            ["trades", "--quiet", "--format=csv", "--ledger", path],
        ] {
            let outcome = try ledger.start(words, input: .bytes([]), environment: elsewhere).finish()
            #expect(outcome.stdout == expected)
        }
        #expect(try ledger.run("trades", environment: elsewhere).ending == .exit(66))
    }

    @Test func `has help for every command, with an example`() throws {
        for (command, words) in try listedCommands().flatMap({
            [($0, [$0, "--help"]), ($0, ["--help", $0]), ($0, [$0, "-h"]), ($0, ["-h", $0]), ($0, ["help", $0])]
        }) {
            let outcome = try ledger.start(words, input: .bytes([])).finish()
            #expect(outcome.ending == .exit(0))
            #expect(outcome.stdout.hasPrefix("usage: tradeledger \(command)"))
            #expect(outcome.stdout.contains("example: tradeledger \(command)"))
            #expect(outcome.stderr.isEmpty)
            expectFits(outcome.lines)
        }
    }

    /// The commands that `tradeledger --help` lists: words after two spaces.
    private func listedCommands() throws -> [String] {
        try ledger.run("--help").lines.filter { $0.hasPrefix("  ") }
            .map { String($0.dropFirst(2).prefix { $0 != " " }) }
            .filter { $0.first?.isLowercase ?? false }
    }

    /// Expects that a terminal of 80 columns wraps only examples, which people copy.
    private func expectFits(_ lines: [String], sourceLocation: SourceLocation = #_sourceLocation) {
        for line in lines where !line.hasPrefix("example: ") {
            #expect(line.count <= 80, "\(line)", sourceLocation: sourceLocation)
        }
    }

    @Test func `lists every command, and prints its version`() throws {
        let help = try ledger.run("--help")
        #expect(help.ending == .exit(0))
        #expect(Set(try listedCommands()).isSuperset(of: Self.contracted))
        #expect(help.stdout.contains("example: "))
        expectFits(help.lines)
        for words in [["-h"], ["help"], ["--quiet", "-h"]] {
            #expect(try ledger.start(words, input: .bytes([])).finish().stdout == help.stdout)
        }
        let version = try ledger.run("--version")
        #expect(version.ending == .exit(0))
        #expect(version.lines.count == 1 && version.stdout.hasPrefix("tradeledger "))
    }

    @Test(
        arguments: [
            (["trdaes"], "; did you mean trades?"), (["verfy", "--local"], "; did you mean verify?"),
            (["trades", "--formt", "csv"], "; did you mean --format?"),
            (["--ledgr=x", "trades"], "; did you mean --ledger?"),
            (["trades", "--as-of-seq", "1"], "; did you mean --as-of-sequence?"), (["xyzzy"], ""),
            (["events", "--colour"], ""), (["events", "--type", "trade.close"], "; did you mean trade.closed?"),
            (["events", "--family", "orders"], "; did you mean order?"),
            (["trades", "--format", "jsn"], "did you mean json?"),
            (["orders", "--status", "accepted,filed"], "; did you mean filled?"),
            (["alerts", "--severity", "critcal"], "; did you mean critical?"),
            (["append", "--ack", "databse"], "; did you mean database?"),
            (["export", "--as", "ndjsn"], "; did you mean ndjson?"),
            (["trades", "--log-level", "warn"], "; did you mean warning?"),
            (["help", "replcate"], "; did you mean replicate?"), (["token", "crate"], "; did you mean create?"),
            (["token", "create", "--role", "apend"], "; did you mean append?"),
        ]
    )
    func `suggests the nearest command or option`(_ words: [String], _ suggestion: String) throws {
        let outcome = try ledger.start(words, input: .bytes([])).finish()
        #expect(outcome.ending == .exit(64) && outcome.messages.count == 1)
        #expect(outcome.stderr.contains(suggestion))
        #expect(!suggestion.isEmpty || !outcome.stderr.contains("did you mean"))
    }

    @Test func `names the time that seconds would mean as milliseconds`() throws {
        let outcome = try ledger.run("trades", "--since", "1767312000")
        #expect(outcome.ending == .exit(64))
        #expect(outcome.stderr.contains("as seconds it would be 2026-01-02T00:00:00.000000Z"))
    }

    @Test(arguments: ["/no/such", "/usr", "/etc/passwd"]) func `says that there is no ledger`(_ path: String) throws {
        for command in [
            "append", "events", "rejected", "trades", "trade x", "status", "verify", "replay", "diff @1 @2",
            "replicate --once",
        ] {
            let words = command.split(separator: " ").map(String.init)
            let outcome = try ledger.start(words + ["--ledger", path], input: .bytes([])).finish()
            #expect(outcome.ending == .exit(66), "\(command)")
            #expect(outcome.messages.count == 1, "\(command)")
            #expect(outcome.stderr.contains(path) && outcome.stderr.contains("tradeledger init"), "\(command)")
        }
    }
}
