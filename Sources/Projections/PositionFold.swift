public import TradeModel

/// The open positions: open trades of one account, venue, symbol and side, and one quote currency, added up.
public struct PositionFold: Sendable {
    /// What the trades of a position have in common.
    public struct Key: Hashable, Comparable, Sendable {
        /// The account.
        public let account: ByteText
        /// The venue; nil for trades that name none.
        public let venue: ByteText?
        /// The instrument.
        public let symbol: ByteText
        /// The direction.
        public let side: Trade.Side
        /// The currency of the amounts, which are never added up across currencies.
        public let quote: ByteText

        /// The parts in which most positions differ.
        public func hash(into hasher: inout Hasher) {
            hasher.combine(symbol)
            hasher.combine(account)
        }

        /// In the order of accounts, venues, symbols and sides.
        public static func < (left: Key, right: Key) -> Bool {
            (left.account, left.venue ?? ByteText(""), left.symbol, left.side.rawValue, left.quote)
                < (right.account, right.venue ?? ByteText(""), right.symbol, right.side.rawValue, right.quote)
        }
    }

    /// What one open trade contributes.
    struct Share: Hashable, Sendable {
        let amount: Decimal
        /// The price of its entries; nil where they have several.
        let price: Decimal?
        /// What everything cost that was entered, and what of it is closed; not every difference fits a decimal.
        let entered: Decimal
        let closed: Decimal

        /// What a trade contributes that is open.
        init(_ trade: Trade) {
            (amount, price) = (trade.openAmount, trade.onlyEntryPrice)
            (entered, closed) = (trade.entryNotional, trade.closedCost)
        }

        /// The price of its entries, if it has a weight: it has none where nothing is held any more.
        fileprivate var weighedPrice: Decimal?? { amount.isZero ? .none : .some(price) }
    }

    /// The places of the rows in `positions`.
    private var places: [Key: Int] = [:]
    /// Without marks.
    private var positions: [PositionRow] = []
    /// The prices of the entries of each position.
    private var prices: [DistinctPrices] = []

    /// No position.
    public init() {}

    /// The place of a position; that of a new one if there is none.
    mutating func place(of key: Key) -> Int {
        if let place = places[key] { return place }
        places[key] = positions.count
        positions.append(PositionRow(key: key))
        prices.append(DistinctPrices())
        return positions.count - 1
    }

    /// Takes in what an event changes.
    mutating func apply(_ change: PositionChange) {
        let (before, after) = (change.before?.weighedPrice ?? .none, change.after?.weighedPrice ?? .none)
        if before != after {
            if let before { prices[change.place].remove(before) }
            if let after { prices[change.place].add(after) }
        }
        positions[change.place].apply(change, onlyPrice: prices[change.place].only)
    }

    /// Adds the positions that another fold, which has come further, has more.
    mutating func addPlaces(of other: PositionFold) {
        for row in other.positions[positions.count...] { _ = place(of: row.key) }
    }

    /// The row in a place, without a mark.
    subscript(place: Int) -> PositionRow { positions[place] }

    /// The rows at the last prices, in the order of their keys.
    public func rows(_ prices: PriceBoard) -> [PositionRow] { allRows(prices).filter { $0.tradeCount > 0 } }

    /// Those rows, and the ones of positions of which no trade is open any more.
    func allRows(_ prices: PriceBoard) -> [PositionRow] {
        positions.sorted { $0.key < $1.key }.map { $0.marked(prices.mark(of: $0.key.symbol)) }
    }
}

/// What one event changes in the position of its trade.
struct PositionChange: Sendable {
    /// The event.
    let sequence: UInt64
    /// The place of the position in its fold.
    let place: Int
    /// What the trade contributed before the event, and what it contributes now; nil where it is not open.
    let before: PositionFold.Share?
    let after: PositionFold.Share?
}

/// A row of `positions`.
public struct PositionRow: Sendable {
    /// What its trades have in common.
    public let key: PositionFold.Key
    private(set) var tradeCount: Int64 = 0
    private var heldAmount = ExactSum()
    private var heldCost = ExactSum()
    /// The price of all entries; nil where they have several.
    private var onlyPrice: Decimal?
    private(set) var mark: (price: Decimal, time: Timestamp)?

    fileprivate init(key: PositionFold.Key) { self.key = key }

