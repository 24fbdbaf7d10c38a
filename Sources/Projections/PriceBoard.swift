public import TradeModel

/// The last price of each symbol: marks of positions, and rates between currencies.
public struct PriceBoard: Sendable {
    private var prices: [ByteText: (price: Decimal, time: Timestamp)] = [:]

    /// No price.
    public init() {}

    /// Takes in the next event; only a price changes anything.
    public mutating func apply(_ event: Event) {
        guard event.body.type == .priceObserved, let price = event.body.decimal(.price) else { return }
        prices[ByteText(event.body.subjectBytes)] = (price, event.body.occurredAt)
    }

    /// The price of a symbol that was recorded last, and when it was observed; nil where there is none.
    func mark(of symbol: ByteText) -> (price: Decimal, time: Timestamp)? { prices[symbol] }

    /// What one unit of a currency is worth in another; nil where no price says so.
    ///
    /// It is the price of `CURRENCY/BASE`, else 1 ÷ that of `BASE/CURRENCY` at 18 decimals, half-even. Rates are never
    /// chained.
    func rate(of currency: ByteText, in base: ByteText) -> Decimal? {
        if currency == base { return .one }
        if let direct = prices[Self.pair(currency, base)] { return direct.price }
        guard let inverse = prices[Self.pair(base, currency)] else { return nil }
        do throws(DecimalError) { return try Decimal.quotient(.one, by: inverse.price) } catch { return nil }
    }

    private static func pair(_ base: ByteText, _ quote: ByteText) -> ByteText {
        ByteText(base.bytes + [UInt8(ascii: "/")] + quote.bytes)
    }
}
