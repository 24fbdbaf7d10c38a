import LedgerTestSupport
import Testing
import TradeModel

/// The effect of one bought trade on a wallet that nothing else changed, with integers only.
///
/// Coins are in units of 10^-6, prices of 10^-3, cash of 10^-9.
private struct Wallet {
    var cash: Int128 = 0
    var coins: Int128 = 0

    mutating func buy(_ amount: Int128, at price: Int128) {
        cash -= amount * price
        coins += amount
    }

    mutating func sell(_ amount: Int128, at price: Int128) {
        cash += amount * price
        coins -= amount
    }

    /// The value of both, with the coins at a price.
    func worth(at price: Int128) -> Int128 { cash + coins * price }
}

/// A random trade with its wallet, up to the close.
///
/// Every fee is paid in cash or in coins. A fee in coins counts at the price of its event, or at the value that it
/// names.
private struct WalletTrade {
    private(set) var wallet = Wallet()
    private(set) var trade: Trade
    /// The fees in coins: their amount and their value.
    private(set) var coinFees: (amount: Int128, value: Int128) = (0, 0)
    private var open: Int128
    private let priceOfAll: Int128?
    private var random: SeededGenerator

    /// Opens, increases and reduces; always at one price if it is given.
    init(seed: UInt64, priceOfAll: Int128? = nil) throws {
        self.priceOfAll = priceOfAll
        random = SeededGenerator(seed: seed)
        open = Int128.random(in: 1_000_000...9_000_000, using: &random)
        let price = priceOfAll ?? Int128.random(in: 1...9_999_999, using: &random)
        wallet.buy(open, at: price)
        var fields = TradeHistory.openFields(text(open, 6), text(price, 3))
        let fee = Fee(of: open, at: price, isPriced: priceOfAll == nil, &random)
        fields.merge(fee.fields) { $1 }
        trade = try Trade(opening: event(.opened, fields), sequence: 1)
        pay(fee)
        for _ in 0..<Int.random(in: 0...5, using: &random) { try fill() }
    }

    private mutating func fill() throws {
        let amount = Int128.random(in: 1...500_000, using: &random)
        let isReduction = Bool.random(using: &random) && amount < open / 2
        let price = self.price()
        try apply(isReduction ? .reduced : .increased, amount, at: price, [:])
    }

    /// Closes all except the dust that `dust` computes from the fees in coins, and returns it.
    ///
    /// Returns nil, and leaves the trade open, if there is no such amount.
    mutating func close(dust: (Int128) -> Int128) throws -> (dust: Int128, price: Int128)? {
        let price = self.price()
        let fee = Fee(of: open / 2, at: price, isPriced: priceOfAll == nil, &random)
        let left = dust(coinFees.amount + fee.coins)
        guard left >= 0, left < open else { return nil }
        try apply(.closed, open - left, at: price, [.dust: text(left, 6)], fee)
        return (left, price)
    }

    private mutating func price() -> Int128 { priceOfAll ?? Int128.random(in: 1...9_999_999, using: &random) }

    private mutating func apply(
        _ type: EventType,
        _ amount: Int128,
        at price: Int128,
        _ more: [Field: String],
        _ given: Fee? = nil
    ) throws {
        let fee = given ?? Fee(of: amount, at: price, isPriced: priceOfAll == nil, &random)
        let fields = [Field.amount: text(amount, 6), .price: text(price, 3)].merging(fee.fields) { $1 }
        try trade.apply(event(type, fields.merging(more) { $1 }), sequence: trade.lastSequence + 1)
        if type == .increased {
            wallet.buy(amount, at: price)
            open += amount
        } else {
            wallet.sell(amount, at: price)
            open -= amount
        }
        pay(fee)
    }

    private mutating func pay(_ fee: Fee) {
        wallet.cash -= fee.cash
        wallet.coins -= fee.coins
        coinFees = (coinFees.amount + fee.coins, coinFees.value + fee.coinValue)
    }
}

/// The fee of a fill: cash or coins, and now and then a rebate.
private struct Fee {
    private(set) var cash: Int128 = 0
    private(set) var coins: Int128 = 0
    private(set) var coinValue: Int128 = 0
    private(set) var fields: [Field: String] = [:]

