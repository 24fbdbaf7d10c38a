import TradeModel

/// What came into each account and left it, and what its trades have earned: what portfolios need beside balances,
/// positions and prices.
public struct PortfolioFold: Sendable {
    private struct Capital {
        /// The currency of the first flow.
        var base: ByteText
        /// What came in and what went out, by currency.
        var received: [ByteText: ExactSum] = [:]
        var sent: [ByteText: ExactSum] = [:]
    }

    private var capitals: [ByteText: Capital] = [:]
    /// By account and quote currency, the realized P&L of the trades that are closed.
    private var realized: [BalanceFold.Key: ExactSum] = [:]

    /// No flow and no trade.
    public init() {}

    /// Takes in what a trade has realized after an event, in place of what it had before; nil stands for a trade that
    /// is not closed.
    mutating func replace(_ before: Decimal?, by after: Decimal?, of instrument: Instrument) {
        guard before != after else { return }
        let key = BalanceFold.Key(account: instrument.account, currency: instrument.quote)
        if let before { realized[key, default: ExactSum()].add(before.negated) }
        if let after { realized[key, default: ExactSum()].add(after) }
    }

    /// Takes in the next flow.
    mutating func apply(_ flow: FlowRow) {
        var capital = capitals[flow.account] ?? Capital(base: flow.currency)
        if flow.amount.isNegative {
            capital.sent[flow.currency, default: ExactSum()].add(flow.amount.negated)
        } else {
            capital.received[flow.currency, default: ExactSum()].add(flow.amount)
        }
        capitals[flow.account] = capital
    }

    /// Takes in what an open trade has realized so far.
    private mutating func count(_ history: TradeHistory) {
        let account = history.account.map { ByteText($0) } ?? TradeMovements.defaultAccount
        let key = BalanceFold.Key(account: account, currency: ByteText(history.trade.quote))
        realized[key, default: ExactSum()].add(history.trade.realizedPnL)
    }

    /// The rows, in the order of accounts; `base` replaces the currency of each account's first flow.
    public func rows(
        _ balances: [BalanceRow],
        _ positions: [PositionRow],
        _ openTrades: [TradeHistory],
        _ prices: PriceBoard,
        base: ByteText?
    ) -> [PortfolioRow] {
        var earned = self
        for trade in openTrades { earned.count(trade) }
        let accounts = Set(balances.map(\.key.account)).union(positions.map(\.key.account))
        return accounts.sorted().map { account in
            guard let base = base ?? capitals[account]?.base else { return PortfolioRow(account: account) }
            var valuation = Valuation(base, prices)
            var row = PortfolioRow(account: account, base: base)
            row.capitalIn = valuation.total(capitals[account]?.received ?? [:])
            row.capitalOut = valuation.total(capitals[account]?.sent ?? [:])
            let own = balances.filter { $0.key.account == account }
            row.cash = own.first { $0.key.currency == base }.map { $0.balance.amount.value } ?? .zero
            let held = own.filter { $0.key.currency != base }
            let derivatives = positions.filter { $0.key.account == account && $0.isDerivative }
            row.positionsValue = Valuation.sum([
                valuation.total(held.map { ($0.key.currency, $0.balance.amount) }),
                valuation.totalUnrealized(derivatives),
            ])
            row.realizedPnL = valuation.total(
                earned.realized.filter { $0.key.account == account }.map { ($0.key.currency, $0.value) }
            )
            row.unrealizedPnL = valuation.totalUnrealized(positions.filter { $0.key.account == account })
            row.equity = Valuation.sum([row.cash, row.positionsValue])
            row.unpriced = valuation.unpriced.sorted()
            row.converted = valuation.converted
            return row
        }
    }
}

/// Converts amounts to one currency and adds them up; it collects the currencies and symbols that have no price.
private struct Valuation {
    private let base: ByteText
    private let prices: PriceBoard
    private(set) var unpriced: Set<ByteText> = []
    /// The currencies of which amounts were converted, whether or not there was a price.
    private(set) var converted: Set<ByteText> = []

    init(_ base: ByteText, _ prices: PriceBoard) {
        (self.base, self.prices) = (base, prices)
    }

    /// The sum in the base currency; nil where a price is missing.
    mutating func total(_ sums: some Sequence<(key: ByteText, value: ExactSum)>) -> Decimal? {
        total(sums.map { ($0.key, $0.value) })
    }

