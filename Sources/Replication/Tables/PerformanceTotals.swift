internal import Ledger
internal import Postgres
internal import Projections
internal import TradeModel

/// The table of totals over closed trades; the public views read it.
enum PerformanceTable {
    static let name = "ledger.performance"

    /// The key of a group of trades: at most one of the last five columns is set.
    static let keyColumns = ["ledger_id", "grouped_by", "quote", "day", "symbol", "strategy", "tag", "market_regime"]
    static let countColumns = ["trades", "wins", "losses", "draws"]
    static let sumColumns = ["net_pnl", "gross_profit", "gross_loss", "fees"]

    /// In the order in which `PerformanceTotals` writes them.
    static let columns = keyColumns + countColumns + sumColumns
    static let columnList = columns.joined(separator: ", ")
}

/// A closed trade as the totals of `ledger.performance` count it; open and voided trades are in no total.
struct CountedTrade: Sendable {
    /// The groups to which it belongs: one of each grouping.
    fileprivate let groups: [PerformanceGroup]
    fileprivate let realizedPnL: Decimal
    fileprivate let fees: Decimal

    /// Nil where the trade is not closed.
    init?(_ history: TradeHistory) {
        let trade = history.trade
        guard trade.status == .closed, let closedAt = trade.closedAt else { return nil }
        let quote = Array(trade.quote.utf8)
        let regime = history.context.marketRegime?.unicodeScalars.prefix(Self.regimeCharacterCountMax)
        let values: [PerformanceGroup.Value] = [
            .day(PerformanceGroup.day(of: closedAt)), .text(Array(history.symbol.utf8)), .init(history.strategy),
            .init(history.tag), .init(regime.map { String($0) }),
        ]
        groups = zip(PerformanceGroup.Grouping.allCases, values).map { grouping, value in
            PerformanceGroup(grouping: grouping, quote: quote, value: value)
        }
        realizedPnL = trade.figures.realizedPnL
        fees = trade.fees
    }

    /// An index takes no key of a MiB, and a regime may have that.
    private static let regimeCharacterCountMax = 256
}

/// A group of closed trades with one quote currency and one common value: a row of `ledger.performance`.
///
/// Texts are bytes, because the database tells apart what `String` takes for equal.
struct PerformanceGroup: Hashable, Sendable {
    /// What the trades of a group have in common; in the order of the columns.
    enum Grouping: String, CaseIterable, Sendable {
        case day, symbol, strategy, tag, regime
    }

    /// The common value.
    enum Value: Hashable, Sendable {
        /// The UTC day of the close: days since 2000-01-01, as PostgreSQL counts them.
        case day(Int32)
        case text([UInt8])
        case null

        init(_ text: String?) {
            self = text.map { .text(Array($0.utf8)) } ?? .null
        }
    }

    let grouping: Grouping
    let quote: [UInt8]
    let value: Value

    private static let microsecondsPerDay: Int64 = 86_400_000_000
    private static let daysFrom1970To2000: Int64 = 10_957

    static func day(of time: Timestamp) -> Int32 {
        // No time is before 1970, so this rounds down.
        Int32(time.microsecondsSince1970 / microsecondsPerDay - daysFrom1970To2000)
    }

    /// The group of a row; nil where no row of the ledger can have its key.
    init?(_ row: CopyRow) throws(PostgresError) {
        guard let grouping = row.text(1).flatMap(Grouping.init(rawValue:)), let quote = row.bytes(2) else { return nil }
        let valueColumns = Grouping.allCases.indices.map { $0 + Self.firstValueColumn }
        guard let index = Grouping.allCases.firstIndex(of: grouping),
            valueColumns.allSatisfy({ $0 == valueColumns[index] || row.bytes($0) == nil })
        else { return nil }
        self.grouping = grouping
        self.quote = Array(quote)
        if grouping == .day {
            value = try row.int32(valueColumns[index]).map { .day($0) } ?? .null
        } else {
            value = row.bytes(valueColumns[index]).map { .text(Array($0)) } ?? .null
        }
    }

    init(grouping: Grouping, quote: [UInt8], value: Value) {
        (self.grouping, self.quote, self.value) = (grouping, quote, value)
    }

    /// The column of the day, after those of the ledger, of the grouping and of the quote currency.
    private static let firstValueColumn = 3

    /// What messages call the group, such as `symbol BTC/USDT USDT`.
    var name: String {
        let text =
            switch value {
            case .day(let day): Self.text(ofDay: day)
            case .text(let text): String(decoding: text, as: UTF8.self)
            case .null: "-"
            }
        return "\(grouping.rawValue) \(text) \(String(decoding: quote, as: UTF8.self))"
    }

