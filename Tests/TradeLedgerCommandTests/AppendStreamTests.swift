import Glibc
import LedgerTestSupport
import Testing

@Suite struct `The command append on pipes` {
    private let ledger: CommandLedger

    init() throws {
        ledger = try CommandLedger()
    }

    @Test func `answers each line of a co-process before it waits for the next`() throws {
        let process = try ledger.start(["append"])
        for (index, line) in EventText.generated(100, seed: 21).enumerated() {
            try process.write(line + "\n")
            let answer = try jsonObject(try #require(try process.readLine()))
            #expect(answer["sequence"] == .integer(Int64(index + 1)))
        }
        #expect(try process.finish().ending == .exit(0))
    }

    @Test func `says that acknowledgements were lost if stdout was closed, and loses no event`() throws {
        let lines = EventText.generated(5000, seed: 22)
        let text = lines.map { $0 + "\n" }.joined()
        _ = try ledger.file("events.ndjson", text)
        let outcome = try ledger.shell(
            #"{ "$T" append "$D/events.ndjson"; echo $? > "$D/status"; } | head -1; cat "$D/status""#
        )
        #expect(outcome.lines.last == "74")
        #expect(outcome.messages.count == 1)
        #expect(outcome.stderr.contains("stdout was closed"))
        #expect(outcome.stderr.contains("send the events again"))
        #expect(try ledger.run("verify").ending == .exit(0))
        let again = try ledger.run("append", "--quiet", input: text)
        // Events without an id that are no open, close or fill cannot be recognised, and may break a rule by now.
        #expect(again.ending == .exit(0) || again.ending == .exit(65))
        let opened = Set(lines.filter { $0.contains("trade.opened") }.map { $0.count })
        #expect(try ledger.events("--type", "trade.opened").count >= opened.count)
    }

    @Test(arguments: ["events", "trades"])
    func `commands that only read end without an error if their reader is gone`(_ command: String) throws {
        try ledger.append(EventText.generated(2000, seed: 23))
        let outcome = try ledger.shell(
            #"{ "$T" \#(command); echo $? > "$D/status"; } | head -1; cat "$D/status""#
        )
        #expect(outcome.lines.count == 2 && outcome.lines.last == "0")
        #expect(outcome.messages.count == 1)
    }

    @Test(arguments: [("<&-", 74), (">&- < $D/one", 74), ("2>&- < $D/one", 0), ("2>&- >&- < $D/one", 74)])
    func `writes nothing into the ledger's files if a standard descriptor is closed`(
        _ redirection: String,
        _ status: Int32
    ) throws {
        _ = try ledger.file("one", EventText.opened("a") + "\n")
        #expect(try ledger.shell(#""$T" append \#(redirection)"#).ending == .exit(status))
        #expect(try ledger.run("verify").ending == .exit(0))
        try ledger.append([EventText.opened("b")])
    }
}
