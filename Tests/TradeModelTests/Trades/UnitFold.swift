/// The expected figures of a trade, folded in whole units with integers only; tests of trades compare with them.
///
/// Amounts are in units of 10^-21, prices of 10^-10, so that quote values are whole units of 10^-31.
struct UnitFold {
    static let amountScale = 21
    static let priceScale = 10
    static let quoteScale = amountScale + priceScale

    /// Fills of one direction: what was moved, its value, and the prices that were seen.
    struct Leg {
        var amount: Int128 = 0
        var value: Int128 = 0
        var prices: Set<Int128> = []

        mutating func add(_ added: Int128, at price: Int128) {
            guard added != 0 else { return }
            amount += added
            value += added * price
            prices.insert(price)
        }

        /// In units of 10^-18 if there are several prices; nil if there is one or none.
        var roundedAverage: Int128? {
            prices.count < 2 ? nil : roundedQuotient(value, times: pow10(18 - UnitFold.priceScale), by: amount)
        }
    }

    var entry = Leg()
    var exit = Leg()
    var open: Int128 = 0
    var costOut: Int128 = 0
    var fees: Int128 = 0
    /// The part of the fees that was paid in coins, and its value in `fees`.
    var baseFees: (amount: Int128, value: Int128) = (0, 0)
    var dust: Int128 = 0
    var adjustments: Int128 = 0
    var isFeesIncomplete = false
    var isClosed = false
    let sign: Int128

    mutating func enter(_ amount: Int128, at price: Int128) {
        entry.add(amount, at: price)
        open += amount
    }

    mutating func reduce(_ amount: Int128, at price: Int128) {
        let held = entry.value - costOut
        // Rounded at 18 decimals, the rest of the 31 are zeros.
        let unit = pow10(Self.quoteScale - 18)
        costOut += amount == open ? held : roundedQuotient(held, times: amount, by: open * unit) * unit
        open -= amount
        exit.add(amount, at: price)
    }

    /// Whether the cost of this part of the position has at most 18 decimals, or is all of the cost.
    func isCostExact(of amount: Int128) -> Bool {
        guard amount != open else { return true }
        let divisor = (open * pow10(Self.quoteScale - 18)).magnitude
        let product = (entry.value - costOut).magnitude.multipliedFullWidth(by: amount.magnitude)
        return divisor.dividingFullWidth(product).remainder == 0
    }

    mutating func close(_ amount: Int128, at price: Int128) {
        exit.add(amount, at: price)
        costOut = entry.value
        dust = open - amount
        open = 0
        isClosed = true
    }

    mutating func chargeInBase(_ amount: Int128, value: Int128) {
        fees += value
        baseFees = (baseFees.amount + amount, baseFees.value + value)
    }

    /// The value of the fees that took the dust of a bought position.
    var dustValue: Int128 {
        guard sign > 0, dust > 0, baseFees.amount > 0 else { return 0 }
        guard dust < baseFees.amount else { return baseFees.value }
        let unit = pow10(Self.quoteScale - 18)
        return roundedQuotient(baseFees.value, times: dust, by: baseFees.amount * unit) * unit
    }

    var realized: Int128 { sign * (exit.value + dustValue - costOut) - fees + adjustments }

    /// In units of 10^-8 of a percent.
    var percent: Int128 { costOut == 0 ? 0 : roundedQuotient(realized, times: pow10(10), by: costOut) }
}

func pow10(_ exponent: Int) -> Int128 { (0..<exponent).reduce(1) { power, _ in power * 10 } }

/// `left` · `right` / `divisor`, half to even, through 256 bits.
func roundedQuotient(_ left: Int128, times right: Int128, by divisor: Int128) -> Int128 {
    let product = left.magnitude.multipliedFullWidth(by: right.magnitude)
    let (floor, remainder) = divisor.magnitude.dividingFullWidth(product)
    let distance = divisor.magnitude - remainder
    let isUp = remainder > distance || (remainder == distance && floor % 2 == 1)
    let quotient = Int128(floor + (isUp ? 1 : 0))
    let isNegative = left.signum() * right.signum() * divisor.signum() < 0
    return isNegative ? -quotient : quotient
}
