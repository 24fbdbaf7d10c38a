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
        /// Not every cost fits a decimal.
        let cost: ExactSum

        /// What a trade contributes that is open.
        init(_ trade: Trade) {
            (amount, price) = (trade.openAmount, trade.onlyEntryPrice)
            var cost = ExactSum()
            cost.add(trade.entryNotional)
            if !trade.closedCost.isZero { cost.add(trade.closedCost.negated) }
            self.cost = cost
        }
    }

    /// The places of the rows in `positions`.
    private var places: [Key: Int] = [:]
    /// Without marks.
    private var positions: [PositionRow] = []
    /// The prices of the entries of each position.
    private var prices: [DistinctPrices] = []

    /// No position.
    public init() {}

    /// Replaces what a trade contributes; nil stands for a trade that is not open.
    ///
    /// Returns the place of the row that it changes. A row keeps its place.
    mutating func replace(_ before: Share?, by after: Share?, in key: Key) -> Int? {
        if before == nil, after == nil { return nil }
        let place = places[key] ?? positions.count
        if place == positions.count {
            places[key] = place
            positions.append(PositionRow(key: key))
            prices.append(DistinctPrices())
        }
        // Where nothing is held any more, the price has no weight.
        if let before, !before.amount.isZero { prices[place].remove(before.price) }
        if let after, !after.amount.isZero { prices[place].add(after.price) }
        positions[place].replace(before, by: after, onlyPrice: prices[place].only)
        return place
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

    fileprivate mutating func replace(
        _ before: PositionFold.Share?,
        by after: PositionFold.Share?,
        onlyPrice: Decimal?
    ) {
        self.onlyPrice = onlyPrice
        if let before {
            heldAmount.add(before.amount.negated)
            heldCost.subtract(before.cost)
            tradeCount -= 1
        }
        if let after {
            heldAmount.add(after.amount)
            heldCost.add(after.cost)
            tradeCount += 1
        }
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
        TradeMovements.settlementCurrency(of: symbol).map { $0 != quote } ?? false
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