    mutating func total(_ sums: [(currency: ByteText, sum: ExactSum)]) -> Decimal? {
        Self.sum(sums.map { value($0.sum.value, of: $0.currency) })
    }

    /// What closing positions at their marks would bring; nil where a mark or a rate is missing.
    mutating func totalUnrealized(_ positions: [PositionRow]) -> Decimal? {
        Self.sum(
            positions.map { position in
                guard let pnl = position.unrealizedPnL else {
                    if position.mark == nil { unpriced.insert(position.key.symbol) }
                    return nil
                }
                return value(pnl, of: position.key.quote)
            }
        )
    }

    private mutating func value(_ amount: Decimal?, of currency: ByteText) -> Decimal? {
        guard let amount else { return nil }
        if amount.isZero { return .zero }
        if currency != base { converted.insert(currency) }
        guard let rate = prices.rate(of: currency, in: base) else {
            unpriced.insert(currency)
            return nil
        }
        do throws(DecimalError) { return try amount.multiplied(by: rate) } catch { return nil }
    }

    /// The sum of amounts; nil where one of them is nil, or the sum does not fit.
    static func sum(_ amounts: [Decimal?]) -> Decimal? {
        var sum = ExactSum()
        for amount in amounts {
            guard let amount else { return nil }
            sum.add(amount)
        }
        return sum.value
    }
}

/// A row of `portfolios`: one account in its base currency.
public struct PortfolioRow: Sendable {
    /// The account.
    public let account: ByteText
    var base: ByteText?
    var capitalIn: Decimal?
    var capitalOut: Decimal?
    var cash: Decimal?
    var positionsValue: Decimal?
    var realizedPnL: Decimal?
    var unrealizedPnL: Decimal?
    var equity: Decimal?
    var unpriced: [ByteText] = []
    /// The currencies other than `base` whose rates the figures rest on.
    var converted: Set<ByteText> = []

    init(account: ByteText, base: ByteText? = nil) {
        (self.account, self.base) = (account, base)
    }

    /// All columns, in the order in which the program prints them.
    public static let columns: [Column<PortfolioRow>] = [
        Column("account", .text, look: .key, "The account; default is that of events that name none.") {
            .text($0.account.text)
        },
        Column(
            "base",
            .text,
            isNullable: true,
            look: .key,
            "The currency of the figures: that of the account's first flow."
        ) {
            ColumnValue($0.base?.text)
        },
        figure(
            "capital_in",
            look: TableLook(.more, .money, isSummed: true),
            "What was deposited, transferred from other accounts, or corrected upwards."
        ) {
            $0.capitalIn
        },
        figure(
            "capital_out",
            look: TableLook(.more, .money, isSummed: true),
            "What was withdrawn, transferred to other accounts, or corrected downwards."
        ) {
            $0.capitalOut
        },
        figure("cash", look: TableLook(.main, .money, isSummed: true), "The balance in base.") { $0.cash },
        figure(
            "positions_value",
            look: TableLook(.main, .money, isSummed: true),
            "The other balances at the last prices, and the unrealized P&L of derivatives."
        ) {
            $0.positionsValue
        },
        figure(
            "realized_pnl",
            look: TableLook(.main, .gain, isSummed: true),
            "The realized P&L of all trades of the account, without voided ones."
        ) {
            $0.realizedPnL
        },
        figure(
            "unrealized_pnl",
            look: TableLook(.main, .gain, isSummed: true),
            "What closing all positions at the last prices would bring."
        ) { $0.unrealizedPnL },
        figure("equity", look: TableLook(.key, .money, isSummed: true), "cash + positions_value.") { $0.equity },
        Column(
            "unpriced",
            .text,
            isNullable: true,
            look: TableLook(.main, .prose),
            "The currencies and symbols without a price on record, which make sums NULL; NULL where there are none. "
                + "Sums are also NULL with a position in an inverse contract, whose P&L is not computed."
        ) { row in
            ColumnValue(row.unpriced.isEmpty ? nil : row.unpriced.map(\.text).joined(separator: ", "))
        },
    ]

    private static func figure(
        _ name: String,
        look: TableLook,
        _ meaning: String,
        _ value: @escaping @Sendable (PortfolioRow) -> Decimal?
    ) -> Column<PortfolioRow> {
        Column(name, .numeric, isNullable: true, look: look, "\(meaning) In base, exact at the last rates.") {
            ColumnValue(value($0))
        }
    }
}
