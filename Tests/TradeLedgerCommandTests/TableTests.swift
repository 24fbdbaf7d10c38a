import Foundation
import LedgerTestSupport
import Testing

/// A number as a person sees it, computed on its text.
private func shown(_ exact: String, digits: Int) -> String {
    let isNegative = exact.hasPrefix("-")
    let parts = exact.drop { $0 == "-" }.split(separator: ".")
    guard parts.count == 2 else { return exact }
    let zeros = parts[0] == "0" ? parts[1].prefix { $0 == "0" }.count : 0
    guard parts[1].count > zeros + digits else { return exact }
    var kept = (parts[0] + parts[1].prefix(zeros + digits)).map { Int(String($0)) ?? 0 }
    let rest = parts[1].dropFirst(zeros + digits)
    let isHalf = rest.first == "5" && rest.dropFirst().allSatisfy { $0 == "0" }
    if isHalf ? !(kept.last ?? 0).isMultiple(of: 2) : rest >= "5" {
        var place = kept.count - 1
        while place >= 0, kept[place] == 9 {
            kept[place] = 0
            place -= 1
        }
        if place >= 0 { kept[place] += 1 } else { kept.insert(1, at: 0) }
    }
    let whole = kept.dropLast(zeros + digits).map(String.init).joined()
    var fraction = kept.suffix(zeros + digits).map(String.init).joined()
    while fraction.last == "0" { fraction.removeLast() }
    return (isNegative ? "-" : "") + whole + (fraction.isEmpty ? "" : "." + fraction)
}

@Suite struct `Tables for people` {
    /// The trades of fixtures/day.ndjson in 80 columns.
    private static let at80 = """
        trade_id    symbol         side  status  amount  realized_pnl  pnl_pct
        t-1         BTC/USDT       buy   closed     0.2         90.38     0.71
        t-2         SOL/USDT       buy   open        10          -1.4        0
        t-3         BTC/USDT:USDT  sell  closed     0.1         14.24     0.22
        t-4         BTC/USD:BTC    buy   open       0.5         -1.28        0
        t-5         ETH/USDT       buy   open       0.5          -1.7        0
        t-6         DOGE/USDT      buy   voided     100         -0.01        0
        TOTAL USDT                                             101.53
        TOTAL USD                                               -1.28

        """

    /// The same trades in 120 columns.
    private static let at120 = """
        trade_id    symbol         side  status  amount  entry_price      exit_price  realized_pnl  pnl_pct
        t-1         BTC/USDT       buy   closed     0.2        63994  64574.98499099         90.38     0.71
        t-2         SOL/USDT       buy   open        10          140               –          -1.4        0
        t-3         BTC/USDT:USDT  sell  closed     0.1        64100           63900         14.24     0.22
        t-4         BTC/USD:BTC    buy   open       0.5        64000               –         -1.28        0
        t-5         ETH/USDT       buy   open       0.5         3390               –          -1.7        0
        t-6         DOGE/USDT      buy   voided     100          0.1               –         -0.01        0
        TOTAL USDT                                                                          101.53
        TOTAL USD                                                                            -1.28

        """

    private static func day() throws -> CommandLedger {
        let file = URL(filePath: #filePath).appending(path: "../../../fixtures/day.ndjson").standardized
        return try CommandLedger(String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init))
    }

    @Test func `have the columns that fit, a total for each quote currency, and voided trades in no total`() throws {
        let ledger = try Self.day()
        for (width, expected) in [("80", Self.at80), ("120", Self.at120)] {
            let outcome = try ledger.run("trades", "--format", "table", environment: ["COLUMNS": width])
            #expect(outcome.stdout == expected)
            #expect(outcome.messages.count == 1 && outcome.stderr.contains("--wide"))
        }
        let quiet = try ledger.run("trades", "--format", "table", "--quiet", environment: ["COLUMNS": "80"])
        #expect(quiet.stdout == Self.at80 && quiet.messages.isEmpty)
        let wide = try ledger.run("trades", "--format", "table", "--wide", environment: ["COLUMNS": "80"])
        let names = try ledger.run("trades", "--format", "csv").lines[0].split(separator: ",").map(String.init)
        #expect(wide.messages.isEmpty && Self.words(wide.lines[0]) == names)
        let exact = try ledger.run("trades", "--format", "table", "--exact", environment: ["COLUMNS": "160"])
        #expect(exact.stdout.contains(" 90.380752 ") && exact.stdout.contains("2026-03-02T09:00:05.000000Z"))
    }

    private static func words(_ line: String) -> [String] { line.split(separator: " ").map(String.init) }

    /// Commands that list rows, each with what it says if there are none.
    private static let listings = [
        ("trades", "trades"), ("orders", "orders"), ("positions", "positions"), ("balances", "balances"),
        ("portfolios", "portfolios"), ("halts", "halts"), ("decisions", "decisions"), ("predictions", "predictions"),
        ("model-performance", "predictions"), ("strategies", "strategies"), ("alerts", "alerts"), ("events", "events"),
        ("rejected", "rejected events"),
    ]

    @Test func `say that there is nothing, where CSV has its header and JSON nothing`() throws {
        let ledger = try CommandLedger()
        for (command, noun) in Self.listings {
            #expect(try ledger.run(command, "--format", "table").stdout == "no \(noun)\n")
            #expect(try ledger.run(command, "--format", "csv").lines.count == 1)
            #expect(try ledger.run(command, "--format", "json").stdout.isEmpty)
        }
    }

