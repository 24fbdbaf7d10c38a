import Glibc
import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Testing

/// Characters that control a terminal, reverse text or are invisible.
private enum Hostile {
    /// ESC, BEL, CR, LF, TAB, BS, DEL, C1, bidirectional controls, characters without a width or that are not seen, and
    /// line separators.
    static let scalars: [Unicode.Scalar] = [
        "\u{1B}", "\u{07}", "\r", "\n", "\t", "\u{08}", "\u{7F}", "\u{80}", "\u{85}", "\u{9B}", "\u{9D}", "\u{AD}",
        "\u{61C}", "\u{200B}", "\u{200C}", "\u{200D}", "\u{200E}", "\u{200F}", "\u{2028}", "\u{2029}", "\u{202A}",
        "\u{202E}", "\u{2060}", "\u{2066}", "\u{2069}", "\u{FEFF}", "\u{FE0F}", "\u{E0041}",
    ]
    static let text = "x" + scalars.map(String.init).joined(separator: "y") + "z"

    /// The text as a JSON string.
    static let json = "\"" + escaped + "\""
    private static let escaped = text.utf16.map { unit in
        (0x20..<0x7F).contains(unit) ? String(UnicodeScalar(UInt8(unit))) : "\\u" + hexadecimal(unit)
    }.joined()

    private static func hexadecimal(_ unit: UInt16) -> String {
        let digits = String(unit, radix: 16)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }

    /// The characters of a printed text that a terminal would obey, without the line feeds between lines.
    static func found(in shown: String, lineCountMax: Int = .max) -> [String] {
        let lines = shown.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
        var found = lines.flatMap { $0.filter { scalars.contains($0) || $0.value < 0x20 } }
            .map { String($0.value, radix: 16) }
        if lines.count - 1 > lineCountMax { found.append("\(lines.count - 1) lines") }
        return found
    }
}

@Suite struct `Foreign text on a terminal` {
    private let ledger: CommandLedger

    /// A ledger in which every text from a producer is hostile.
    init() throws {
        ledger = CommandLedger(empty: ())
        let text = Hostile.json
        let opened =
            #"{"type":"trade.opened","trade_id":\#(text),"occurred_at":"2026-01-02T03:04:05Z","symbol":\#(text),"#
            + #""side":"buy","order_type":\#(text),"strategy":\#(text),"account":\#(text),"amount":"2","price":"1","#
            + #""correlation_id":\#(text),"context":{"signals":\#(Self.raw)}}"#
        let closed =
            #"{"type":"trade.closed","trade_id":\#(text),"occurred_at":"2026-01-03T00:00:00Z","price":"2","#
            + #""reason":\#(text),"actor":\#(text)}"#
        let refused = #"{"type":"trade.closed","trade_id":"no\#(text.dropFirst()),"occurred_at":1800000000000}"#
        try Self.require(ledger.run("init", "--signing-key"))
        try ledger.append([opened, closed])
        #expect(try ledger.run("append", "--quiet", input: refused + "\nno \(Self.raw) JSON\n").ending == .exit(65))
    }

    /// The characters that JSON text may hold as they are.
    private static let raw = "\"" + Hostile.text.filter { !($0.unicodeScalars.first?.value ?? 0 < 0x20) } + "\""

    private static func require(_ outcome: ChildProcess.Outcome) throws {
        try #require(outcome.ending == .exit(0), "\(outcome.stderr)")
    }

    /// Commands that print what was sent, and how many lines they print at most.
    private static let listings: [(words: [String], lineCountMax: Int)] = [
        (["events"], 3), (["trades"], 3), (["trade", Hostile.text], 14), (["rejected"], 3), (["diff", "@0", "@2"], 3),
        (["diff", "@1", "@2"], 16), (["replay"], 3), (["replay", "--until-sequence", "1"], 3), (["status"], 30),
        (["verify"], 20),
    ]

    @Test func `is escaped in tables, also behind a pager`() throws {
        for (words, lineCountMax) in Self.listings {
            // So many columns that no line is broken.
            let environment = ["COLUMNS": "100000"]
            let outcome = try ledger.start(
                words + ["--format", "table"],
                input: .bytes([]),
                environment: environment
            ).finish()
            #expect(outcome.stdout.contains("\\u001b") || ["status", "verify"].contains(words[0]), "\(words)")
            #expect(Hostile.found(in: outcome.stdout, lineCountMax: lineCountMax).isEmpty, "\(words)")
            #expect(Hostile.found(in: outcome.stderr, lineCountMax: 3).isEmpty, "\(words)")
        }
        let proof = try ledger.file("t.proof", try ledger.run("prove", Hostile.text).stdout)
        let checked = try ledger.run("verify-proof", proof, "--format", "table", "--wide")
        #expect(checked.ending == .exit(0) && checked.stdout.contains("\\u202e"))
        #expect(Hostile.found(in: checked.stdout, lineCountMax: 3).isEmpty)
        #expect(Hostile.found(in: checked.stderr, lineCountMax: 2).isEmpty)
    }

