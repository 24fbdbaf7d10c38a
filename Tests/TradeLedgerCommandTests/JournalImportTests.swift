import Glibc
import LedgerTestSupport
import Testing

@Suite struct `import journal` {
    private let ledger: CommandLedger
    private var journal: JournalFiles

    init() throws {
        ledger = try CommandLedger()
        journal = try JournalFiles(in: ledger)
    }

    private func run(_ options: String..., exit status: Int32 = 0) throws -> ImportOutput {
        let words = ["import", "journal", journal.path, "--format", "json"] + options
        let outcome = try ledger.start(words, input: .bytes([])).finish()
        #expect(outcome.ending == .exit(status), "\(outcome.stdout)\(outcome.stderr)")
        return try ImportOutput(outcome)
    }

    private func trades() throws -> [[String: JSONValue]] { try ledger.run("trades").lines.map(jsonObject) }

    @Test mutating func `opens and closes trades exactly as their records say`() throws {
        try journal.write(BotRecord("a").closed())
        var short = BotRecord("b")
        (short.side, short.amount, short.symbol) = ("sell", 0.1 + 0.2, "ETH/EUR")
        try journal.write(short)
        let output = try run()
        #expect(output.counts(["files", "records", "opened", "closed", "differing"]) == [2, 2, 2, 1, 0])
        #expect(output.files.isEmpty)
        let (opened, closed) = (try ledger.events("--trade", "a")[0], try ledger.events("--trade", "a")[1])
        #expect(opened["occurred_at"] == .string("2026-01-02T03:04:05.678000Z"))
        #expect(opened["price"] == .string("50000.5") && opened["fee"] == nil)
        #expect(closed["occurred_at"] == .string("2026-01-02T04:04:05.678000Z"))
        #expect(closed["fee"] == .string("0.5"))
        let trades = try trades()
        // (51000.25 − 50000.5) · 0.1 − 0.5, where the bot's floating point gives 99.47500000000001.
        #expect(trades[0]["realized_pnl"] == .string("99.475") && trades[0]["won"] == .bool(true))
        #expect(trades[1]["side"] == .string("sell") && trades[1]["amount"] == .string("0.30000000000000004"))
        #expect(trades[1]["fees"] == .string("0.25"))
        #expect(try ledger.run("verify", "--local").ending == .exit(0))
    }

    @Test mutating func `keeps what no field holds in the context, as it was written`() throws {
        var record = BotRecord("a").closed()
        record.more = ",\n  \"desk\": {\"x\": [1, 2.50],  \"y\": \"a b\"},\n  \"note\": null"
        try journal.write(record)
        _ = try run()
        guard case .object(let context) = try ledger.events("--trade", "a")[0]["context"] else {
            Issue.record("the open has no context")
            return
        }
        #expect(context["market_regime"] == .string("trending") && context["bear_confidence"] == .fraction(1e-07))
        #expect(context["decision_confidence"] == nil && context["note"] == nil)
        #expect(context["journal_file"] == .string(record.fileName))
        #expect(context["journal_hash"]?.text?.count == 64)
        let line = try ledger.run("events", "--trade", "a").lines[0]
        #expect(line.contains(#""desk":{"x":[1,2.50],"y":"a b"}"#))
        #expect(line.contains(#""bull_confidence":0.30000000000000004"#))
        #expect(line.contains(#""reasoning":"volume: \"high\",\n  trend up"#))
        guard case .object(let stated) = try ledger.events("--trade", "a")[1]["context"] else {
            Issue.record("the close has no context")
            return
        }
        #expect(stated["won"] == .bool(true) && stated["realized_pnl"] != nil && stated["pnl_pct"] != nil)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    mutating func `gives the results of the bot's formula, and nothing the second time`(seed: UInt64) throws {
        let records = BotRecord.generated(300, seed: seed)
        try journal.write(records)
        let first = try run()
        let closedCount = records.count { $0.exitPrice != nil }
        #expect(first.counts(["opened", "closed", "unchanged"]) == [300, closedCount, 0])
        #expect(first.counts(["all in journal", "all in ledger", "differing"]) == [300, 300, 0])
        #expect(first.counts(["open in journal", "open in ledger"]) == [300 - closedCount, 300 - closedCount])
        #expect(first.results.count == 2)
        for quote in first.results {
            #expect(quote["difference"] == .string("0") && quote["journal"] == quote["ledger"])
        }
        let times = try ledger.events().map { $0["occurred_at"]?.text ?? "" }
        #expect(times == times.sorted(), "the events are not in the order of time")
        let second = try run()
        #expect(second.counts(["opened", "closed", "unchanged", "differing"]) == [0, 0, 300, 0])
        #expect(second.results == first.results)
        #expect(try ledger.events().count == times.count)
    }

