/// One trade's state: the fold of its events, and the rules that say which event may follow.
///
/// The same value admits events into the log, answers the command line and feeds the database. Money is exact; the
/// rules are those of the contract, section 1 ("A trade").
public struct Trade: Hashable, Sendable {
    /// Where a trade stands.
    ///
    /// The raw value is its name in JSON and SQL.
    public enum Status: String, Sendable {
        case open
        case closed
        case voided
    }

    /// The direction of a trade.
    ///
    /// The raw value is its name in JSON and SQL.
    public enum Side: String, Sendable {
        case buy
        case sell
    }

    /// Whether the position was bought or sold short.
    public let side: Side
    /// The currency of prices, costs, fees and P&L; empty where neither the event nor its symbol names one.
    public let quote: String
    /// The currency of the amounts; empty where the symbol names none.
    let base: String
    /// When the trade was opened at the venue.
    public let openedAt: Timestamp
    /// The sequence of the event that opened it.
    public let firstSequence: UInt64
    /// The sequence of its latest event.
    public private(set) var lastSequence: UInt64
    /// The sequence of the event that closed it.
    public private(set) var closeSequence: UInt64?
    /// When it was closed at the venue.
    ///
    /// A trade that is voided later keeps it.
    public private(set) var closedAt: Timestamp?
    /// How many events it has.
    public private(set) var eventCount: UInt64 = 1
    /// Where it stands.
    public private(set) var status = Status.open
    /// Everything that was entered.
    public private(set) var entry = Leg()
    /// Everything that was taken out against a price; dust is not.
    public private(set) var exit = Leg()
    /// Base quantity still open.
    public private(set) var openAmount = Decimal.zero
    /// Quote cost of what has been closed, at average cost.
    public private(set) var closedCost = Decimal.zero
    /// Sum of the fees in quote currency; a rebate is negative.
    public private(set) var fees = Decimal.zero
    /// Whether a fee in a third currency counts zero in `fees`.
    public private(set) var isFeesIncomplete = false
    /// Sum of funding, interest and the like in quote currency; positive was received.
    public private(set) var adjustments = Decimal.zero
    /// What follows from the above.
    public private(set) var figures = TradeFigures()

    /// The trade that an `opened` event begins.
    ///
    /// Throws the rule that the event breaks.
    public init(opening body: EventBody, sequence: UInt64) throws(Rejection) {
        guard body.type == .opened, let symbol = body.text(.symbol), let side = body.text(.side).flatMap(Side.init)
        else { preconditionFailure("an opened event has a symbol and a side") }
        let pair = CurrencyPair(symbol: symbol)
        self.side = side
        base = pair.base
        quote = body.text(.quote) ?? pair.quote
        openedAt = body.occurredAt
        firstSequence = sequence
        lastSequence = sequence
        let fill = try Fill(body)
        try Self.fitting(body) { () throws(DecimalError) in
            try entry.add(amount: fill.amount, price: fill.price)
            openAmount = fill.amount
            try charge(fill)
            figures = try TradeFigures(of: self)
        }
    }

    /// Applies the next event of this trade.
    ///
    /// Throws the rule that it breaks, and is unchanged then. O(1).
    public mutating func apply(_ body: EventBody, sequence: UInt64) throws(Rejection) {
        precondition(sequence > lastSequence, "events are applied in the order of the ledger")
        try checkStatus(body)
        var next = self
        switch body.type {
        case .opened: preconditionFailure("a trade opens once; the caller answers trade_exists")
        case .lost: preconditionFailure("a lost event belongs to no trade")
        case .increased: try next.increase(body)
        case .reduced: try next.reduce(body)
        case .closed: try next.close(body, sequence: sequence)
        case .adjusted: try next.adjust(body)
        case .annotated: try checkTime(body)
        case .voided:
            try checkTime(body)
            next.status = .voided
        }
        try Self.fitting(body) { () throws(DecimalError) in next.figures = try TradeFigures(of: next) }
        next.lastSequence = sequence
        next.eventCount += 1
        self = next
    }

    private mutating func increase(_ body: EventBody) throws(Rejection) {
        let fill = try Fill(body)
        try checkTime(body)
        try Self.fitting(body) { () throws(DecimalError) in
            try entry.add(amount: fill.amount, price: fill.price)
            openAmount = try openAmount.adding(fill.amount)
            try charge(fill)
        }
    }

    private mutating func reduce(_ body: EventBody) throws(Rejection) {
        let fill = try Fill(body)
        try checkTime(body)
        try checkWithinOpen(fill.amount, body)
        try Self.fitting(body) { () throws(DecimalError) in
            closedCost = try closedCost.adding(costLeaving(with: fill.amount))
            openAmount = try openAmount.subtracting(fill.amount)
            try exit.add(amount: fill.amount, price: fill.price)
            try charge(fill)
        }
    }

    /// A close takes all that is left, dust included, so that the gross P&L of a closed trade has no quotient in it.
    private mutating func close(_ body: EventBody, sequence: UInt64) throws(Rejection) {
        let fill = try Fill(closing: body, open: openAmount)
        try checkTime(body)
        try checkWithinOpen(fill.amount, body)
        try fill.checkNothingStaysOpen(of: openAmount, body)
        try Self.fitting(body) { () throws(DecimalError) in
            closedCost = entry.notional
            openAmount = .zero
            try exit.add(amount: fill.amount, price: fill.price)
            try charge(fill)
        }
        status = .closed
        closedAt = body.occurredAt
        closeSequence = sequence
    }

