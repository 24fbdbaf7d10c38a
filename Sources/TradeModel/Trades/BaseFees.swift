/// The fees of a trade that were paid in its base currency: how many coins, and the quote value that `fees` counts.
struct BaseFees: Hashable, Sendable {
    /// Base quantity; a rebate counts negative.
    private(set) var amount = Decimal.zero
    /// Quote value, each fee at the value at which it was counted.
    private(set) var value = Decimal.zero

    mutating func add(amount addedAmount: Decimal, value addedValue: Decimal) throws(DecimalError) {
        amount = try amount.adding(addedAmount)
        value = try value.adding(addedValue)
    }

    /// The value of the dust of a bought position, which is the amount left open by the close.
    ///
    /// Dust that a fee took is paid already, so it leaves at the value at which that fee was counted: all of the value
    /// where the dust covers the fees, else pro rata at 18 decimals. Dust beyond the fees is worth nothing.
    func valueOfDust(open: Decimal, taken: Decimal) throws(DecimalError) -> Decimal {
        guard amount.isPositive else { return .zero }
        let dust = try open.subtracting(taken)
        return dust >= amount ? value : try Decimal.quotient(value, times: dust, by: amount)
    }
}

/// The sums as bytes, for `Trade.state`.
extension BaseFees {
    func append(to bytes: inout [UInt8]) {
        DecimalCoding.encode(amount, into: &bytes)
        DecimalCoding.encode(value, into: &bytes)
    }

    init(_ reader: inout ByteReader) throws(BodyFault) {
        amount = try reader.decimal()
        value = try reader.decimal()
    }
}
