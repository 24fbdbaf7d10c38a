/// The money of a trade, without its identity: the result of its fills, fees and adjustments.
///
/// Plain numbers without references, so that trying a step on a copy is cheap.
struct Position: Hashable, Sendable {
    /// Everything that was entered.
    private(set) var entry = Leg()
    /// Everything that was taken out against a price; dust is not.
    private(set) var exit = Leg()
    /// Base quantity still open.
    private(set) var openAmount = Decimal.zero
    /// Quote cost of what has been closed, at average cost.
    private(set) var closedCost = Decimal.zero
    /// Sum of the fees in quote currency; a rebate is negative.
    private(set) var fees = Decimal.zero
    /// Whether a fee in a third currency counts zero in `fees`.
    private(set) var isFeesIncomplete = false
    /// The part of the fees that was paid in the base currency.
    private(set) var baseFees = BaseFees()
    /// Quote value of the dust that the close wrote off.
    private(set) var dustValue = Decimal.zero
    /// Sum of funding, interest and the like in quote currency; positive was received.
    private(set) var adjustments = Decimal.zero

    /// Takes in what opens or increases.
    mutating func enter(_ amount: Decimal, at price: Decimal, _ fee: Fill.FeeValue) throws(DecimalError) {
        try entry.add(amount: amount, price: price)
        openAmount = try openAmount.adding(amount)
        try charge(fee)
    }

    /// Takes out a part, which is not more than what is open.
    mutating func take(_ amount: Decimal, at price: Decimal, _ fee: Fill.FeeValue) throws(DecimalError) {
        closedCost = try closedCost.adding(costLeaving(with: amount))
        openAmount = try openAmount.subtracting(amount)
        try exit.add(amount: amount, price: price)
        try charge(fee)
    }

    /// Takes out all that is left, so that no quotient of costs is in the gross P&L of a closed trade.
    ///
    /// What is beyond the amount is dust. That of a short position is worth nothing: it is owed, and no fee took it.
    mutating func end(
        _ amount: Decimal,
        at price: Decimal,
        _ fee: Fill.FeeValue,
        _ side: Trade.Side
    ) throws(DecimalError) {
        try exit.add(amount: amount, price: price)
        try charge(fee)
        if side == .buy { dustValue = try baseFees.valueOfDust(open: openAmount, taken: amount) }
        closedCost = entry.notional
        openAmount = .zero
    }

    mutating func adjust(by cost: Decimal) throws(DecimalError) {
        adjustments = try adjustments.adding(cost)
    }

    private mutating func charge(_ fee: Fill.FeeValue) throws(DecimalError) {
        switch fee {
        case .known(let value): fees = try fees.adding(value)
        case .inBase(let amount, let value):
            fees = try fees.adding(value)
            try baseFees.add(amount: amount, value: value)
        case .unknown: isFeesIncomplete = true
        }
    }

    /// Cost leaves at average cost: cost held · amount out / amount held; all of it, exactly, with the last amount.
    private func costLeaving(with amount: Decimal) throws(DecimalError) -> Decimal {
        let held = try entry.notional.subtracting(closedCost)
        return amount == openAmount ? held : try Decimal.quotient(held, times: amount, by: openAmount)
    }
}

/// The money as bytes, for `Trade.state`.
extension Position {
    func append(to bytes: inout [UInt8]) {
        entry.append(to: &bytes)
        exit.append(to: &bytes)
        for decimal in [openAmount, closedCost, fees, adjustments, dustValue] {
            DecimalCoding.encode(decimal, into: &bytes)
        }
        baseFees.append(to: &bytes)
    }

    init(_ reader: inout ByteReader, isFeesIncomplete: Bool) throws(BodyFault) {
        entry = try Leg(&reader)
        exit = try Leg(&reader)
        openAmount = try reader.decimal()
        closedCost = try reader.decimal()
        fees = try reader.decimal()
        self.isFeesIncomplete = isFeesIncomplete
        adjustments = try reader.decimal()
        dustValue = try reader.decimal()
        baseFees = try BaseFees(&reader)
    }
}
