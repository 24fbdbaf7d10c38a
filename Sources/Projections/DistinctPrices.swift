import TradeModel

/// The prices of what an average is made of, of which some may be taken out again.
///
/// An average over one distinct price is exactly that price; any other one is a quotient, which is rounded.
struct DistinctPrices: Sendable {
    /// How many parts have each price; nil is that of a part which is itself an average over several.
    private var counts: [Decimal?: Int] = [:]

    mutating func add(_ price: Decimal?) { counts[price, default: 0] += 1 }

    /// Takes a part out that was added before.
    mutating func remove(_ price: Decimal?) {
        let count = counts[price, default: 1] - 1
        counts[price] = count == 0 ? nil : count
    }

    /// The price of all parts; nil where they have several, or there is none.
    var only: Decimal? { counts.count == 1 ? counts.keys.first ?? nil : nil }
}

extension Decimal {
    /// The average price of an amount that has cost this much, of which each unit had `onlyPrice` if that is given; nil
    /// of no amount, or where the average does not fit.
    static func average(of cost: Decimal?, _ amount: Decimal?, onlyPrice: Decimal?) -> Decimal? {
        guard let amount, !amount.isZero else { return nil }
        if let onlyPrice { return onlyPrice }
        guard let cost else { return nil }
        do throws(DecimalError) { return try quotient(cost, by: amount) } catch { return nil }
    }
}
