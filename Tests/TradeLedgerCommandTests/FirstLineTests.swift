import LedgerTestSupport
import Testing

@Suite struct `The first line of what append reads` {
    private static let event = EventText.opened("a") + "\n"
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private let ledger: CommandLedger

    init() throws {
        ledger = try CommandLedger()
    }

    /// Input that is not NDJSON, by what it is.
    private static let others: [(String, [UInt8])] = [
        ("a CSV", Array("trade_id,symbol,side\na,BTC/USDT,buy\n".utf8)),
        ("a CSV", byteOrderMark + Array("\n\"trade_id\";\"symbol\"\n\"a\";\"BTC/USDT\"".utf8)),
        ("a SQLite database", Array("SQLite format 3\0\u{10}\n\n\(event)".utf8)),
        ("compressed by gzip", [0x1F, 0x8B, 0x08, 0x00, 0x0A, 0x00, 0x7B, 0x0A, 0xFF]),
        ("a ZIP archive or a spreadsheet", Array("PK\u{3}\u{4}\n\(event)".utf8)),
        ("UTF-16 text", [0xFF, 0xFE] + event.utf16.flatMap { [UInt8($0), 0] }),
        ("UTF-16 text", event.utf16.flatMap { [UInt8($0), 0] }),
        ("a JSON array", Array(" [\(event),\(event)]\n".utf8)),
        ("one JSON object over several lines", Array("{\r\n\"trades\": 1\n}\n".utf8)),
        ("binary data", [0x80, 0x0A, 0xFF, 0x0A]),
        ("text that is not JSON", Array("bot started\n\(event)".utf8)),
    ]

    @Test(arguments: others)
    func `refuses what is not NDJSON, and keeps nothing of it`(_ format: String, _ bytes: [UInt8]) throws {
        for operands in [[], ["/dev/stdin"]] {
            let outcome = try ledger.start(["append"] + operands, input: .bytes(bytes)).finish()
            #expect(outcome.ending == .exit(65))
            #expect(outcome.stdout.isEmpty && outcome.messages.count == 1)
            #expect(outcome.stderr.contains("is not NDJSON") && outcome.stderr.contains("it is \(format);"))
            #expect(outcome.stderr.contains(operands.first ?? "standard input"))
        }
        #expect(try ledger.events().isEmpty)
        #expect(try ledger.run("rejected").stdout.isEmpty)
    }

    @Test(arguments: [#"{"type":"trade.opened", broken"#, #"{"type":"trade.op"#, "{}", " {\t}"])
    func `is kept as rejected if it is a broken event, and the rest is processed`(_ line: String) throws {
        let outcome = try ledger.run("append", input: "\n \t\r\n\(line)\n\(Self.event)a,b,c\n")
        #expect(outcome.ending == .exit(65))
        let answers = try outcome.lines.map(jsonObject)
        #expect(answers.map { $0["status"]?.text } == ["rejected", "appended", "rejected"])
        #expect(answers.map { $0["line"]?.number } == [3, 4, 5])
        let kept = try ledger.run("rejected").lines.map(jsonObject)
        #expect(kept.map { $0["line"]?.text } == [line, "a,b,c"])
    }

    @Test func `may begin with the byte-order mark of UTF-8`() throws {
        let outcome = try ledger.start(["append"], input: .bytes(Self.byteOrderMark + Array(Self.event.utf8))).finish()
        #expect(outcome.ending == .exit(0))
        #expect(try ledger.events().count == 1)
    }
}