    private mutating func adjust(_ body: EventBody) throws(Rejection) {
        guard let cost = body.decimal(.cost) else { preconditionFailure("an adjusted event has a cost") }
        try checkTime(body)
        try Self.fitting(body) { () throws(DecimalError) in adjustments = try adjustments.adding(cost) }
    }

    private mutating func charge(_ fill: Fill) throws(DecimalError) {
        switch try fill.feeValue(quote: quote, base: base) {
        case .known(let value): fees = try fees.adding(value)
        case .unknown: isFeesIncomplete = true
        }
    }

    /// Cost leaves at average cost: cost held · amount out / amount held; all of it, exactly, with the last amount.
    private func costLeaving(with amount: Decimal) throws(DecimalError) -> Decimal {
        let held = try entry.notional.subtracting(closedCost)
        return amount == openAmount ? held : try Decimal.quotient(held, times: amount, by: openAmount)
    }
}

/// The rules that say which event may follow.
extension Trade {
    private func checkStatus(_ body: EventBody) throws(Rejection) {
        switch (status, body.type) {
        case (.voided, _):
            throw Rejection(
                .tradeVoided,
                "trade \(body.tradeID) was voided at sequence \(lastSequence); nothing may follow"
            )
        case (.closed, .increased), (.closed, .reduced), (.closed, .closed):
            throw Rejection(
                .tradeClosed,
                "trade \(body.tradeID) was closed at sequence \(closeSequence ?? lastSequence) and does not reopen; "
                    + "correct it with trade.adjusted or trade.voided, or open a new trade"
            )
        default: break
        }
    }

    private func checkTime(_ body: EventBody) throws(Rejection) {
        guard body.occurredAt >= openedAt else {
            throw Rejection(
                .timeBeforeOpen,
                "occurred_at \(body.occurredAt) is before trade \(body.tradeID) was opened, \(openedAt)"
            )
        }
    }

    private func checkWithinOpen(_ amount: Decimal, _ body: EventBody) throws(Rejection) {
        guard amount <= openAmount else {
            throw Rejection(
                .amountExceedsOpen,
                "amount \(amount) is more than the \(openAmount) that trade \(body.tradeID) has open"
            )
        }
    }

    private static func fitting(_ body: EventBody, _ step: () throws(DecimalError) -> Void) throws(Rejection) {
        do { try step() } catch {
            throw Rejection(
                .numberOutOfRange,
                "a figure of trade \(body.tradeID) would not fit 38 fraction digits and a 128-bit coefficient; "
                    + "check amount, price and fee"
            )
        }
    }
}

/// The state as bytes, for whoever keeps it: see `schema/derived-files.md`, "State of a trade".
extension Trade {
    /// The state, without the figures, which follow from it.
    package var state: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.usualStateByteCount)
        bytes.append(side == .buy ? 1 : 2)
        bytes.append(status == .open ? 1 : status == .closed ? 2 : 3)
        bytes.append(isFeesIncomplete ? 1 : 0)
        bytes.append(shortText: base)
        bytes.append(shortText: quote)
        bytes.appendLittleEndian(UInt64(bitPattern: openedAt.microsecondsSince1970))
        bytes.appendLittleEndian(firstSequence)
        bytes.appendLittleEndian(lastSequence)
        bytes.appendLittleEndian(eventCount)
        bytes.appendLittleEndian(closeSequence ?? 0)
        bytes.appendLittleEndian(UInt64(bitPattern: closedAt?.microsecondsSince1970 ?? 0))
        entry.append(to: &bytes)
        exit.append(to: &bytes)
        for decimal in [openAmount, closedCost, fees, adjustments] { DecimalCoding.encode(decimal, into: &bytes) }
        return bytes
    }

    private static let usualStateByteCount = 160

    /// The trade of a state.
    ///
    /// Throws where the bytes are not a state.
    package init(state: ArraySlice<UInt8>) throws(BodyFault) {
        var reader = ByteReader(state)
        side = try reader.oneOf([.buy, .sell], "side")
        status = try reader.oneOf([.open, .closed, .voided], "status")
        isFeesIncomplete = try reader.uint8("fees") == 1
        base = try reader.shortText("base")
        quote = try reader.shortText("quote")
        openedAt = Timestamp(microsecondsSince1970: Int64(bitPattern: try reader.uint64("time of the open")))
        firstSequence = try reader.uint64("first sequence")
        lastSequence = try reader.uint64("last sequence")
        eventCount = try reader.uint64("count of events")
        let close = (sequence: try reader.uint64("sequence of the close"), time: try reader.uint64("time of the close"))
        // Only an event that is there has a sequence, and only its time counts.
        closeSequence = close.sequence == 0 ? nil : close.sequence
        closedAt = close.sequence == 0 ? nil : Timestamp(microsecondsSince1970: Int64(bitPattern: close.time))
        entry = try Leg(&reader)
        exit = try Leg(&reader)
        openAmount = try reader.decimal()
        closedCost = try reader.decimal()
        fees = try reader.decimal()
        adjustments = try reader.decimal()
        guard reader.rest.isEmpty else { throw BodyFault(message: "bytes behind the state of a trade") }
        do { figures = try TradeFigures(of: self) } catch {
            throw BodyFault(message: "the figures of a trade do not fit")
        }
    }
}