    private static func text(ofDay day: Int32) -> String {
        let days = Int64(day) + daysFrom1970To2000
        guard (0...Timestamp.max.microsecondsSince1970 / microsecondsPerDay).contains(days) else { return String(day) }
        return String(Timestamp(microsecondsSince1970: days * microsecondsPerDay).description.prefix(10))
    }
}

/// What the closed trades of a group add up to, or by how much a batch changes that.
struct PerformanceSums: Sendable {
    private(set) var trades: Int64 = 0
    private(set) var wins: Int64 = 0
    private(set) var losses: Int64 = 0
    private(set) var draws: Int64 = 0
    private(set) var netPnL = SumParts()
    private(set) var grossProfit = SumParts()
    private(set) var grossLoss = SumParts()
    private(set) var fees = SumParts()

    fileprivate mutating func count(_ trade: CountedTrade, isAdded: Bool) {
        let sign: Int64 = isAdded ? 1 : -1
        let pnl = isAdded ? trade.realizedPnL : trade.realizedPnL.negated
        trades += sign
        netPnL.add(pnl)
        fees.add(isAdded ? trade.fees : trade.fees.negated)
        if trade.realizedPnL.isPositive {
            wins += sign
            grossProfit.add(pnl)
        } else if trade.realizedPnL.isNegative {
            losses += sign
            grossLoss.add(pnl.negated)
        } else {
            draws += sign
        }
    }

    fileprivate var isZero: Bool {
        trades == 0 && wins == 0 && losses == 0 && amounts.allSatisfy { $0.decimal?.isZero == true }
    }

    /// In the order of the columns.
    var counts: [Int64] { [trades, wins, losses, draws] }
    /// In the order of the columns.
    var amounts: [SumParts] { [netPnL, grossProfit, grossLoss, fees] }
}

/// An exact sum, as the decimals that add up to it: one, unless no decimal holds the sum.
struct SumParts: Sendable {
    private var last = Decimal.zero
    private var others: [Decimal] = []

    mutating func add(_ value: Decimal) {
        do throws(DecimalError) { last = try last.adding(value) } catch {
            others.append(last)
            last = value
        }
    }

    /// The sum; nil where it is several decimals.
    var decimal: Decimal? { others.isEmpty ? last : nil }

    /// The decimals that add up to the sum, at least one.
    var parts: [Decimal] { others + [last] }
}

/// The totals over closed trades, or by how much a batch changes them, by group.
struct PerformanceTotals: Sendable {
    private(set) var sums: [PerformanceGroup: PerformanceSums] = [:]

    /// Counts a trade as an event leaves it, and no longer as it was counted before; nil where it is not closed.
    mutating func replace(_ before: CountedTrade?, by after: CountedTrade?) {
        if let before { count(before, isAdded: false) }
        if let after { count(after, isAdded: true) }
    }

    private mutating func count(_ trade: CountedTrade, isAdded: Bool) {
        for group in trade.groups {
            sums[group, default: PerformanceSums()].count(trade, isAdded: isAdded)
        }
    }

    /// The rows that add up to the totals, in the columns of the table.
    ///
    /// A group has as many rows as its sums have parts; only the first of them counts trades.
    func rows(of ledgerID: EventID) -> BinaryRows {
        var rows = BinaryRows()
        for (group, sums) in sums where !sums.isZero {
            let amounts = sums.amounts.map(\.parts)
            for part in 0..<(amounts.map(\.count).max() ?? 0) {
                rows.beginRow(columnCount: PerformanceTable.columns.count)
                rows.append(group, of: ledgerID)
                for count in sums.counts { rows.append(int64: part == 0 ? count : 0) }
                for parts in amounts { rows.append(part < parts.count ? parts[part] : .zero) }
            }
        }
        return rows
    }
}

extension BinaryRows {
    /// Appends the columns of a group's key.
    mutating func append(_ group: PerformanceGroup, of ledgerID: EventID) {
        append(uuid: ledgerID)
        append(text: group.grouping.rawValue)
        append(text: group.quote)
        for grouping in PerformanceGroup.Grouping.allCases {
            switch group.value {
            case .day(let day) where grouping == group.grouping: append(int32: day)
            case .text(let text) where grouping == group.grouping: append(text: text)
            case .day, .text, .null: appendNull()
            }
        }
    }
}
