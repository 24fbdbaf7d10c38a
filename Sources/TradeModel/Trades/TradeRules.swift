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
