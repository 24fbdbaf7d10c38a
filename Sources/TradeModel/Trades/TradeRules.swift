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

/// What the open of a trade says once and for all, and the rules that follow from it.
struct TradeOpening: Hashable, Sendable {
    /// Whether the position was bought or sold short.
    let side: Trade.Side
    /// The currency of the amounts; empty where the symbol names none.
    let base: String
    /// The currency of prices, costs, fees and P&L; empty where neither the event nor its symbol names one.
    let quote: String
    /// When it happened at the venue.
    let time: Timestamp
    /// Its place in the ledger.
    let sequence: UInt64
}

extension TradeOpening {
    /// What an `opened` event says.
    init(_ body: EventBody, _ terms: TradeTerms, sequence: UInt64) {
        let bytes = body.bytes.span
        let pair = CurrencyPair(symbol: bytes.extracting(terms.range(.symbol, bytes)))
        // A body has one of two texts here.
        side = bytes[terms.range(.side, bytes).lowerBound] == UInt8(ascii: "b") ? .buy : .sell
        base = pair.base
        quote = terms.has(.quote) ? bytes.extracting(terms.range(.quote, bytes)).text : pair.quote
        time = body.occurredAt
        self.sequence = sequence
    }
}

/// The rules about money and time: see the contract, section 1 ("A trade").
extension TradeOpening {
    /// Changes the money by the next event.
    ///
    /// Throws the rule that the event breaks: `numberOutOfRange` where a result, or a figure that follows, does not
    /// fit. The money is then half changed.
    func change<Number>(
        _ money: inout Money<Number>,
        _ body: EventBody,
        _ terms: TradeTerms,
        _ type: EventType
    ) throws(Rejection) {
        do {
            try takeStep(&money, body, body.bytes.span, terms, type)
        } catch let rejection as Rejection {
            throw rejection
        } catch {
            throw Rejection(
                .numberOutOfRange,
                "a figure of trade \(body.subject) would not fit 38 fraction digits and a 128-bit coefficient; "
                    + "check amount, price and fee"
            )
        }
    }

    private func takeStep<Number>(
        _ money: inout Money<Number>,
        _ body: EventBody,
        _ bytes: Span<UInt8>,
        _ terms: TradeTerms,
        _ type: EventType
    ) throws {
        switch type {
        case .opened, .increased:
            let fill = try fill(terms, bytes, amount: try terms.number(.amount, bytes) as Number, body)
            try checkTime(body)
            try money.enter(fill, Fee(terms, bytes, price: fill.price, quote: quote, base: base))
        case .reduced:
            let fill = try fill(terms, bytes, amount: try terms.number(.amount, bytes) as Number, body)
            try checkTime(body)
            try checkWithinOpen(fill.amount, money, body)
            try money.take(fill, Fee(terms, bytes, price: fill.price, quote: quote, base: base))
        case .closed:
            let dust = try Dust<Number>(terms, bytes)
            let fill = try fill(terms, bytes, amount: closedAmount(terms, bytes, dust, money), body)
            try checkTime(body)
            try checkWithinOpen(fill.amount, money, body)
            try checkNothingStaysOpen(fill.amount, dust, money, body)
            try money.end(fill, Fee(terms, bytes, price: fill.price, quote: quote, base: base), side)
        case .adjusted:
            try checkTime(body)
            try money.adjust(by: try terms.number(.cost, bytes))
        case .annotated, .voided: return try checkTime(body)
        default: preconditionFailure("\(type.name) is about no trade")
        }
        guard Number.figuresFit(money, side) else { throw DecimalError.outOfRange }
    }

    private func fill<Number: ExactNumber>(
        _ terms: TradeTerms,
        _ bytes: Span<UInt8>,
        amount: Number,
        _ body: EventBody
    ) throws -> Fill<Number> {
        guard amount.isPositive || !terms.has(.amount) else {
            throw Rejection(.amountNotPositive, "amount is \(amount.decimal); it must be more than 0")
        }
        let price: Number = try terms.number(.price, bytes)
        guard price.isPositive || (price.isZero && Self.mayBeWorthless(body)) else {
            throw Rejection(
                .priceNotPositive,
                "price is \(price.decimal); it must be more than 0, or 0 on a close whose reason is expired or "
                    + "written_off"
            )
        }
        return Fill(amount: amount, price: price)
    }

    /// The amount of a close: what it gives, or all that is open less the dust.
    private func closedAmount<Number>(
        _ terms: TradeTerms,
        _ bytes: Span<UInt8>,
        _ dust: Dust<Number>,
        _ money: Money<Number>
    ) throws -> Number {
        if terms.has(.amount) { return try terms.number(.amount, bytes) }
        guard case .amount(let dust) = dust, !dust.isZero else { return money.openAmount }
        // Dust beyond the open amount is ignored here; `checkNothingStaysOpen` refuses it after the earlier rules.
        return dust.isAtMost(money.openAmount) ? try rest(of: money.openAmount, without: dust) : .zero
    }

    private func rest<Number: ExactNumber>(of open: Number, without amount: Number) throws(Rejection) -> Number {
        do { return try open.minus(amount) } catch {
            throw Rejection(
                .numberOutOfRange,
                "what stays open, \(open.decimal) − \(amount.decimal), does not fit a decimal"
            )
        }
    }

    private static func mayBeWorthless(_ body: EventBody) -> Bool {
        guard body.type == .closed, let reason = body.text(.reason) else { return false }
        return reason == "expired" || reason == "written_off"
    }

    private func checkTime(_ body: EventBody) throws(Rejection) {
        guard body.occurredAt >= time else {
            throw Rejection(
                .timeBeforeOpen,
                "occurred_at \(body.occurredAt) is before trade \(body.subject) was opened, \(time)"
            )
        }
    }

    private func checkWithinOpen<Number>(
        _ amount: Number,
        _ money: Money<Number>,
        _ body: EventBody
    ) throws {
        guard amount.isAtMost(money.openAmount) else {
            throw Rejection(
                .amountExceedsOpen,
                "amount \(amount.decimal) is more than the \(money.openAmount.decimal) that trade \(body.subject) "
                    + "has open"
            )
        }
    }

    /// Checks that amount and dust of a close are together all that is open.
    private func checkNothingStaysOpen<Number>(
        _ amount: Number,
        _ dust: Dust<Number>,
        _ money: Money<Number>,
        _ body: EventBody
    ) throws {
        guard case .amount(let dust) = dust else { return }
        let rest = try rest(of: money.openAmount, without: amount)
        if dust == rest { return }
        let open = money.openAmount.decimal
        guard dust.isAtMost(rest) else {
            throw Rejection(
                .amountExceedsOpen,
                "amount \(amount.decimal) and dust \(dust.decimal) are together more than the \(open) that trade "
                    + "\(body.subject) has open"
            )
        }
        throw Rejection(
            .dustMismatch,
            "the close of trade \(body.subject) would leave \(rest.decimal) of \(open) open with dust "
                + "\(dust.decimal); leave amount out to close all, or give dust as \(rest.decimal) or \"rest\""
        )
    }
}
