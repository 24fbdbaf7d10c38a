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

    /// The rate between two currencies at a time; nil where no price on record says so.
    ///
    /// It is the last price of `CURRENCY/BASE`, else that of `BASE/CURRENCY`. Rates are never chained.
    package func rate(of currency: ByteText, in base: ByteText, at time: Int64) -> ExchangeRate? {
        if currency == base { return .times(.one) }
        if let price = price(of: PriceBoard.pair(currency, base), at: time) { return .times(price) }
        guard let price = price(of: PriceBoard.pair(base, currency), at: time) else { return nil }
        return .dividedBy(price)
    }
}

/// How an amount is converted.
package enum ExchangeRate: Sendable {
    /// By the price of the currency in the base currency.
    case times(Decimal)
    /// By the price of the base currency in the currency.
    case dividedBy(Decimal)
}

extension Decimal {
    /// The amount at a rate; nil where it is beyond the range of decimals.
    ///
    /// A product is exact. A quotient, and a product of which a decimal does not hold all digits, is rounded half to
    /// even at 18 digits after the point.
    func converted(at rate: ExchangeRate) -> Decimal? {
        do throws(DecimalError) {
            switch rate {
            case .times(let price):
                do throws(DecimalError) { return try multiplied(by: price) } catch {
                    return try Decimal.quotient(self, times: price, by: .one)
                }
            case .dividedBy(let price): return try Decimal.quotient(self, by: price)
            }
        } catch {
            return nil
        }
    }
}
