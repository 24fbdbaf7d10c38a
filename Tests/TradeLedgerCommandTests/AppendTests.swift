import Glibc
import LedgerTestSupport
import Testing

@Suite struct `The command append` {
    private let ledger: CommandLedger

    init() throws {
        ledger = try CommandLedger()
    }

    @Test(arguments: ["file", "standard input", "-", "pipe"])
    func `acknowledges each event in order, with its sequence, id and line`(_ form: String) throws {
        let lines = EventText.generated(50, seed: 11)
        let text = lines.map { $0 + "\n" }.joined()
        let file = try ledger.file("events.ndjson", text)
        let outcome =
            switch form {
            case "file": try ledger.run("append", file)
            case "-": try ledger.run("append", "-", input: text)
            case "pipe": try ledger.shell(#"cat "$D/events.ndjson" | "$T" append"#)
            default: try ledger.run("append", input: text)
            }
        #expect(outcome.ending == .exit(0))
        let events = try ledger.events()
        #expect(events.count == 50 && outcome.lines.count == 50)
        for (index, (line, event)) in zip(outcome.lines, events).enumerated() {
            let id = try #require(event["event_id"]?.text)
            let number = index + 1
            #expect(line == #"{"status":"appended","sequence":\#(number),"event_id":"\#(id)","line":\#(number)}"#)
        }
        #expect(outcome.stderr == "tradeledger: 50 appended, 0 duplicates, 0 rejected\n")
    }

    @Test func `shows no progress bar for short work, and none among acknowledgements`() throws {
        _ = try ledger.file("event", EventText.opened("t") + "\n")
        let append = #"script -qec '"$T" append "$D/event"%' /dev/null"#
        let shown = try ledger.shell(append.replacing("%", with: ##" >"$D/acknowledged""##)).stdout
        #expect(shown == "tradeledger: 1 appended, 0 duplicates, 0 rejected\r\n")
        let onTerminal = try ledger.shell(append.replacing("%", with: "")).stdout
        #expect(onTerminal.hasPrefix(#"{"status":"duplicate""#) && !onTerminal.contains("append ["))
    }

    @Test func `answers a retry with the sequence on record`() throws {
        let line = EventText.opened("t", more: #","event_id":"01890a5d-ac96-774b-bcce-b302099a8057""#)
        let outcome = try ledger.run("append", input: line + "\n" + line + "\n")
        #expect(outcome.ending == .exit(0))
        let id = #""event_id":"01890a5d-ac96-774b-bcce-b302099a8057""#
        #expect(
            outcome.lines == [
                #"{"status":"appended","sequence":1,\#(id),"line":1}"#,
                #"{"status":"duplicate","sequence":1,\#(id),"line":2}"#,
            ]
        )
    }

    @Test func `continues after a broken line among many, and keeps it`() throws {
        var lines = EventText.generated(2000, seed: 12)
        let broken = #"{"type":"trade.opened","trade_id":"#
        lines.insert(broken, at: 1000)
        let outcome = try ledger.run("append", "--quiet", input: lines.map { $0 + "\n" }.joined())
        #expect(outcome.ending == .exit(65))
        #expect(outcome.lines.count == 1)
        let refusal = try jsonObject(try #require(outcome.lines.first))
        #expect(Set(refusal.keys) == ["status", "line", "code", "message"])
        #expect(refusal["status"] == .string("rejected"))
        #expect(refusal["line"] == .integer(1001))
        #expect(refusal["code"] == .string("invalid_json"))
        #expect(try ledger.events().count == 2000)
        let kept = try #require(try ledger.run("rejected").lines.map(jsonObject).first)
        #expect(kept["code"] == .string("invalid_json"))
        #expect(kept["line"] == .string(broken))
        #expect(kept["line_bytes"] == .integer(Int64(broken.utf8.count)))
        #expect(kept["message"] == refusal["message"])
        #expect(kept["rejected_at"]?.text?.hasSuffix("Z") == true)
    }

    @Test func `prints rejections between acknowledgements`() throws {
        let input = [EventText.closed("nobody"), EventText.opened("t"), EventText.opened("t", price: "1")]
        let outcome = try ledger.run("append", input: input.map { $0 + "\n" }.joined())
        #expect(outcome.ending == .exit(65))
        let answers = try outcome.lines.map(jsonObject)
        #expect(answers.map { $0["code"]?.text } == ["unknown_trade", nil, "trade_exists"])
        #expect(answers.map { $0["line"]?.number } == [1, 2, 3])
        #expect(outcome.stderr == "tradeledger: 1 appended, 0 duplicates, 2 rejected\n")
    }

    @Test(arguments: ["", "\n", "\n\n\n"])
    func `accepts input without events`(_ input: String) throws {
        let outcome = try ledger.run("append", try ledger.file("empty", input))
        #expect(outcome.ending == .exit(0))
        #expect(outcome.stdout.isEmpty)
        #expect(outcome.messages.count == 1)
    }

    @Test func `accepts a last line without a line feed, carriage returns and empty lines`() throws {
        let outcome = try ledger.run("append", input: EventText.opened("a") + "\r\n\n" + EventText.opened("b"))
        #expect(outcome.ending == .exit(0))
        #expect(try outcome.lines.map { try jsonObject($0)["line"]?.number } == [1, 3])
    }

    @Test func `skips an empty line that ends in a carriage return`() throws {
        let outcome = try ledger.run("append", input: "\r\n" + EventText.opened("a") + "\r\n\r\n")
        #expect(outcome.ending == .exit(0))
        #expect(try outcome.lines.map { try jsonObject($0)["line"]?.number } == [2])
    }

    @Test func `refuses a line of 3 MiB, keeps its beginning and continues`() throws {
        let long = EventText.opened("t", more: #","reason":""# + String(repeating: "x", count: 3 << 20) + "\"")
        let outcome = try ledger.run("append", input: long + "\n" + EventText.opened("a") + "\n")
        #expect(outcome.ending == .exit(65))
        let answers = try outcome.lines.map(jsonObject)
        #expect(answers.map { $0["code"]?.text } == ["event_too_large", nil])
        let kept = try #require(try ledger.run("rejected").lines.map(jsonObject).first)
        #expect(kept["line_bytes"] == .integer(Int64(long.utf8.count)))
        #expect(long.hasPrefix(try #require(kept["line"]?.text)))
    }

    @Test func `names a file that is missing`() throws {
        let outcome = try ledger.run("append", "/no/such.ndjson")
        #expect(outcome.ending == .exit(66))
        #expect(outcome.stderr == "tradeledger: cannot open /no/such.ndjson: No such file or directory\n")
    }

    @Test func `refuses a second writer and names the first`() throws {
        let first = try ledger.start(["append"])
        try first.write(EventText.opened("a") + "\n")
        #expect(try first.readLine() != nil)
        let second = try ledger.run("append", input: EventText.opened("b") + "\n")
        #expect(second.ending == .exit(75))
        #expect(second.messages.count == 1)
        #expect(second.stderr.contains("process \(first.pid)"))
        let status = try jsonObject(try #require(try ledger.run("status").lines.first))
        #expect(status["writer"] == .integer(Int64(first.pid)))
        #expect(try first.finish().ending == .exit(0))
        #expect(try ledger.events().count == 1)
    }
}
