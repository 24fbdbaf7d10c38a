import LedgerTestSupport
import Projections
import Replay
import Statistics
import Testing
import TradeModel

/// Lines of trades that are closed out of order, adjusted and voided late, in two currencies.
private struct TradeHistoryGenerator {
    private var random: SeededGenerator
    private var minute = 0
    private var trades: [(id: String, openedAt: Int, isOpen: Bool)] = []

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    private mutating func pick(_ choices: [String]) -> String {
        choices[Int(random.next(below: UInt64(choices.count)))]
    }

    mutating func nextLine() -> String {
        minute += Int(random.next(below: 300))
        let choice = random.next(below: 20)
        guard choice >= 8, let index = trades.indices.randomElement(using: &random) else { return opened() }
        let (id, openedAt, isOpen) = trades[index]
        switch choice {
        case 8...16 where isOpen:
            trades[index].isOpen = false
            // Some are closed at their open, and some before others that the ledger knows already.
            let closedAt = openedAt + Int(random.next(below: 4)) * Int(random.next(below: 1000))
            let fields = #","reason":"\#(pick(["roi", "stop"]))","fee":"\#(pick(["0", "-0.1", "0.25"]))""#
            return PerformanceLedger.closed(id, at: Self.time(closedAt), price: price(), more: fields)
        case 17:
            trades.remove(at: index)
            return event("voided", id, "")
        case 18: return event("annotated", id, #","context":{"market_regime":"\#(pick(["up", "down"]))"}"#)
        default: return event("adjusted", id, #","kind":"funding","cost":"\#(pick(["-3", "0.125", "2"]))""#)
        }
    }

    private mutating func opened() -> String {
        let id = "t-\(minute)-\(random.next(below: 1_000_000_000))"
        trades.append((id, minute, true))
        let names = ["", #","tag":"dip""#, #","tag":"é","strategy":"s""#, #","account":"x""#]
        return PerformanceLedger.opened(
            id,
            pick(["BTC/USDT", "ETH/USDT", "SOL/EUR"]),
            at: Self.time(minute),
            price: price(),
            more: pick(names)
        )
    }

    /// Few prices, so that some trades end with nothing.
    private mutating func price() -> String { pick(["10", "11", "9.5", "10.000000000000000001"]) }

    private func event(_ type: String, _ id: String, _ fields: String) -> String {
        #"{"type":"trade.\#(type)","trade_id":"\#(id)","occurred_at":"\#(Self.time(minute))"\#(fields)}"#
    }

    private static func time(_ minute: Int) -> String {
        Timestamp(microsecondsSince1970: 1_767_225_600_000_000 + Int64(minute) * 60_000_000).description
    }
}

/// The figures of some trades once more, each by its definition and one pass of its own.
private struct PlainFigures {
    let trades: [TradeHistory]

    init(_ all: [TradeHistory]) {
        trades = all.filter { $0.trade.status == .closed }.sorted {
            ($0.trade.closedAt ?? .min, $0.trade.closeSequence ?? 0)
                < ($1.trade.closedAt ?? .min, $1.trade.closeSequence ?? 0)
        }
    }

    private var results: [Decimal] { trades.map(\.trade.figures.realizedPnL) }

    private func sum(_ values: [Decimal]) throws -> Decimal { try values.reduce(.zero) { try $0.adding($1) } }

    private func longest(_ continues: (Decimal) -> Bool) -> Int {
        results.split { !continues($0) }.map(\.count).max() ?? 0
    }

    /// Falls from every earlier sum, also from 0, to every later one.
    private func deepestFall() throws -> Decimal {
        var sums: [Decimal] = [.zero]
        for result in results { sums.append(try sums[sums.count - 1].adding(result)) }
        var deepest = Decimal.zero
        for (index, peak) in sums.enumerated() {
            for later in sums[index...] { deepest = max(deepest, try peak.subtracting(later)) }
        }
        return deepest
    }

    private func times() -> [Int64] {
        trades.map { ($0.trade.closedAt ?? .min).microsecondsSince1970 - $0.trade.openedAt.microsecondsSince1970 }
            .sorted()
    }

    /// How many are open at a minute.
    private func openCount(at minute: Int64) -> Int {
        trades.count {
            $0.trade.openedAt.microsecondsSince1970 <= minute
                && minute < ($0.trade.closedAt ?? .min).microsecondsSince1970
        }
    }

    /// The figures by name.
    func texts() throws -> [String: String?] {
        let (wins, losses) = (results.filter(\.isPositive), results.filter(\.isNegative))
        let (profit, loss) = (try sum(wins), try sum(losses).negated)
        let held = times()
        let middle = try sum([held[(held.count - 1) / 2], held[held.count / 2]].map { try Decimal("\($0)") })
        let opens = trades.map(\.trade.openedAt.microsecondsSince1970)
        let most = opens.map(openCount).max() ?? 0
        let fees = try sum(trades.map(\.trade.fees))
        return [
            "trades": "\(trades.count)", "wins": "\(wins.count)", "losses": "\(losses.count)",
            "draws": "\(results.count(where: \.isZero))", "net_pnl": try sum(results).description,
            "gross_profit": profit.description, "gross_loss": loss.description, "fees": fees.description,
            "win_streak": "\(longest(\.isPositive))", "loss_streak": "\(longest(\.isNegative))",
            "largest_win": wins.max()?.description, "largest_loss": losses.min()?.description,
            "largest_win_trade": trades.first { $0.trade.figures.realizedPnL == wins.max() }?.id,
            "largest_loss_trade": trades.first { $0.trade.figures.realizedPnL == losses.min() }?.id,
            "max_drawdown": try deepestFall().description, "open_trades_max": "\(most)",
            "holding_seconds_median": try Decimal.quotient(middle, by: Decimal("2000000")).description,
            "profit_factor": losses.isEmpty ? nil : try Decimal.quotient(profit, by: loss).description,
            "pnl_pct_mean": try Decimal.quotient(
                sum(trades.map(\.trade.figures.pnlPercent)),
                by: Decimal("\(trades.count)")
            ).description,
        ]
    }
}

@Suite struct `The figures of random histories` {
    private static let groups: [(Grouping, @Sendable (TradeHistory) -> String?)] = [
        (.symbol, { $0.symbol }), (.tag, { $0.tag }), (.account, { $0.account ?? "default" }),
        (.regime, { $0.context.marketRegime }), (.reason, { $0.reason }),
        (.day, { String(($0.trade.closedAt ?? .min).description.prefix(10)) }),
        (.hour, { String(($0.trade.closedAt ?? .min).description.dropFirst(11).prefix(2)) }),
    ]

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `are those of the list of trades, in total and by group`(seed: UInt64) throws {
        var generator = TradeHistoryGenerator(seed: seed)
        let ledger = try PerformanceLedger((0..<150).map { _ in generator.nextLine() })
        for last in [60, 110, 150] as [UInt64] {
            let trades = try TradeReplay(try ledger.reader()).trades(asOf: .sequence(last))
                .filter { $0.trade.status == .closed }
            let sets = try ledger.figures(PerformanceQuery(), asOf: .sequence(last))
            try compare(sets, trades, { _ in nil }, "seed \(seed), \(last)")
            for (grouping, group) in Self.groups {
                let sets = try ledger.figures(PerformanceQuery(by: grouping), asOf: .sequence(last))
                try compare(sets, trades, group, "seed \(seed), \(last), \(grouping)")
            }
        }
    }

    /// The tables are sums that follow corrections; the sets are computed from every trade at the end.
    @Test(arguments: 21...30 as ClosedRange<UInt64>)
    func `are those of the tables beside them`(seed: UInt64) throws {
        var generator = TradeHistoryGenerator(seed: seed)
        let ledger = try PerformanceLedger((0..<150).map { _ in generator.nextLine() })
        let replay = PerformanceReplay([try ledger.reader()])
        let groupings: [Grouping] = [.symbol, .reason, .regime, .weekday]
        let tables = try replay.figures(PerformanceQuery(tables: groupings)).tables
        let expected = try groupings.flatMap { grouping in
            GroupTable.all(grouping, try replay.figures(PerformanceQuery(by: grouping)).figures)
        }
        #expect(tables.flatMap(texts) == expected.flatMap(texts), "seed \(seed)")
    }

    private func texts(_ table: GroupTable) -> [[String]] {
        (table.lines + [(group: ByteText("TOTAL"), totals: table.total)]).map { group, totals in
            [
                table.quote.text, group?.text ?? "none", "\(totals.count)", "\(totals.winCount)", "\(totals.drawCount)",
                "\(totals.pnl.value ?? .one)", "\(totals.pnlPercentMean ?? .one)", "\(totals.heldMean ?? .one)",
            ]
        }
    }

    private func compare(
        _ sets: [FigureTexts],
        _ trades: [TradeHistory],
        _ group: (TradeHistory) -> String?,
        _ comment: Comment
    ) throws {
        #expect(sets.count == Set(trades.map { [$0.trade.quote, group($0)] }).count, comment)
        for set in sets {
            let own = trades.filter { $0.trade.quote == set["quote"] && group($0) == set.group }
            for (name, text) in try PlainFigures(own).texts() {
                #expect(set[name] == text, "\(comment): \(name) of \(set.group ?? "all")")
            }
        }
    }
}