    /// Wrong arguments, which messages quote.
    private static let mistakes: [[String]] = [
        [Hostile.text], ["events", "--" + Hostile.text], ["events", "--from", Hostile.text],
        ["trade", Hostile.text + "2"],
        ["prove", "no" + Hostile.text], ["events", "--type", Hostile.text], ["trades", "--since", Hostile.text],
        ["trades", "--format", Hostile.text], ["append", "/no/" + Hostile.text], ["diff", "@1", "@" + Hostile.text],
        ["diff", "@1", "/no/" + Hostile.text], ["trades", "--ledger", "/no/" + Hostile.text], ["help", Hostile.text],
        ["verify", "--against", "/no/" + Hostile.text], ["verify-proof", "/no/" + Hostile.text],
        ["restore", "/no/" + Hostile.text], ["backup", "/no/" + Hostile.text],
        ["repair", "--accept-loss", Hostile.text],
        ["export", "--as", "csv", "--out", "/no/" + Hostile.text], ["replay", "--into", "/no/" + Hostile.text],
        ["checkpoint", "--publish", "/no/" + Hostile.text], ["init", "--ledger", "/no/" + Hostile.text],
        ["selftest", "--ledger", "/no/" + Hostile.text], ["migrate", "--retention", Hostile.text],
        ["append", "--ack", Hostile.text], ["status", "--database", "host=" + Hostile.text],
        ["verify", "--database", "postgres://localhost:1/" + Hostile.text],
        ["replicate", "--once", "--database", "postgres://\(Hostile.text)@localhost:1/x"],
    ]

    @Test(arguments: ["text", "json"]) func `is escaped in messages`(_ logFormat: String) throws {
        for words in Self.mistakes {
            let outcome = try ledger.start(words + ["--log-format", logFormat], input: .bytes([])).finish()
            #expect(outcome.ending != .exit(0) || words[0] == "status", "\(words[0])")
            #expect(!outcome.messages.isEmpty, "\(words[0])")
            #expect(Hostile.found(in: outcome.stderr, lineCountMax: 1).isEmpty, "\(words[0]): \(outcome.stderr)")
        }
    }

    @Test func `is escaped in the names of files and directories`() throws {
        let name = Hostile.text.filter { $0 != "/" }
        let folder = ledger.directory.path + "/" + name
        for words in [["backup", folder], ["init", "--ledger", folder + "2"], ["status", "--ledger", folder]] {
            let outcome = try ledger.start(words + ["--format", "table"], input: .bytes([])).finish()
            #expect(outcome.ending == .exit(0), "\(outcome.stderr)")
            #expect(outcome.stdout.contains("\\u202e"), "\(words[0])")
            #expect(Hostile.found(in: outcome.stdout).isEmpty, "\(words[0])")
            #expect(Hostile.found(in: outcome.stderr).isEmpty, "\(words[0])")
        }
        let lost = try ledger.start(["verify", "--ledger", folder + "3"], input: .bytes([])).finish()
        #expect(lost.ending == .exit(66) && Hostile.found(in: lost.stderr, lineCountMax: 1).isEmpty)
        _ = try ledger.file("ledger/00000000000000000002\(name).segment", "x")
        for command in ["verify", "repair"] {
            let outcome = try ledger.run(command, "--format", "table")
            #expect(Hostile.found(in: outcome.stdout).isEmpty, "\(command)")
            #expect(Hostile.found(in: outcome.stderr).isEmpty, "\(command)")
        }
    }

    @Test func `is escaped in JSON and CSV on a terminal, and exact in a pipe`() throws {
        for command in [
            "events", "trades", "rejected", #"trade "$I""#, "diff @0 @2", "export --as csv", "export --as ndjson",
            "append $D/refused",
        ] {
            for format in ["json", "csv"] {
                let outcome = try showOnTerminal("\(command) --format \(format)")
                #expect(outcome.contains("\\u202e"), "\(command)")
                #expect(Hostile.found(in: outcome.replacing("\r\n", with: "\n")).isEmpty, "\(command) \(format)")
            }
        }
        // The same JSON, when copied from the screen.
        let shown = try showOnTerminal("trades --format json").replacing("\r\n", with: "\n")
        let exact = try ledger.run("trades", "--format", "json").stdout
        #expect(try jsonObject(shown) == jsonObject(exact))
        #expect(exact.unicodeScalars.contains("\u{202E}") && !shown.unicodeScalars.contains("\u{202E}"))
    }

    /// What script(1) shows on a terminal of its own; `$I` is the id of the trade.
    private func showOnTerminal(_ command: String) throws -> String {
        // The answer names the trade, which is closed already.
        let refused =
            #"{"type":"trade.closed","trade_id":\#(Hostile.json),"occurred_at":1800000000000,"price":"3"}"#
        _ = try ledger.file("refused", refused)
        let script = #"script -qec '"$T" \#(command) 2>/dev/null' /dev/null"#
        return try ledger.startShell(script, environment: ["I": Hostile.text]).finish().stdout
    }
}

@Suite(.needsServer) struct `Foreign text of a database on a terminal` {
    @Test(arguments: TestServer.all)
    func `is escaped in tables and messages`(server: TestServer) throws {
        try server.withReplicatedLedger { ledger, url in
            var connection = try Connection(url: url, password: nil, applicationName: "tests")
            let literal = "'" + Hostile.text + "'"
            try connection.execute(
                """
                UPDATE ledger.trades SET trade_id = \(literal), strategy = \(literal) WHERE trade_id = 'trade-1';
                UPDATE ledger.trades SET symbol = \(literal) WHERE trade_id = 'trade-2';
                UPDATE ledger.trade_events SET actor = \(literal) WHERE sequence = 17
                """
            )
            for words in [
                ["diff", ledger.path, url], ["verify", "--database", url], ["status", "--database", url],
                ["replicate", "--once", "--database", url + Hostile.text],
                ["replicate", "--repair", "--once", "--database", url],
            ] {
                let outcome = try ledger.start(words + ["--format", "table"], input: .bytes([])).finish()
                #expect(Hostile.found(in: outcome.stdout).isEmpty, "\(words[0])")
                #expect(Hostile.found(in: outcome.stderr).isEmpty, "\(words[0]): \(outcome.stderr)")
            }
        }
    }
}
