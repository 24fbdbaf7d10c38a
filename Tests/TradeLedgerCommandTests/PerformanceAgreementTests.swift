import Foundation
import LedgerTestSupport
import Testing

/// The figures of histories, computed a second time with numpy, scipy and freqtrade.
private enum IndependentFigures {
    /// A Python that has these.
    static let python = ProcessInfo.processInfo.environment["TRADELEDGER_TEST_PYTHON"]

    /// The folder that the tests are in.
    static let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()

    /// Computes the rows of each query from the output of `events`.
    static func rows(_ events: [UInt8], _ queries: [[String]]) throws -> [[JSONValue]] {
        let program = tests.appending(path: "PerformanceAgreement/figures.py").path
        let process = try ChildProcess(
            try #require(python),
            [program] + queries.map { $0.joined(separator: " ") },
            environment: ["PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "PYTHONDONTWRITEBYTECODE": "1"],
            input: .bytes(events)
        )
        let outcome = try process.finish()
        try #require(outcome.ending == .exit(0), "\(outcome.stderr)")
        return try outcome.lines.map { try JSONDecoder().decode([JSONValue].self, from: Data($0.utf8)) }
    }
}

/// Real trades, which are beside the checkout, not in it.
private enum RealTrades {
    static let names = ["gene-195", "gene-557"].filter { FileManager.default.fileExists(atPath: path($0)) }

    static func path(_ name: String) -> String {
        IndependentFigures.tests.appending(path: "../../shared/data/\(name).ndjson").standardized.path
    }
}

@Suite(
    .enabled(
        if: IndependentFigures.python != nil,
        "TRADELEDGER_TEST_PYTHON names no Python with numpy, scipy and freqtrade; see tools/test"
    )
)
struct `The figures of performance` {
    private static let queries: [[String]] = [
        [], ["--convention", "freqtrade"], ["--capital", "5000"], ["--capital", "5000", "--convention", "freqtrade"],
        ["--marked"], ["--marked", "--capital", "2500.5"], ["--base", "USDT"], ["--base", "EUR", "--marked"],
        ["--base", "USDT", "--convention", "freqtrade"], ["--by", "account"],
        ["--by", "account", "--convention", "freqtrade"], ["--by", "account", "--marked", "--base", "USDT"],
        ["--by", "symbol"], ["--by", "strategy", "--capital", "1000"], ["--by", "tag"], ["--by", "regime"],
        ["--by", "side", "--capital", "1000", "--convention", "freqtrade"], ["--by", "reason"], ["--by", "day"],
        ["--by", "week"], ["--by", "month"], ["--by", "hour"], ["--by", "weekday"],
        ["--since", "2026-01-20", "--until", "2026-02-20"], ["--until", "2026-02-10T12:00:00Z", "--marked"],
        ["--since", "2026-01-20", "--marked"], ["--since", "2026-01-20", "--capital", "5000", "--marked"],
        ["--since", "2026-01-20", "--until", "2026-02-20", "--convention", "freqtrade"],
        ["--since", "2026-01-20", "--until", "2026-02-20", "--base", "USDT"],
    ]

    @Test(arguments: AccountHistory.Kind.allCases, [1, 2, 3] as [UInt64])
    func `equal those of numpy, scipy and freqtrade for random histories`(
        kind: AccountHistory.Kind,
        seed: UInt64
    ) throws {
        let ledger = try CommandLedger(AccountHistory.lines(kind, seed: seed))
        #expect((try check([ledger]) > 0) == (kind != .noTrade))
    }

    @Test func `equal those of numpy, scipy and freqtrade for several ledgers together`() throws {
        let ledgers = try [AccountHistory.Kind.winsAndLosses, .noLosingTrade, .winsAndLosses].enumerated().map {
            try CommandLedger(AccountHistory.lines($1, seed: UInt64(10 + $0)))
        }
        #expect(try check(ledgers) > 0)
    }

    @Test(
        .enabled(if: !RealTrades.names.isEmpty, "there is no shared/data beside the checkout"),
        arguments: RealTrades.names
    )
    func `equal those of numpy, scipy and freqtrade for real trades`(name: String) throws {
        let ledger = try CommandLedger()
        let outcome = try ledger.run("append", "--quiet", RealTrades.path(name))
        try #require(outcome.ending == .exit(0), "\(outcome.stderr)")
        #expect(try check([ledger]) > 0)
    }

    /// Compares the figures of all queries, and returns how many sets of trades there were.
    private func check(_ ledgers: [CommandLedger]) throws -> Int {
        let events = try ledgers.flatMap { try $0.run("events").output }
        let expected = try IndependentFigures.rows(events, Self.queries)
        let command = ["performance", "--format", "json"] + ledgers.flatMap { ["--ledger", $0.path] }
        var count = 0
        for (query, rows) in zip(Self.queries, expected) {
            let outcome = try ledgers[0].start(command + query, input: .bytes([])).finish()
            try #require(outcome.ending == .exit(0), "\(outcome.stderr)")
            let printed = try outcome.lines.map(jsonObject)
            #expect(printed.count == rows.count, "\(query)")
            count += rows.count
            for case (let printed, .object(let row)) in zip(printed, rows) {
                let name = "\(query) \(printed["quote"]?.text ?? "") \(printed["group"]?.text ?? "")"
                compare(printed, row, name)
                checkReasons(printed, name)
            }
        }
        return count
    }

    private func compare(_ printed: [String: JSONValue], _ expected: [String: JSONValue], _ name: String) {
        let others: Set = ["ledgers", "n", "nulls"]
        #expect(Set(printed.keys).subtracting(others) == Set(expected.keys))
        for (key, expected) in expected {
            let figure = printed[key] ?? .null
            #expect(isSame(figure, expected), "\(name) \(key): \(figure), not \(expected)")
        }
    }

    /// Whether an exact value is the same, and a number in binary64 to 10 digits.
    private func isSame(_ printed: JSONValue, _ expected: JSONValue) -> Bool {
        switch (printed, expected) {
        case (.string(let text), .fraction(let number)): isNear(Double(text), number)
        case (.string(let text), .integer(let number)): isNear(Double(text), Double(number))
        case (.array(let left), .array(let right)):
            left.count == right.count && zip(left, right).allSatisfy { isSame($0, $1) }
        case (.object(let left), .object(let right)):
            left.count == right.count && left.allSatisfy { isSame($1, right[$0] ?? .array([])) }
        default: printed == expected
        }
    }

    private func isNear(_ printed: Double?, _ expected: Double) -> Bool {
        guard let printed else { return false }
        // What is nothing but the rounding of numbers near 1 has no digits to compare.
        return abs(printed - expected) <= max(1e-10 * max(abs(printed), abs(expected)), 1e-14)
    }

    /// Each figure that is null has a reason, and no other.
    private func checkReasons(_ printed: [String: JSONValue], _ name: String) {
        guard case .object(let counts) = printed["n"], case .object(let reasons) = printed["nulls"] else {
            Issue.record("n and nulls are objects: \(printed)")
            return
        }
        let empty = counts.keys.filter { printed[$0] == .null }
        #expect(Set(empty) == Set(reasons.keys), "\(name)")
        #expect(reasons.values.allSatisfy { !($0.text ?? "").isEmpty }, "\(name)")
    }
}
