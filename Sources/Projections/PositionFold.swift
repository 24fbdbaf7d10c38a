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
            cost.add(trade.closedCost.negated)
            self.cost = cost
        }
    }

    private struct Sum {
        var amount = ExactSum()
        var cost = ExactSum()
        var prices = DistinctPrices()
        var tradeCount: Int64 = 0
    }

    private var sums: [Key: Sum] = [:]

    /// No position.
    public init() {}

    /// Replaces what a trade contributes; nil stands for a trade that is not open.
    ///
    /// Returns the row that it changes, without a mark.
    mutating func replace(_ before: Share?, by after: Share?, in key: Key) -> PositionRow? {
        if before == nil, after == nil { return nil }
        var sum = sums[key] ?? Sum()
        if let before {
            sum.amount.add(before.amount.negated)
            sum.cost.subtract(before.cost)
            // Where nothing is held any more, the price has no weight.
            if !before.amount.isZero { sum.prices.remove(before.price) }
            sum.tradeCount -= 1
        }
        if let after {
            sum.amount.add(after.amount)
            sum.cost.add(after.cost)
            if !after.amount.isZero { sum.prices.add(after.price) }
            sum.tradeCount += 1
        }
        sums[key] = sum
        return row(of: key, PriceBoard())
    }

    /// The rows at the last prices, in the order of their keys.
    public func rows(_ prices: PriceBoard) -> [PositionRow] {
        allRows(prices).filter { $0.tradeCount > 0 }
    }

    /// Those rows, and the ones of positions of which no trade is open any more.
    func allRows(_ prices: PriceBoard) -> [PositionRow] { sums.keys.sorted().compactMap { row(of: $0, prices) } }

    /// The row of a position; nil where there never was one.
    private func row(of key: Key, _ prices: PriceBoard) -> PositionRow? {
        sums[key].map { sum in
            PositionRow(
                key: key,
                amount: sum.amount.value,
                entryPrice: sum.prices.average(of: sum.cost.value, sum.amount.value),
                cost: sum.cost.value,
                tradeCount: sum.tradeCount,
                mark: prices.mark(of: key.symbol)
            )
        }
    }
}

/// A row of `positions`.
public struct PositionRow: Sendable {
    /// What its trades have in common.
    public let key: PositionFold.Key
    let amount: Decimal?
    let entryPrice: Decimal?
    let cost: Decimal?
    let tradeCount: Int64
    let mark: (price: Decimal, time: Timestamp)?

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

    private var isInverse: Bool {
        guard let settled = TradeMovements.settlementCurrency(of: key.symbol) else { return false }
        return settled != key.quote
    }

    /// All columns, in the order in which the program prints them.
    public static let columns: [Column<PositionRow>] = [
        Column("account", .text, "The account; default is that of trades that name none.") {
            .text($0.key.account.text)
        },
        Column("venue", .text, isNullable: true, "The exchange or broker.") { ColumnValue($0.key.venue?.text) },
        Column("symbol", .text, "The instrument, such as BTC/USDT.") { .text($0.key.symbol.text) },
        Column("side", .text, "buy or sell: the direction of the entry.") { .text($0.key.side.rawValue) },
        Column("quote", .text, "The currency of the prices, the cost and the P&L.") { .text($0.key.quote.text) },
        Column("amount", .numeric, isNullable: true, "What is held, in the base currency, exact.") {
            ColumnValue($0.amount)
        },
        Column(
            "entry_price",
            .numeric,
            isNullable: true,
            "The price of the entries of its open trades; if there are several, cost / amount; 18 decimals, half-even."
        ) { ColumnValue($0.entryPrice) },
        Column("cost", .numeric, isNullable: true, "What it cost at average cost, in the quote currency, without fees.")
        {
            ColumnValue($0.cost)
        },
        Column("trades", .bigint, "How many open trades it consists of.") { .bigint($0.tradeCount) },
        Column(
            "mark",
            .numeric,
            isNullable: true,
            expression: "prices.price",
            "The price of the symbol that was recorded last."
        ) { ColumnValue($0.mark?.price) },
        Column(
            "marked_at",
            .timestamptz,
            isNullable: true,
            expression: "prices.observed_at",
            "When it was observed."
        ) { ColumnValue($0.mark?.time) },
        Column(
            "unrealized_pnl",
            .numeric,
            isNullable: true,
            expression: "CASE side WHEN 'buy' THEN 1 ELSE -1 END * (amount * prices.price - cost)",
            "What closing at the mark would bring, before fees; NULL without a mark, and for inverse contracts."
        ) { ColumnValue($0.unrealizedPnL) },
    ]
}
