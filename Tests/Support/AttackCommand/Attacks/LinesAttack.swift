internal import Glibc
internal import LedgerTestSupport

/// Appends hostile lines, prints them in every format, and appends the output to another ledger.
///
/// Each line gets exactly one answer; the other ledger is equal; strict readers accept all output.
struct LinesAttack {
    private let lines: [[UInt8]]

    init(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var hostile = HostileLines(&random)
        // A file whose first line is not an event would be refused as a whole.
        lines = [Array(Lines.identified(1, seed: seed)[0].utf8)] + (0..<40).map { _ in hostile.next() }
    }

    func run() throws -> Int {
        let ledger = try AttackedLedger()
        let outcome = try ledger.run(["append"], input: Array(lines.joined(separator: [0x0A])) + [0x0A])
        try checkAnswers(outcome)
        let events = try ledger.succeed(["events"])
        try checkCopy(events, ledger)
        try printEverything(ledger, events)
        try ledger.succeed(["verify", "--local", "--deep"])
        return lines.count
    }

    private func checkAnswers(_ outcome: ChildProcess.Outcome) throws {
        let numbers = lines.indices.filter { !lines[$0].isEmpty && lines[$0] != [0x0D] }.map { Int64($0 + 1) }
        let answers = try outcome.lines.map { try StrictJSON.value(of: Array($0.utf8)) }
        try promise(answers.map { $0["line"]?.integer } == numbers, "the answers are not those of each line, once")
        let rejectedCount = answers.count { $0["status"]?.text == "rejected" }
        try promise(
            outcome.ending == .exit(rejectedCount > 0 ? 65 : 0),
            "`append` rejects \(rejectedCount) lines and ends with \(outcome.ending): \(outcome.stderr)"
        )
    }

    /// The output of `events` can be appended to another ledger, and gives the same events.
    private func checkCopy(_ events: ChildProcess.Outcome, _ ledger: AttackedLedger) throws {
        let copy = AttackedLedger(at: ledger.directory.path + "/copy", within: ledger.directory)
        try copy.succeed(["init"])
        let outcome = try copy.run(["append"], input: events.output)
        try promise(
            outcome.ending == .exit(0),
            "what `events` prints is not appended: \(outcome.lines.first { $0.contains("rejected") } ?? outcome.stderr)"
        )
        let printed = try Self.bodies(events)
        let again = try Self.bodies(try copy.succeed(["events"]))
        try promise(again.count == printed.count, "\(printed.count) events printed, \(again.count) in the copy")
        for (original, copied) in zip(printed, again) {
            try promise(original == copied, "an event is another one in the copy: \(original) \(copied)")
        }
        let trades = try ledger.succeed(["trades"]).output
        try promise(try copy.succeed(["trades"]).output == trades, "the trades of the copy are others")
    }

    /// Events without what each ledger adds itself.
    private static func bodies(_ events: ChildProcess.Outcome) throws -> [StrictJSON.Value] {
        try events.output.split(separator: 0x0A).map { line in
            guard case .object(var members) = try StrictJSON.value(of: Array(line)) else { return .null }
            for name in ["recorded_at", "ledger_id"] { members[name] = nil }
            return .object(members)
        }
    }

    /// The strict readers check every command that prints text of others.
    private func printEverything(_ ledger: AttackedLedger, _ events: ChildProcess.Outcome) throws {
        var ids: Set<String> = []
        for line in events.output.split(separator: 0x0A) {
            if let id = try StrictJSON.value(of: Array(line))["trade_id"]?.text { ids.insert(id) }
        }
        for format in ["json", "csv", "table"] {
            let listings = [
                ["events"], ["trades"], ["rejected"], ["status"], ["replay"], ["performance"],
                ["performance", "--by", "tag"], ["token", "list"],
            ]
            for command in listings {
                try ledger.run(command + ["--format", format])
            }
            for id in ids.sorted().prefix(3) { try ledger.run(["trade", "--format", format, "--", id]) }
        }
        for form in ["csv", "ndjson"] { try ledger.run(["export", "--as", form]) }
        try importJournal(ledger)
        // Messages quote the arguments.
        for text in ["\u{1B}[31m\u{7}", "a\nb\r", "\u{202E}x\u{200B}", "\u{9B}2J"] {
            let halt = ["halt", "symbol:\(text)", "--reason", text, "--actor", text]
            let token = ["token", "create", "--role", "read", "--name", text]
            for command in [
                ["trade", text], [text], ["events", "--\(text)"], ["events", "--from", text], halt, token,
                ["token", text], ["token", "revoke", text],
            ] {
                try ledger.run(command)
            }
            for option in ["--ledger", "--database"] { try ledger.run(["status", option, text]) }
        }
    }