    /// `isPriced`: a fee in coins may name a value that is not that of its price.
    init(of amount: Int128, at price: Int128, isPriced: Bool, _ random: inout SeededGenerator) {
        let share = Int128.random(in: -2...10, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: break
        case 1:
            cash = amount * price * share / 1000
            fields = [.feeCost: text(cash, 9)]
        default:
            coins = amount * share / 1000
            coinValue = coins * price
            fields = [.feeCost: text(coins, 6), .feeCurrency: "BTC"]
            guard isPriced, Int.random(in: 0..<4, using: &random) == 0 else { return }
            coinValue = coinValue * 9 / 10
            fields[.feeQuoteCost] = text(coinValue, 9)
        }
    }
}

private func text(_ count: Int128, _ scale: Int) -> String { decimal(count, scale).description }

private func decimal(_ count: Int128, _ scale: Int) -> Decimal {
    do { return try Decimal(coefficient: count, scale: scale) } catch {
        preconditionFailure("\(count) of 10^-\(scale) do not fit: the test makes too large numbers")
    }
}

/// The P&L of a bought trade, compared with a wallet that only this trade changed.
@Suite struct `A wallet after one trade` {
    private static let seeds: [UInt64] = Array(1...3000)

    @Test func `has changed by the P&L if the dust is what the fees took`() throws {
        var count = 0
        for seed in Self.seeds {
            var history = try WalletTrade(seed: seed)
            guard let close = try history.close(dust: { $0 }) else { continue }
            // Fees that sum to zero took no dust: their value stays in the P&L.
            guard history.coinFees.amount > 0 || history.coinFees.value == 0 else { continue }
            try #require(history.wallet.coins == 0, "seed \(seed)")
            let change = history.wallet.worth(at: close.price)
            try #require(history.trade.figures.realizedPnL == decimal(change, 9), "seed \(seed)")
            count += history.coinFees.amount > 0 ? 1 : 0
        }
        #expect(count > 1000)
    }

    @Test func `has changed by the P&L and the remaining coins if the dust is more than the fees took`() throws {
        var count = 0
        for seed in Self.seeds {
            var history = try WalletTrade(seed: seed)
            guard let close = try history.close(dust: { $0 + 1 + Int128(seed % 1000) }) else { continue }
            guard history.coinFees.amount > 0 else { continue }
            let stayed = close.dust - history.coinFees.amount
            try #require(history.wallet.coins == stayed, "seed \(seed)")
            let change = history.wallet.worth(at: close.price) - stayed * close.price
            try #require(history.trade.figures.realizedPnL == decimal(change, 9), "seed \(seed)")
            count += 1
        }
        #expect(count > 1000)
    }

    @Test func `has changed by the P&L at the single price if the dust is less than the fees took`() throws {
        var count = 0
        for seed in Self.seeds {
            var history = try WalletTrade(seed: seed, priceOfAll: Int128(seed))
            // The trade sold coins that its fees had taken: these came from elsewhere, at that price.
            guard let close = try history.close(dust: { $0 * 2 / 3 }), history.coinFees.amount > 1 else { continue }
            try #require(history.wallet.coins < 0, "seed \(seed)")
            let change = history.wallet.worth(at: close.price)
            try #require(history.trade.figures.realizedPnL == decimal(change, 9), "seed \(seed)")
            count += 1
        }
        #expect(count > 1000)
    }

    @Test func `owes the missing coins at the value of the fees if there were several prices`() throws {
        var count = 0
        for seed in Self.seeds {
            var history = try WalletTrade(seed: seed)
            guard let close = try history.close(dust: { $0 / 3 }), history.coinFees.amount > 1 else { continue }
            let (amount, value) = history.coinFees
            try #require(history.wallet.coins == close.dust - amount, "seed \(seed)")
            let dustValue = roundedQuotient(value, times: close.dust * pow10(9), by: amount)
            let change = try decimal(history.wallet.cash - value, 9).adding(decimal(dustValue, 18))
            try #require(history.trade.figures.realizedPnL == change, "seed \(seed)")
            count += 1
        }
        #expect(count > 1000)
    }
}
