internal import Ledger
internal import Postgres
internal import Projections
internal import Replay
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
    /// What the trade has in common with others, as a row of COPY: quote currency, day, symbol, strategy, tag, regime.
    fileprivate let traits: [UInt8]
    fileprivate let realizedPnL: Decimal
    fileprivate let fees: Decimal

    /// Nil where the trade is not closed.
    init?(_ history: TradeHistory) {
        let trade = history.trade
        guard trade.status == .closed, let closedAt = trade.closedAt else { return nil }
        var row = BinaryRows(byteCapacity: 128)
        row.beginRow(columnCount: 1 + PerformanceGroup.Grouping.allCases.count)
        row.append(text: trade.quote)
        row.append(int32: PerformanceGroup.day(of: closedAt))
        row.append(text: history.symbol)
        for text in [history.strategy, history.tag, history.context.marketRegime.map(Self.shortened)] {
            if let text { row.append(text: text) } else { row.appendNull() }
        }
        traits = row.bytes
        realizedPnL = trade.realizedPnL
        fees = trade.fees
    }

    /// An index takes no key of a MiB, and a regime may have that.
    private static func shortened(_ regime: String) -> String {
        regime.utf8.count <= 256 ? regime : String(regime.unicodeScalars.prefix(256))
    }
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

    /// The group of a row of the table; nil where no row of the ledger can have its key.
    init?(_ row: CopyRow) throws(PostgresError) {
        let columns = Array(zip(Grouping.allCases, Self.firstValueColumn...))
        let grouping = row.text(1).flatMap(Grouping.init(rawValue:))
        guard let quote = row.bytes(2), let (grouping, column) = columns.first(where: { $0.0 == grouping }),
            columns.allSatisfy({ $0.1 == column || row.bytes($0.1) == nil })
        else { return nil }
        self.grouping = grouping
        self.quote = Array(quote)
        value = try Self.value(row, column, grouping)
    }

    /// The groups of the trades with these traits.
    fileprivate static func all(of traits: [UInt8]) -> [PerformanceGroup] {
        do throws(PostgresError) {
            let row = try CopyRow(encoded: traits)
            let quote = Array(row.bytes(0) ?? [])
            return try zip(Grouping.allCases, 1...).map { (grouping, column) throws(PostgresError) in
                PerformanceGroup(grouping: grouping, quote: quote, value: try value(row, column, grouping))
            }
        } catch {
            preconditionFailure("traits are written by this program: \(error)")
        }
    }

    private static func value(
        _ row: CopyRow,
        _ column: Int,
        _ grouping: Grouping
    ) throws(PostgresError) -> Value {
        if grouping == .day { return try row.int32(column).map { .day($0) } ?? .null }
        return row.bytes(column).map { .text(Array($0)) } ?? .null
    }

    private init(grouping: Grouping, quote: [UInt8], value: Value) {
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

    fileprivate mutating func add(_ other: PerformanceSums) {
        trades += other.trades
        wins += other.wins
        losses += other.losses
        draws += other.draws
        netPnL.add(other.netPnL)
        grossProfit.add(other.grossProfit)
        grossLoss.add(other.grossLoss)
        fees.add(other.fees)
    }

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
        trades == 0 && wins == 0 && losses == 0 && amounts.allSatisfy(\.isZero)
    }

    /// In the order of the columns.
    var counts: [Int64] { [trades, wins, losses, draws] }
    /// In the order of the columns.
    var amounts: [SumParts] { [netPnL, grossProfit, grossLoss, fees] }
}

/// An exact sum of any size, as sums that add up to it: one, unless that is beyond what a `DecimalSum` holds.
struct SumParts: Sendable {
    private var last = DecimalSum()
    private var others: [DecimalSum] = []

    mutating func add(_ value: Decimal) {
        do throws(DecimalError) { try last.add(value) } catch {
            others.append(last)
            last = DecimalSum()
            add(value)
        }
    }

    mutating func add(_ other: SumParts) {
        for part in other.parts {
            do throws(DecimalError) { try last.add(part) } catch {
                others.append(last)
                last = part
            }
        }
    }

    /// Whether the sum is certainly zero.
    var isZero: Bool { others.isEmpty && last.isZero }

    /// The sums that add up to it, at least one.
    var parts: [DecimalSum] { others + [last] }
}

/// The totals over closed trades, or by how much a batch changes them.
struct PerformanceTotals: Sendable {
    /// The sums over trades that have all traits in common, of which each is in five groups.
    private var sumsByTraits: [ByteText: PerformanceSums] = [:]
    /// The sums that are not in `sumsByTraits`.
    private var sumsByGroup: [PerformanceGroup: PerformanceSums] = [:]

    /// So that memory grows with the groups, not with the combinations of traits.
    private static let traitsCountMax = 10_000

    /// Takes a trade out of the totals as it was before an event, and adds it as it is after the event.
    ///
    /// Nil stands for a trade that is not closed, which no total counts.
    mutating func replace(_ before: CountedTrade?, by after: CountedTrade?) {
        if let before { count(before, isAdded: false) }
        if let after { count(after, isAdded: true) }
    }

    /// Counts what the last event of a fold did to a trade, if the trade is not open after it.
    mutating func countChange(of fold: borrowing HistoryFold) {
        replace(fold.closed?.before.flatMap { CountedTrade($0) }, by: (fold.closed?.after).flatMap { CountedTrade($0) })
    }

    private mutating func count(_ trade: CountedTrade, isAdded: Bool) {
        sumsByTraits[ByteText(trade.traits), default: PerformanceSums()].count(trade, isAdded: isAdded)
        guard sumsByTraits.count > Self.traitsCountMax else { return }
        mergeTraits()
    }

    private mutating func mergeTraits() {
        for (traits, added) in sumsByTraits {
            for group in PerformanceGroup.all(of: traits.bytes) {
                sumsByGroup[group, default: PerformanceSums()].add(added)
            }
        }
        sumsByTraits.removeAll(keepingCapacity: true)
    }

    /// The sums of each group.
    var sums: [PerformanceGroup: PerformanceSums] {
        var merged = self
        merged.mergeTraits()
        return merged.sumsByGroup
    }

    /// The rows that add up to the totals, in the columns of the table.
    ///
    /// A group has as many rows as its sums have parts; only the first of them counts trades.
    func rows(of ledgerID: EventID) throws(PostgresError) -> BinaryRows {
        var rows = BinaryRows()
        for (group, sums) in sums where !sums.isZero {
            let amounts = sums.amounts.map(\.parts)
            for part in 0..<(amounts.map(\.count).max() ?? 0) {
                rows.beginRow(columnCount: PerformanceTable.columns.count)
                rows.append(group, of: ledgerID)
                for count in sums.counts { rows.append(int64: part == 0 ? count : 0) }
                for parts in amounts {
                    try rows.append(numericText: part < parts.count ? parts[part].description : "0")
                }
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