    fileprivate mutating func apply(_ change: PositionChange, onlyPrice: Decimal?) {
        self.onlyPrice = onlyPrice
        let (before, after) = (change.before, change.after)
        Self.replace(before?.amount, by: after?.amount, in: &heldAmount)
        Self.replace(before?.entered, by: after?.entered, in: &heldCost)
        Self.replace(before?.closed.negated, by: after?.closed.negated, in: &heldCost)
        tradeCount += (after == nil ? 0 : 1) - (before == nil ? 0 : 1)
    }

    private static func replace(_ before: Decimal?, by after: Decimal?, in sum: inout ExactSum) {
        guard before != after else { return }
        if let before { sum.add(before.negated) }
        if let after { sum.add(after) }
    }

    fileprivate func marked(_ mark: (price: Decimal, time: Timestamp)?) -> PositionRow {
        var row = self
        row.mark = mark
        return row
    }

    var amount: Decimal? { heldAmount.value }
    var cost: Decimal? { heldCost.value }
    private var entryPrice: Decimal? { Decimal.average(of: cost, amount, onlyPrice: onlyPrice) }

    /// What closing at the mark would bring, before fees; nil without a mark, and for inverse contracts.
    var unrealizedPnL: Decimal? {
        guard let amount, let cost, !isInverse else { return nil }
        if amount.isZero { return cost.isZero ? .zero : nil }
        guard let mark else { return nil }
        do throws(DecimalError) {
            let difference = try amount.multiplied(by: mark.price).subtracting(cost)
            return key.side == .buy ? difference : difference.negated
        } catch {
            return nil
        }
    }

    /// Whether the symbol is a derivative.
    var isDerivative: Bool { key.symbol.bytes.contains(UInt8(ascii: ":")) }

    private var isInverse: Bool { Self.isInverse(key.symbol, quote: key.quote) }

    /// Whether a symbol is a derivative that settles in another currency than the quote currency.
    package static func isInverse(_ symbol: ByteText, quote: ByteText) -> Bool {
        Instrument.settlementCurrency(of: symbol).map { $0 != quote } ?? false
    }

    /// All columns, in the order in which the program prints them.
    public static let columns: [Column<PositionRow>] = [
        Column("account", .text, look: .main, "The account; default is that of trades that name none.") {
            .text($0.key.account.text)
        },
        Column("venue", .text, isNullable: true, look: .more, "The exchange or broker.") {
            ColumnValue($0.key.venue?.text)
        },
        Column("symbol", .text, look: .key, "The instrument, such as BTC/USDT.") { .text($0.key.symbol.text) },
        Column("side", .text, look: .key, "buy or sell: the direction of the entry.") { .text($0.key.side.rawValue) },
        Column("quote", .text, look: .more, "The currency of the prices, the cost and the P&L.") {
            .text($0.key.quote.text)
        },
        Column("amount", .numeric, isNullable: true, look: .key, "What is held, in the base currency, exact.") {
            ColumnValue($0.amount)
        },
        Column(
            "entry_price",
            .numeric,
            isNullable: true,
            look: .main,
            "The price of the entries of its open trades; if there are several, cost / amount; 18 decimals, half-even."
        ) { ColumnValue($0.entryPrice) },
        Column(
            "cost",
            .numeric,
            isNullable: true,
            look: TableLook(.main, .money, isSummed: true),
            "What it cost at average cost, in the quote currency, without fees."
        ) {
            ColumnValue($0.cost)
        },
        Column("trades", .bigint, look: .more, "How many open trades it consists of.") { .bigint($0.tradeCount) },
        Column(
            "mark",
            .numeric,
            isNullable: true,
            look: .main,
            expression: "prices.price",
            "The price of the symbol that was recorded last."
        ) { ColumnValue($0.mark?.price) },
        Column(
            "marked_at",
            .timestamptz,
            isNullable: true,
            look: .more,
            expression: "prices.observed_at",
            "When it was observed."
        ) { ColumnValue($0.mark?.time) },
        Column(
            "unrealized_pnl",
            .numeric,
            isNullable: true,
            look: TableLook(.key, .gain, isSummed: true),
            expression: "CASE side WHEN 'buy' THEN 1 ELSE -1 END * (amount * prices.price - cost)",
            "What closing at the mark would bring, before fees; NULL without a mark, and for inverse contracts."
        ) { ColumnValue($0.unrealizedPnL) },
    ]
}