    /// Imports each line as a file of a bot's journal, with its keys under the names of a record.
    private func importJournal(_ ledger: AttackedLedger) throws {
        let directory = ledger.directory.path + "/journal"
        guard unsafe mkdir(directory, 0o700) == 0 else { throw BrokenPromise("a directory for a journal") }
        let names = [("occurred_at", "timestamp"), ("price", "entry_price")]
        for (number, line) in lines.enumerated() {
            // Bad UTF-8 stays as it is only in other files of the attack.
            let text = names.reduce(String(decoding: line, as: UTF8.self)) { text, name in
                text.replacing("\"\(name.0)\"", with: "\"\(name.1)\"")
            }
            let bytes = number.isMultiple(of: 2) ? Array(text.utf8) : line
            let path = "\(directory)/20270115_080000_\(Self.fileTexts[number % Self.fileTexts.count])\(number).json"
            try Self.write(bytes, to: path)
        }
        for format in ["json", "csv", "table"] {
            try ledger.run(["import", "journal", directory, "--plan", "--format", format])
        }
        try ledger.run(["import", "journal", directory])
        let events = try ledger.succeed(["events"]).output
        try ledger.run(["import", "journal", directory])
        try promise(try ledger.succeed(["events"]).output == events, "a second import appends events")
    }

    /// What the names of files can hold.
    private static let fileTexts = ["a", "\u{1B}[31m", "a\nb", "\u{202E}x", "=1+1", "\"", "--help", " "]

    private static func write(_ bytes: [UInt8], to path: String) throws {
        let file = unsafe fopen(path, "w")
        guard unsafe file != nil else { throw BrokenPromise("a file \(path)") }
        defer { unsafe fclose(file) }
        let count = unsafe bytes.withUnsafeBytes { unsafe fwrite($0.baseAddress, 1, $0.count, file) }
        try promise(count == bytes.count, "\(path) is written")
    }
}

/// Lines that a producer could send by mistake or on purpose.
struct HostileLines {
    private var random: SeededGenerator
    private var generator: EventGenerator
    private var tradeCount = 0

    init(_ random: inout SeededGenerator) {
        generator = EventGenerator(seed: random.next())
        self.random = SeededGenerator(seed: random.next())
    }

    private static let texts = [
        "\u{1B}[2J\u{1B}[31m", "\u{7}\u{8}", "a\r\nb\nc", "\u{202E}gnp\u{2066}", "a\u{200B}b\u{FEFF}", "\u{9B}31m",
        "=1+1", "+1", "-1", "@SUM(A1)", "a,b\"c\"", "\\", "日本/円", "\u{1F600}", "\u{10FFFF}", "\u{7F}", "a\tb",
        "\u{2028}\u{2029}", " ", "--help", "-", "'; DROP TABLE ledger.trades; --",
    ]
    private static let numbers = [
        "1e-38", "1e38", "1e39", "1e-39", "1e999999999", "-0", "0.0", "01", "+1", "1.", ".5", "NaN", "Infinity", "0x10",
        "170141183460469231731687303715884105727", "170141183460469231731687303715884105728", "1E+2", "\"1e2\"",
        "\" 1\"", "\"\"", "0.00000000000000000000000000000000000001", "99999999999999999999999999999999999999",
    ]
    private static let times = [
        "1735689600", "1735689600000", "0", "-1", "999999999999", "1000000000000", "9223372036854775807",
        "\"2026-01-05\"", "\"2026-01-05T00:00:00\"", "\"2026-01-05T00:00:00Z\"", "\"2026-01-05T24:00:00Z\"",
        "\"2026-02-30T00:00:00Z\"", "\"9999-12-31T23:59:59.999999Z\"", "\"10000-01-01T00:00:00Z\"", "1.5e12",
        "\"1969-12-31T23:59:59Z\"", "\"2026-01-05T00:00:00+23:59\"", "\"2026-01-05T23:59:60Z\"",
    ]

