/// Where an event of a trade says what the rules ask for: amounts, prices, fees, and the id of the fill.
///
/// One walk over the body finds its fields. Offsets count from the start of the body, so that nothing here refers to
/// memory.
package struct TradeTerms: Sendable {
    /// Where the length of each value lies, by the numbers of the fields; 0 where the event lacks the field.
    ///
    /// No rule asks for the fields after `fill_id`, and those up to it are short.
    private var offsets = InlineArray<19, UInt16>(repeating: 0)

    /// The terms of a body.
    ///
    /// O(fields).
    package init(_ body: Span<UInt8>) {
        var offset = body.fieldsOffset
        while offset < body.count, body[offset] <= Field.fillID.number {
            offsets[Int(body[offset])] = UInt16(truncatingIfNeeded: offset + 1)
            offset += 2 + Int(body[offset + 1])
        }
    }

    /// Whether the event has a field.
    @inline(__always)
    func has(_ field: Field) -> Bool { offsets[Int(field.number)] != 0 }

    /// The number of a field; zero where the event lacks the field.
    @inline(__always)
    func number<Number: ExactNumber>(_ field: Field, _ body: Span<UInt8>) throws(DecimalError) -> Number {
        has(field) ? try Number.fitting(Number(body, range(field, body))) : .zero
    }

    /// Where the id of the fill lies; nil where the event has none.
    package func fillID(in body: Span<UInt8>) -> Range<Int>? { has(.fillID) ? range(.fillID, body) : nil }

    /// Where the value of a field lies that the event has.
    @inline(__always)
    func range(_ field: Field, _ body: Span<UInt8>) -> Range<Int> {
        let start = Int(offsets[Int(field.number)])
        return (start + 1)..<(start + 1 + Int(body[start]))
    }
}

/// An amount at a price.
struct Fill<Number: ExactNumber> {
    let amount: Number
    let price: Number
}

/// What a fee counts.
struct Fee<Number: ExactNumber> {
    /// In the quote currency.
    let value: Number
    /// In its own currency.
    let cost: Number
    /// Whether it was paid in the base currency.
    let isInBase: Bool
    /// False where it was paid in a currency that the event gives no value for.
    let isKnown: Bool
}

extension Fee {
    /// The fee of an event: its value is what the event says, else follows from its currency.
    ///
    /// Currencies are compared as bytes, as the database does: strings in Swift are also equal where Unicode composes
    /// them differently.
    @inline(__always)
    init(
        _ terms: TradeTerms,
        _ body: Span<UInt8>,
        price: Number,
        quote: String,
        base: String
    ) throws(DecimalError) {
        guard terms.has(.feeCost) else {
            (value, cost, isInBase, isKnown) = (.zero, .zero, false, true)
            return
        }
        cost = try terms.number(.feeCost, body)
        let quoteCost: Number? = terms.has(.feeQuoteCost) ? try terms.number(.feeQuoteCost, body) : nil
        guard terms.has(.feeCurrency) else {
            (value, isInBase, isKnown) = (quoteCost ?? cost, false, true)
            return
        }
        let currency = body.extracting(terms.range(.feeCurrency, body))
        let isInQuote = currency.holds(quote)
        isInBase = currency.holds(base) && !base.isEmpty
        isKnown = quoteCost != nil || isInBase || isInQuote
        if let quoteCost {
            value = quoteCost
        } else {
            value = isInBase && !isInQuote ? try cost.times(price) : cost
        }
    }
}

/// What a close writes off, in the base currency.
enum Dust<Number: ExactNumber> {
    case amount(Number)
    /// Whatever stays open after the amount.
    case rest

    init(_ terms: TradeTerms, _ body: Span<UInt8>) throws(DecimalError) {
        guard terms.has(.dust) else {
            self = .amount(.zero)
            return
        }
        let text = body.extracting(terms.range(.dust, body))
        self = text.holds("rest") ? .rest : .amount(try Number.fitting(Number(try Decimal(parsing: text))))
    }
}
