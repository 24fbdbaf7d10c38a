@testable import TradeModel

/// A slow and plain fold of one trade: it computes every figure for each event, in decimals of 128 bits.
///
/// Random histories compare `Trade` with it.
struct ReferenceTrade: Hashable, Sendable {
    /// Whether the position was bought or sold short.
    let side: Trade.Side
    /// The currency of prices, costs, fees and P&L; empty where neither the event nor its symbol names one.
    let quote: String
    /// The currency of the amounts; empty where the symbol names none.
    let base: String
    /// When the trade was opened at the venue.
    let openedAt: Timestamp
    /// The sequence of the event that opened it.
    let firstSequence: UInt64
    /// The sequence of its latest event.
    private(set) var lastSequence: UInt64
    /// The sequence of the event that closed it.
    private(set) var closeSequence: UInt64?
    /// When it was closed at the venue.
    ///
    /// A trade that is voided later keeps it.
    private(set) var closedAt: Timestamp?
    /// How many events it has.
    private(set) var eventCount: UInt64 = 1
    /// Where it stands.
    private(set) var status = Trade.Status.open
    /// The result of its fills, fees and adjustments.
    private(set) var position = ReferencePosition()

    /// The trade that an `opened` event begins.
    ///
    /// Throws the rule that the event breaks.
    init(opening body: EventBody, sequence: UInt64) throws(Rejection) {
        let bytes = body.bytes.span
        guard body.type == .opened, let symbol = bytes.value(of: .symbol), let side = bytes.value(of: .side)
        else { preconditionFailure("an opened event has a symbol and a side") }
        let pair = CurrencyPair(symbol: bytes.extracting(symbol))
        self.side = bytes.extracting(side).holds("buy") ? .buy : .sell
        base = pair.base
        quote = body.text(.quote) ?? pair.quote
        openedAt = body.occurredAt
        firstSequence = sequence
        lastSequence = sequence
        try enter(body)
    }

    /// Applies the next event of this trade.
    ///
    /// Throws the rule that the event breaks; the trade is then unchanged. O(1).
    mutating func apply(_ body: EventBody, sequence: UInt64) throws(Rejection) {
        precondition(sequence > lastSequence, "events are applied in the order of the ledger")
        let type = body.type
        try checkStatus(type, body)
        switch type {
        case .opened: preconditionFailure("a trade opens once; the caller answers trade_exists")
        case .increased: try enter(body)
        case .reduced: try reduce(body)
        case .closed: try close(body, sequence: sequence)
        case .adjusted: try adjust(body)
        case .annotated: try checkTime(body)
        case .voided:
            try checkTime(body)
            status = .voided
        default: preconditionFailure("\(type.name) is about no trade")
        }
        lastSequence = sequence
        eventCount += 1
    }

    private mutating func enter(_ body: EventBody) throws(Rejection) {
        let fill = try ReferenceFill(body)
        try checkTime(body)
        let fee = try fee(fill, body)
        try step(body) { (position: inout ReferencePosition) throws(DecimalError) in
            try position.enter(fill.amount, at: fill.price, fee)
        }
    }

    private mutating func reduce(_ body: EventBody) throws(Rejection) {
        let fill = try ReferenceFill(body)
        try checkTime(body)
        try checkWithinOpen(fill.amount, body)
        let fee = try fee(fill, body)
        try step(body) { (position: inout ReferencePosition) throws(DecimalError) in
            try position.take(fill.amount, at: fill.price, fee)
        }
    }

    private mutating func close(_ body: EventBody, sequence: UInt64) throws(Rejection) {
        let fill = try ReferenceFill(closing: body, open: position.openAmount)
        try checkTime(body)
        try checkWithinOpen(fill.amount, body)
        try fill.checkNothingStaysOpen(of: position.openAmount, body)
        let fee = try fee(fill, body)
        try step(body) { [side] (position: inout ReferencePosition) throws(DecimalError) in
            try position.end(fill.amount, at: fill.price, fee, side)
        }
        status = .closed
        closedAt = body.occurredAt
        closeSequence = sequence
    }

    private mutating func adjust(_ body: EventBody) throws(Rejection) {
        guard let cost = body.decimal(.cost) else { preconditionFailure("an adjusted event has a cost") }
        try checkTime(body)
        try step(body) { (position: inout ReferencePosition) throws(DecimalError) in try position.adjust(by: cost) }
    }

    private func fee(_ fill: ReferenceFill, _ body: EventBody) throws(Rejection) -> ReferenceFill.FeeValue {
        do { return try fill.feeValue(body, quote: quote, base: base) } catch { throw Self.outOfRange(body) }
    }

    /// Takes a step; it is refused where the position, or a figure that follows from it, would not fit.
    private mutating func step(
        _ body: EventBody,
        _ change: (inout ReferencePosition) throws(DecimalError) -> Void
    ) throws(Rejection) {
        let before = position
        do throws(DecimalError) {
            try change(&position)
            _ = try ReferenceFigures(of: position, side)
        } catch {
            position = before
            throw Self.outOfRange(body)
        }
    }

    private static func outOfRange(_ body: EventBody) -> Rejection {
        Rejection(
            .numberOutOfRange,
            "a figure of trade \(body.subject) would not fit 38 fraction digits and a 128-bit coefficient; "
                + "check amount, price and fee"
        )
    }
}

/// The rules that say which event may follow.
extension ReferenceTrade {
    private func checkStatus(_ type: EventType, _ body: EventBody) throws(Rejection) {
        switch (status, type) {
        case (.voided, _):
            throw Rejection(
                .tradeVoided,
                "trade \(body.subject) was voided at sequence \(lastSequence); nothing may follow"
            )
        case (.closed, .increased), (.closed, .reduced), (.closed, .closed):
            throw Rejection(
                .tradeClosed,
                "trade \(body.subject) was closed at sequence \(closeSequence ?? lastSequence) and does not reopen; "
                    + "correct it with trade.adjusted or trade.voided, or open a new trade"
            )
        default: break
        }
    }

    private func checkTime(_ body: EventBody) throws(Rejection) {
        guard body.occurredAt >= openedAt else {
            throw Rejection(
                .timeBeforeOpen,
                "occurred_at \(body.occurredAt) is before trade \(body.subject) was opened, \(openedAt)"
            )
        }
    }

    private func checkWithinOpen(_ amount: Decimal, _ body: EventBody) throws(Rejection) {
        guard amount <= position.openAmount else {
            throw Rejection(
                .amountExceedsOpen,
                "amount \(amount) is more than the \(position.openAmount) that trade \(body.subject) has open"
            )
        }
    }
}
