import Ledger
import LedgerTestSupport
import Projections
import Replay
import Testing
import TradeModel

/// Handmade trades, in the order in which they are visited.
private struct HandmadeSource: RowSource {
    let trades: [StatedRow]

    /// Each trade by its id, the sequence of its open, and its fees.
    init(_ trades: [(id: String, sequence: Int, fees: String?)]) {
        self.trades = trades.map { id, sequence, fees in
            StatedRow(
                TradeRow.printedColumns.map { column in
                    switch column.name {
                    case "trade_id": id
                    case "first_sequence": String(sequence)
                    case "fees": fees
                    default: nil
                    }
                },
                place: Int64(sequence)
            )
        }
    }

    func visit(onStep: () -> Void, _ body: (StatedRow) throws -> Void) throws {
        for trade in trades {
            onStep()
            try body(trade)
        }
    }
}

@Suite struct `The difference of two sides` {
    private func diff(
        _ a: any RowSource,
        _ b: any RowSource,
        alteredCountMax: Int = 100
    ) throws -> (outcome: RowDiff.Outcome, told: [String], steps: [UInt64]) {
        var told: [String] = []
        var steps: [UInt64] = []
        let diff = RowDiff(a, b, of: .trades, alteredCountMax: alteredCountMax)
        let outcome = try diff.run(onStep: { steps.append($0) }) {
            told.append("\($0.key) \($0.column) \($0.a ?? "-") \($0.b ?? "-")")
        }
        return (outcome, told, steps)
    }

    @Test func `is empty if both sides agree, in any order`() throws {
        let a = HandmadeSource([("x", 1, "5"), ("y", 2, nil)])
        let b = HandmadeSource([("y", 2, nil), ("x", 1, "5")])
        let (outcome, told, steps) = try diff(a, b)
        #expect(outcome.isEqual && told.isEmpty)
        // Both sides were read once.
        #expect(steps == [1, 2, 3, 4])
        #expect(try diff(HandmadeSource([]), HandmadeSource([])).outcome.isEqual)
    }

    @Test func `names trades that one side lacks, and fields, in the order of the opens`() throws {
        let a = HandmadeSource([("z", 1, "5"), ("only a", 3, "1"), ("x", 7, nil), ("same", 8, "2")])
        let b = HandmadeSource([("same", 8, "2"), ("x", 7, "0"), ("z", 2, "5.5"), ("only b", 3, "1")])
        let (outcome, told, _) = try diff(a, b)
        #expect(
            told == [
                "z fees 5 5.5", "z first_sequence 1 2", "only a trade_id only a -", "only b trade_id - only b",
                "x fees - 0",
            ]
        )
        #expect((outcome.alteredCount, outcome.onlyInACount, outcome.onlyInBCount) == (2, 1, 1))
        let reverse = try diff(b, a).outcome
        #expect((reverse.alteredCount, reverse.onlyInACount, reverse.onlyInBCount) == (2, 1, 1))
    }

    @Test func `compares the last state of each trade`() throws {
        let a = HandmadeSource([("x", 1, "1"), ("x", 1, "2"), ("y", 2, "1"), ("y", 2, "3")])
        let b = HandmadeSource([("x", 1, "3"), ("x", 1, "2"), ("y", 2, "1")])
        #expect(try diff(a, b).told == ["y fees 3 1"])
    }

    @Test(arguments: [1, 2, 3, 100]) func `is the same with any number of trades in memory`(_ countMax: Int) throws {
        let a = HandmadeSource((0..<10).map { ("t\($0)", $0, "1") } + [("only a", 4, nil)])
        let b = HandmadeSource((0..<10).map { ("t\($0)", $0, $0 % 2 == 0 ? "1" : "2") })
        let (outcome, told, steps) = try diff(a, b, alteredCountMax: countMax)
        #expect(
            told == ["t1 fees 1 2", "t3 fees 1 2", "only a trade_id only a -"] + [5, 7, 9].map { "t\($0) fees 1 2" }
        )
        #expect((outcome.alteredCount, outcome.onlyInACount) == (5, 1))
        // Once for the marks, and once per group of trades.
        #expect(steps.count == 21 * (1 + (5 + countMax - 1) / countMax))
    }

    @Test func `of two moments of a ledger is what changed between them`() throws {
        let directory = TemporaryDirectory()
        try Ledger.create(in: directory.path)
        let ledger = try Ledger(opening: directory.path)
        var generator = EventGenerator(seed: 99)
        let lines = (0..<600).map { _ in EventLine(Array(generator.nextLine().utf8)) }
        for outcome in ledger.append(lines: lines) { _ = try outcome.get() }
        let reader = try LedgerReader(opening: directory.path)
        for (first, second) in [(0, 600), (300, 301), (250, 500), (500, 250), (600, 600)] as [(UInt64, UInt64)] {
            let (_, told, _) = try diff(
                LedgerTrades(reader, upTo: first),
                LedgerTrades(reader, upTo: second)
            )
            #expect(try told == expected(reader, first, second), "\(first) to \(second)")
        }
    }

    /// The same by comparing all trades with all trades.
    private func expected(_ reader: LedgerReader, _ first: UInt64, _ second: UInt64) throws -> [String] {
        let sides = try [first, second].map { sequence in
            let trades = try TradeReplay(reader).trades(asOf: .sequence(sequence))
            return Dictionary(uniqueKeysWithValues: trades.map { ($0.id, $0) })
        }
        let ids = Set(sides[0].keys).union(sides[1].keys)
        let trades = ids.map { id in (id: id, a: sides[0][id], b: sides[1][id]) }.sorted {
            ($0.a ?? $0.b)?.trade.firstSequence ?? 0 < ($1.a ?? $1.b)?.trade.firstSequence ?? 0
        }
        return trades.flatMap { id, a, b -> [String] in
            guard let a, let b else { return ["\(id) trade_id \(a?.id ?? "-") \(b?.id ?? "-")"] }
            return TradeRow.printedColumns.compactMap { column in
                let (a, b) = (column.value(TradeRow(a)), column.value(TradeRow(b)))
                return a == b ? nil : "\(id) \(column.name) \(a.text ?? "-") \(b.text ?? "-")"
            }
        }
    }
}