    @Test func `fit the page, and end each number in the place where its heading ends`() throws {
        let ledger = try CommandLedger([])
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        try ledger.append(
            (0..<40).map { index in
                let id = String(repeating: "x", count: Int.random(in: 1...20, using: &generator)) + "\(index)"
                return EventText.opened(id, amount: Self.number(&generator), price: Self.number(&generator))
            }
        )
        let keys = try ledger.run("trades", "--format", "table", environment: ["COLUMNS": "40"])
        let least = keys.lines.map(\.count).max() ?? 0
        for width in stride(from: 40, through: 300, by: 13) {
            let lines = try ledger.run("trades", "--format", "table", environment: ["COLUMNS": "\(width)"]).lines
            #expect(lines.allSatisfy { $0.count <= max(width, least) }, "seed \(seed), width \(width)")
            for name in ["amount", "entry_price", "realized_pnl", "pnl_pct", "fees"] {
                guard let range = lines[0].range(of: " \(name)") else { continue }
                let end = lines[0].distance(from: lines[0].startIndex, to: range.upperBound)
                for line in lines.dropFirst() where !line.hasPrefix("TOTAL") {
                    let cell = line.prefix(end + 1)
                    #expect(cell.dropFirst(end - 1).first?.isWhitespace == false, "seed \(seed): \(name) in \(line)")
                    #expect(cell.count == end || cell.last == " ", "seed \(seed): \(name) in \(line)")
                }
            }
        }
    }

    /// A decimal above zero, often with many digits or a small one.
    private static func number(_ generator: inout SeededGenerator) -> String {
        let digits = (0..<Int.random(in: 1...6, using: &generator)).map { _ in
            String(Int.random(in: 0...9, using: &generator))
        }
        let zeros = String(repeating: "0", count: Int.random(in: 0...3, using: &generator))
        let whole = Bool.random(using: &generator) ? "0" : String(Int.random(in: 1...99_999, using: &generator))
        return "\(whole).\(zeros)\(digits.joined())\(Int.random(in: 1...9, using: &generator))"
    }

    @Test func `round as a computation on the digits does`() throws {
        let ledger = try CommandLedger([])
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        let fixed = ["0.000012345678", "0.995", "1.005", "1.015", "0.0125", "0.00375", "9.995", "0.999999999", "12.5"]
        let fees = fixed + (0..<40).map { _ in Self.number(&generator) }
        try ledger.append(
            fees.enumerated().map { index, fee in
                EventText.opened("t\(index)", price: Self.number(&generator), more: #","fee":"\#(fee)""#)
            }
        )
        let table = try ledger.run("trades", "--format", "table", environment: ["COLUMNS": "220"]).lines
        let exact = try ledger.run("trades").lines.map(jsonObject)
        let names = Self.words(table[0])
        for (line, trade) in zip(table.dropFirst(), exact) {
            let cells = Self.words(line)
            for (name, digits) in [("fees", 2), ("realized_pnl", 2), ("entry_price", 8)] {
                let index = try #require(names.firstIndex(of: name))
                #expect(cells[index] == shown(try #require(trade[name]?.text), digits: digits), "seed \(seed): \(line)")
            }
        }
    }

    @Test func `have colours only on a terminal, and none with NO_COLOR`() throws {
        let ledger = try Self.day()
        let coloured = try Self.show(ledger, "trades", ["TERM": "xterm"])
        #expect(coloured.contains("\u{1B}[1mtrade_id\u{1B}[0m"))
        #expect(coloured.contains("\u{1B}[32m90.38\u{1B}[0m") && coloured.contains("\u{1B}[31m-1.4\u{1B}[0m"))
        for environment in [["TERM": "xterm", "NO_COLOR": "1"], ["TERM": "dumb"], [:]] {
            #expect(try Self.show(ledger, "trades", environment) == Self.at80)
        }
        #expect(try Self.show(ledger, "trades", ["TERM": "xterm", "NO_COLOR": ""]) == coloured)
    }

    @Test func `go through the pager if they are longer than the screen`() throws {
        let ledger = try Self.day()
        let pager = try ledger.file("pager", "#!/bin/sh\necho PAGED\nexec cat\n")
        let environment = ["TERM": "xterm", "NO_COLOR": "1", "PAGER": "sh \(pager)"]
        #expect(try Self.show(ledger, "trades", environment, lineCount: 9) == "PAGED\n" + Self.at80)
        #expect(try Self.show(ledger, "trades", environment, lineCount: 30) == Self.at80)
        for none in ["", "cat", "/no/such/program 2>&-"] {
            let outcome = try Self.show(ledger, "trades", environment.merging(["PAGER": none]) { $1 }, lineCount: 9)
            #expect(outcome == Self.at80, "\(none)")
        }
        // A person who leaves the pager early has seen enough.
        let left = try Self.show(ledger, "trades", environment.merging(["PAGER": "head -1"]) { $1 }, lineCount: 9)
        #expect(left == Self.at80.prefix { $0 != "\n" } + "\n")
        let json = try Self.show(ledger, "trades --format json", environment, lineCount: 3)
        #expect(!json.contains("PAGED"))
    }

    /// What script(1) shows on a terminal of its own, of 80 columns.
    private static func show(
        _ ledger: CommandLedger,
        _ command: String,
        _ environment: [String: String],
        lineCount: Int = 30
    ) throws -> String {
        let script = #"script -qec 'stty cols 80 rows \#(lineCount); "$T" \#(command) 2>/dev/null' /dev/null"#
        let outcome = try ledger.startShell(script, environment: environment).finish()
        return outcome.stdout.replacing("\r\n", with: "\n")
    }
}