    @Test mutating func `appends to a directory that grew only what is new, with the fee of the close`() throws {
        try journal.write(BotRecord("a"))
        #expect(try run().counts(["opened", "closed"]) == [1, 0])
        try journal.write(BotRecord("a").closed(fees: 0.75))
        try journal.write(BotRecord("b"))
        #expect(try run().counts(["opened", "closed", "unchanged", "differing"]) == [1, 1, 0, 0])
        let events = try ledger.events("--trade", "a")
        #expect(events.map { $0["fee"] } == [.string("0.25"), .string("0.5")])
        #expect(try trades()[0]["fees"] == .string("0.75"))
        #expect(try run().counts(["opened", "closed", "unchanged", "differing"]) == [0, 0, 2, 0])
    }

    @Test mutating func `closes a trade whose record has another context or lower fees, and lists it`() throws {
        try journal.write(BotRecord("a"))
        try journal.write(BotRecord("b"))
        _ = try run()
        var changed = BotRecord("a").closed()
        changed.regime = "choppy"
        try journal.write(changed)
        try journal.write(BotRecord("b").closed(fees: 0.1))
        let output = try run(exit: 65)
        #expect(output.counts(["opened", "closed", "changed", "differing"]) == [0, 2, 2, 0])
        #expect(output.messages[0].hasSuffix("has changed: market_regime"))
        #expect(output.messages[1].hasSuffix("has changed: fees"))
        #expect(try trades().map { $0["status"] } == [.string("closed"), .string("closed")])
        #expect(try trades()[1]["fees"] == .string("0.1"))
        #expect(try run(exit: 65).counts(["opened", "closed", "changed", "unchanged"]) == [0, 0, 1, 1])
    }

    @Test mutating func `lists a record that has changed, with what differs, and appends nothing of it`() throws {
        try journal.write(BotRecord("a"))
        try journal.write(BotRecord("b").closed())
        try journal.write(BotRecord("c"))
        _ = try run()
        var changed = BotRecord("a").closed()
        (changed.amount, changed.regime) = (0.2, "choppy")
        try journal.write(changed)
        try journal.write(BotRecord("b").closed(at: 49_000))
        var dearer = BotRecord("c")
        dearer.fees = 0.3
        try journal.write(dearer)
        let before = try ledger.events().count
        let output = try run(exit: 1)
        #expect(output.statuses == ["changed", "changed", "changed"])
        #expect(output.messages[0].hasSuffix("has changed: amount, market_regime"))
        #expect(output.messages[1].hasSuffix("has changed: exit_price, realized_pnl, pnl_pct, won"))
        #expect(output.messages[2].hasSuffix("has changed: fees"))
        #expect(output.trades.map { $0["trade_id"] } == [.string("a"), .string("b")])
        #expect(output.trades[0]["message"] == .string("closed in the journal, open in the ledger"))
        #expect(output.trades[1]["message"] == .string("the results differ"))
        #expect(output.counts(["changed", "differing"]) == [3, 2])
        #expect(try ledger.events().count == before)
    }

    @Test mutating func `records an order for a trade without a price, and the trade once it has one`() throws {
        var record = BotRecord("m")
        (record.orderType, record.entryPrice) = ("market", 0)
        try journal.write(record)
        for count in [1, 0] {
            let output = try run()
            #expect(output.statuses == ["unpriced"])
            #expect(output.counts(["ordered", "opened", "unpriced"]) == [count, 0, 1])
        }
        let order = try ledger.events()[0]
        #expect(order["type"] == .string("order.submitted") && order["order_id"] == .string("m"))
        guard case .object(let context) = order["context"] else {
            Issue.record("the order has no context")
            return
        }
        #expect(context["entry_price"] == .integer(0) && context["fees"] == .fraction(0.25))
        record.entryPrice = 50_000
        try journal.write(record)
        #expect(try run().counts(["ordered", "opened", "unpriced", "differing"]) == [0, 1, 0, 0])
        #expect(try ledger.events()[1]["order_id"] == .string("m"))
        try journal.write(record.closed())
        #expect(try run().counts(["closed", "unpriced", "differing"]) == [1, 0, 0])
        #expect(try jsonObject(ledger.run("orders").lines[0])["status"] == .string("filled"))
        #expect(try run().counts(["unchanged", "opened", "closed"]) == [1, 0, 0])
    }

    @Test mutating func `takes the bot's record for an event that another program appended, if it says the same`()
        throws
    {
        let open =
            #"{"type":"trade.opened","trade_id":"ID","occurred_at":1767323045678,"symbol":"BTC/USDT","side":"long","#
            + #""order_type":"limit","amount":0.1,"price":PRICE,"fee":"0.25","strategy":"s"}"#
        try ledger.append([
            open.replacing("ID", with: "a").replacing("PRICE", with: "50000.50"),
            open.replacing("ID", with: "b").replacing("PRICE", with: "50001"),
        ])
        try journal.write(BotRecord("a").closed())
        try journal.write(BotRecord("b").closed())
        let output = try run(exit: 1)
        #expect(output.statuses == ["conflict"] && output.messages[0].hasSuffix("with other values: entry_price"))
        #expect(output.counts(["opened", "closed"]) == [0, 1])
        #expect(try trades()[0]["realized_pnl"] == .string("99.475"))
    }

