/// One direction of a trade, all its fills together: everything entered, or everything taken out.
public struct Leg: Hashable, Sendable {
    /// Base quantity.
    public private(set) var amount = Decimal.zero
    /// Quote value, the sum of amount · price, exact.
    public private(set) var notional = Decimal.zero
    private var price = Price.none

    /// Distinct prices seen so far.
    ///
    /// An average over one distinct price is that price, exactly.
    private enum Price: Hashable, Sendable {
        case none
        case one(Decimal)
        case several
    }

    /// Whether the average price is a quotient.
    var hasSeveralPrices: Bool { price == .several }

    /// The average price per unit at 18 decimals, half-even; nil before any amount.
    var averagePrice: Decimal? {
        get throws(DecimalError) {
            switch price {
            case .none: nil
            case .one(let price): price
            case .several: try Decimal.quotient(notional, by: amount)
            }
        }
    }

    mutating func add(amount added: Decimal, price addedPrice: Decimal) throws(DecimalError) {
        guard !added.isZero else { return }
        amount = try amount.adding(added)
        notional = try notional.adding(added.multiplied(by: addedPrice))
        switch price {
        case .none: price = .one(addedPrice)
        case .one(addedPrice), .several: break
        case .one: price = .several
        }
    }
}

/// The state of a leg as bytes, for `Trade.state`.
extension Leg {
    func append(to bytes: inout [UInt8]) {
        DecimalCoding.encode(amount, into: &bytes)
        DecimalCoding.encode(notional, into: &bytes)
        switch price {
        case .none: bytes.append(0)
        case .one(let price):
            bytes.append(1)
            DecimalCoding.encode(price, into: &bytes)
        case .several: bytes.append(2)
        }
    }

    init(_ reader: inout ByteReader) throws(BodyFault) {
        amount = try reader.decimal()
        notional = try reader.decimal()
        switch try reader.uint8("prices of a leg") {
        case 0: price = .none
        case 1: price = .one(try reader.decimal())
        case 2: price = .several
        case let number: throw BodyFault(message: "a leg of \(number) prices")
        }
    }
}
