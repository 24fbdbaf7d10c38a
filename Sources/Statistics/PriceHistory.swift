package import Projections
package import TradeModel

/// Prices by symbol and by the time at which they were observed.
package struct PriceHistory: Sendable {
    private var prices: [ByteText: [(time: Int64, price: Decimal)]] = [:]

    /// No price.
    package init() {}

    /// Adds a price, which may be older than others on record.
    ///
    /// O(1) for the newest price of the symbol.
    package mutating func add(_ price: Decimal, of symbol: ByteText, at time: Timestamp) {
        let time = time.microsecondsSince1970
        let index = count(of: symbol, upTo: time)
        prices[symbol, default: []].insert((time, price), at: index)
    }

    /// The last price observed at a time or before; of those observed at one time, the one recorded last; nil without
    /// any.
    package func price(of symbol: ByteText, at time: Int64) -> Decimal? {
        let count = count(of: symbol, upTo: time)
        return count == 0 ? nil : prices[symbol]?[count - 1].price
    }

    /// How many prices of a symbol were observed at a time or before.
    private func count(of symbol: ByteText, upTo time: Int64) -> Int {
        guard let known = prices[symbol] else { return 0 }
        var (low, high) = (0, known.count)
        if let last = known.last, last.time <= time { low = high }
        while low < high {
            let middle = low + (high - low) / 2
            if known[middle].time <= time { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// What one unit of a currency was worth in another at a time; nil where no price on record says so.
    ///
    /// It is the last price of `CURRENCY/BASE`, else 1 ÷ that of `BASE/CURRENCY` at 18 decimals, half-even. Rates are
    /// never chained.
    package func rate(of currency: ByteText, in base: ByteText, at time: Int64) -> Decimal? {
        if currency == base { return .one }
        if let direct = price(of: PriceBoard.pair(currency, base), at: time) { return direct }
        guard let inverse = price(of: PriceBoard.pair(base, currency), at: time) else { return nil }
        do throws(DecimalError) { return try Decimal.quotient(.one, by: inverse) } catch { return nil }
    }
}