    @Test mutating func `names the trades that differ, and ends with 1`() throws {
        try journal.write(BotRecord("a").closed())
        try journal.write(BotRecord("b"))
        try journal.write(BotRecord("c"))
        _ = try run()
        try ledger.run("adjust", "a", "--kind", "fee", "--cost", "-0.01", "--reason", "late", "--actor", "ann")
        try ledger.run("void", "b", "--reason", "never filled", "--actor", "ann")
        try ledger.append([EventText.closed("c")])
        let output = try run(exit: 1)
        #expect(
            output.trades.map { $0["message"]?.text } == [
                "the results differ", "voided in the ledger", "open in the journal, closed in the ledger",
            ]
        )
        #expect(output.trades[0]["journal"] == .string("99.475"))
        #expect(output.trades[0]["ledger"] == .string("99.465"))
        #expect(output.results[0]["difference"] == .string("-0.01"))
        #expect(output.counts(["unchanged", "differing", "open in journal", "open in ledger"]) == [3, 3, 2, 0])
    }

    @Test mutating func `prints a plan and changes nothing, while another process writes`() throws {
        try journal.write(BotRecord("a"))
        _ = try run()
        try journal.write(BotRecord("a").closed())
        try journal.write(BotRecord("b").closed())
        let writer = try ledger.start(["append"])
        try writer.write(EventText.opened("x") + "\n")
        _ = try writer.readLine()
        #expect(try run(exit: 75).ending == nil)
        // It would add an empty frame.
        try writer.stop()
        let before = try ledger.shell(#"cd "$D/ledger" && find . -type f | sort | xargs sha256sum"#).stdout
        let output = try run("--plan")
        #expect(output.statuses == ["new", "new", "new"])
        #expect(output.messages[2] == "trade.closed at 2026-01-02T04:04:05.678000Z")
        #expect(output.ending == "planned")
        #expect(output.counts(["opened", "closed"]) == [1, 2])
        #expect(try ledger.shell(#"cd "$D/ledger" && find . -type f | sort | xargs sha256sum"#).stdout == before)
        try writer.send(SIGCONT)
        #expect(try writer.finish().ending == .exit(0))
        #expect(try run().counts(["opened", "closed"]) == [1, 2])
    }

    @Test func `fails if its report is not read, unless nothing was to be appended`() throws {
        try journal.write("notes.txt", "x")
        // A pipe that is open for writing, and that nobody can read any more.
        let pipe = #"mkfifo "$D/pipe"; exec 3<>"$D/pipe" 4>"$D/pipe" 3<&-"#
        for (option, status) in [("", "74"), ("--plan", "0")] {
            let program = "\"$T\" import journal '\(journal.path)' \(option)"
            let outcome = try ledger.shell(#"rm -f "$D/pipe"; \#(pipe); \#(program) >&4; echo $?"#)
            #expect(outcome.lines == [status], "\(outcome.stderr)")
        }
    }

    @Test(arguments: ["table", "csv"]) mutating func `prints every format`(_ format: String) throws {
        try journal.write(BotRecord("a").closed())
        try journal.write("notes.txt", "x")
        let outcome = try ledger.run("import", "journal", journal.path, "--format", format)
        #expect(outcome.ending == .exit(65))
        let columns = ["kind", "name", "status", "trade_id", "count", "journal", "ledger", "difference", "message"]
        // A table leaves out a column that no line has a value in.
        let shown = columns.filter { $0 != "trade_id" || format == "csv" }
        let separators: Set<Character> = [" ", ","]
        #expect(outcome.lines[0].split(whereSeparator: separators.contains).map(String.init) == shown)
        let result = try #require(outcome.lines.first { $0.hasPrefix("pnl") })
        #expect(result.split(whereSeparator: separators.contains) == ["pnl", "USDT", "1", "99.475", "99.475", "0"])
    }
}

/// What `import journal` printed, by kind.
struct ImportOutput {
    private(set) var files: [[String: JSONValue]] = []
    private(set) var trades: [[String: JSONValue]] = []
    private(set) var results: [[String: JSONValue]] = []
    /// How the import ended; nil if it printed nothing about that.
    private(set) var ending: String?
    private var numbers: [String: Int] = [:]

    init(_ outcome: ChildProcess.Outcome) throws {
        for line in outcome.lines {
            let record = try jsonObject(line)
            let name = record["name"]?.text ?? ""
            switch record["kind"]?.text {
            case "file": files.append(record)
            case "trade": trades.append(record)
            case "pnl": results.append(record)
            case "ending": ending = record["status"]?.text
            case "trades":
                for side in ["journal", "ledger"] { numbers["\(name) in \(side)"] = Int(record[side]?.number ?? -1) }
            default: numbers[name] = Int(record["count"]?.number ?? -1)
            }
        }
    }

    var statuses: [String] { files.map { $0["status"]?.text ?? "" } }
    var messages: [String] { files.map { $0["message"]?.text ?? "" } }

    /// What was counted under these names.
    func counts(_ names: [String]) -> [Int] { names.map { numbers[$0, default: -1] } }
}