    /// The next line, without a line feed.
    mutating func next() -> [UInt8] {
        switch random.next(below: 20) {
        case 0...3: Array(generator.nextLine().utf8)
        case 4...7: Array(opened(id: text(), price: "1", time: "1800000000000").utf8)
        case 8...10: Array(opened(id: newID(), price: pick(Self.numbers), time: "1800000000000").utf8)
        case 11...13: Array(opened(id: newID(), price: "1", time: pick(Self.times)).utf8)
        case 14: nested()
        case 15: long()
        case 16...17: Array(ofOtherFamily().utf8)
        default: broken()
        }
    }

    private mutating func pick(_ choices: [String]) -> String {
        choices[Int(random.next(below: UInt64(choices.count)))]
    }

    private mutating func newID() -> String {
        tradeCount += 1
        return "\"h-\(tradeCount)\""
    }

    /// A text as JSON, with every character escaped or only those that must be.
    private mutating func text() -> String {
        tradeCount += 1
        let text = pick(Self.texts) + String(tradeCount)
        let escapesAll = random.next(below: 2) == 0
        let units = text.unicodeScalars.map { scalar -> String in
            guard escapesAll || scalar.value < 0x20 || scalar == "\"" || scalar == "\\" else { return String(scalar) }
            return String(scalar).utf16.map { unit in
                let digits = String(unit, radix: 16)
                return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }.joined()
        }
        return "\"\(units.joined())\""
    }

    private mutating func opened(id: String, price: String, time: String, more: String = "") -> String {
        #"{"type":"trade.opened","trade_id":\#(id),"occurred_at":\#(time),"symbol":"A/B","side":"buy","#
            + #""order_type":"market","amount":"1","price":\#(price),"strategy":\#(text()),"tag":\#(text())\#(more)}"#
    }

    /// An event of an order, an account, a price or a halt.
    private mutating func ofOtherFamily() -> String {
        let number = pick(Self.numbers)
        let members =
            switch random.next(below: 6) {
            case 0:
                #""type":"order.submitted","order_id":\#(text()),"symbol":"A/B","side":"buy","order_type":"limit","#
                    + #""quote_amount":\#(number),"time_in_force":\#(text()),"venue":\#(text())"#
            case 1: #""type":"order.rejected","order_id":\#(text()),"reason":\#(text())"#
            case 2:
                #""type":"account.transferred","account":\#(text()),"to_account":\#(text()),"amount":\#(number),"#
                    + #""currency":\#(text())"#
            case 3: #""type":"account.adjusted","account":"a","kind":"other","cost":\#(number),"currency":"C""#
            case 4: #""type":"price.observed","symbol":\#(text()),"price":\#(number)"#
            default: #""type":"risk.halted","scope":"symbol:\#(text().dropFirst()),"reason":\#(text())"#
            }
        let time = random.next(below: 2) == 0 ? "1800000000000" : pick(Self.times)
        return "{\"occurred_at\":\(time),\(members)}"
    }

    private mutating func nested() -> [UInt8] {
        let depth = Int([61, 62, 63, 64, 65, 5000, 100_000][Int(random.next(below: 7))])
        let value = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        return Array(opened(id: newID(), price: "1", time: "1800000000000", more: #","context":{"a":\#(value)}"#).utf8)
    }

    /// A line of about the greatest length.
    private mutating func long() -> [UInt8] {
        let length = (1 << 20) - 400 + Int(random.next(below: 500))
        let line = opened(id: newID(), price: "1", time: "1800000000000", more: #","context":{"a":"~"}"#)
        let padding = String(repeating: "x", count: max(0, length - line.utf8.count))
        return Array(line.replacing("~", with: padding).utf8)
    }

    /// A valid line in which something was broken.
    private mutating func broken() -> [UInt8] {
        var line = Array(generator.nextLine().utf8)
        let index = Int(random.next(below: UInt64(line.count)))
        switch random.next(below: 9) {
        case 0: line[index] = UInt8(truncatingIfNeeded: random.next() | 0x80)
        case 1: line.removeSubrange(index...)
        case 2: line.insert(UInt8(random.next(below: 0x20)), at: index)
        case 3: line.insert(contentsOf: Array(#""type":"trade.opened","#.utf8), at: 1)
        case 4: line = [0xEF, 0xBB, 0xBF] + line
        case 5: line.append(0x0D)
        case 6: line += line
        case 7: line = Array(String(decoding: line, as: UTF8.self).replacing("trade-", with: #"\ud800"#).utf8)
        default: line = random.next(below: 2) == 0 ? [] : [0x0D]
        }
        // A line feed would end it.
        line.removeAll { $0 == 0x0A }
        return line
    }
}
