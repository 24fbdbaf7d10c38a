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
    /// The result of its fills, fees and adjustments.
    private(set) var position = Position()

    /// The trade that an `opened` event begins.
    ///
    /// Throws the rule that the event breaks.
    public init(opening body: EventBody, sequence: UInt64) throws(Rejection) {
        let bytes = body.bytes.span
        guard body.type == .opened, let symbol = bytes.value(of: .symbol), let side = bytes.value(of: .side)
        else { preconditionFailure("an opened event has a symbol and a side") }
        let pair = CurrencyPair(symbol: bytes.extracting(symbol))
        self.side = bytes.extracting(side).holds(Side.buy.rawValue) ? .buy : .sell
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
    public mutating func apply(_ body: EventBody, sequence: UInt64) throws(Rejection) {
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
        let fill = try Fill(body)
        try checkTime(body)
        let fee = try fee(fill, body)
        try step(body) { (position: inout Position) throws(DecimalError) in
            try position.enter(fill.amount, at: fill.price, fee)
        }
    }

    private mutating func reduce(_ body: EventBody) throws(Rejection) {
        let fill = try Fill(body)
        try checkTime(body)
        try checkWithinOpen(fill.amount, body)
        let fee = try fee(fill, body)
        try step(body) { (position: inout Position) throws(DecimalError) in
            try position.take(fill.amount, at: fill.price, fee)
        }
    }

    private mutating func close(_ body: EventBody, sequence: UInt64) throws(Rejection) {
        let fill = try Fill(closing: body, open: openAmount)
        try checkTime(body)
        try checkWithinOpen(fill.amount, body)
        try fill.checkNothingStaysOpen(of: openAmount, body)
        let fee = try fee(fill, body)
        try step(body) { [side] (position: inout Position) throws(DecimalError) in
            try position.end(fill.amount, at: fill.price, fee, side)
        }
        status = .closed
        closedAt = body.occurredAt
        closeSequence = sequence
    }

    private mutating func adjust(_ body: EventBody) throws(Rejection) {
        guard let cost = body.decimal(.cost) else { preconditionFailure("an adjusted event has a cost") }
        try checkTime(body)
        try step(body) { (position: inout Position) throws(DecimalError) in try position.adjust(by: cost) }
    }

    private func fee(_ fill: Fill, _ body: EventBody) throws(Rejection) -> Fill.FeeValue {
        do { return try fill.feeValue(body, quote: quote, base: base) } catch { throw Self.outOfRange(body) }
    }

    /// Takes a step; it is refused where the position, or a figure that follows from it, would not fit.
    @inline(__always)
    private mutating func step(
        _ body: EventBody,
        _ change: (inout Position) throws(DecimalError) -> Void
    ) throws(Rejection) {
        let before = position
        do throws(DecimalError) {
            try change(&position)
            if !FigureBounds.allFit(position) { _ = try TradeFigures(of: position, side) }
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

/// The position, for its readers.
extension Trade {
    /// Everything that was entered.
    public var entry: Leg { position.entry }
    /// Everything that was taken out against a price; dust is not.
    public var exit: Leg { position.exit }
    /// Base quantity still open.
    public var openAmount: Decimal { position.openAmount }
    /// Quote cost of what has been closed, at average cost.
    public var closedCost: Decimal { position.closedCost }
    /// Sum of the fees in quote currency; a rebate is negative.
    public var fees: Decimal { position.fees }
    /// Whether a fee in a third currency counts zero in `fees`.
    public var isFeesIncomplete: Bool { position.isFeesIncomplete }
    /// Sum of funding, interest and the like in quote currency; positive was received.
    public var adjustments: Decimal { position.adjustments }
}

/// The rules that say which event may follow.
extension Trade {
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
        guard amount <= openAmount else {
            throw Rejection(
                .amountExceedsOpen,
                "amount \(amount) is more than the \(openAmount) that trade \(body.subject) has open"
            )
        }
    }
}

/// The state as bytes, for storage: see `schema/derived-files.md`, "State of a trade".
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
        position.append(to: &bytes)
        return bytes
    }

    private static let usualStateByteCount = 176

    /// Whether the trade of a state is open, without making the trade.
    package static func isOpen(state: Span<UInt8>) -> Bool { state[1] == 1 }

    /// How many events the trade of a state has, without making the trade.
    package static func eventCount(state: Span<UInt8>) -> UInt64 {
        // Side, status and fees are followed by two texts, then the time of the open and two sequences.
        var offset = 3
        for _ in 0..<2 { offset += 1 + Int(state[offset]) }
        return state.littleEndian64(at: offset + 24)
    }

    /// The trade of a state.
    ///
    /// Throws where the bytes are not a state; whether its figures fit is not asked where they were `isChecked` before.
    package init(state: ArraySlice<UInt8>, isChecked: Bool = false) throws(BodyFault) {
        var reader = ByteReader(state)
        switch try reader.uint8("side") {
        case 1: side = .buy
        case 2: side = .sell
        case let number: throw BodyFault(message: "side of number \(number)")
        }
        switch try reader.uint8("status") {
        case 1: status = .open
        case 2: status = .closed
        case 3: status = .voided
        case let number: throw BodyFault(message: "status of number \(number)")
        }
        let isFeesIncomplete = try reader.uint8("fees") == 1
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
        position = try Position(&reader, isFeesIncomplete: isFeesIncomplete)
        guard reader.rest.isEmpty else { throw BodyFault(message: "bytes after the state of a trade") }
        if isChecked { return }
        do { _ = try TradeFigures(of: position, side) } catch {
            throw BodyFault(message: "the figures of a trade do not fit")
        }
    }
}

extension [UInt8] {
    /// Appends a text of at most 255 bytes after its length.
    fileprivate mutating func append(shortText text: String) {
        append(UInt8(text.utf8.count))
        append(contentsOf: text.utf8)
    }
}

extension ByteReader {
    /// Takes a text of at most 255 bytes after its length.
    fileprivate mutating func shortText(_ what: StaticString) throws(BodyFault) -> String {
        String(decoding: try bytes(Int(try uint8(what)), what), as: UTF8.self)
    }
}

/// Upper bounds of a trade's figures in bits, which cost a few additions where the figures cost several divisions.
///
/// An event whose figures do not fit a decimal is refused, so this is checked for each event. The bounds suffice for
/// all but extreme numbers, for which the figures are computed.
enum FigureBounds {
    /// Whether all figures of the position fit for certain; where this is false they may or may not.
    static func allFit(_ position: Position) -> Bool {
        // Every partial sum of the realized P&L is within the sum of the five magnitudes, at the largest of the scales.
        let terms = (position.exit.notional, position.closedCost, position.fees, position.adjustments)
        let dustValue = position.dustValue
        let scale = max(max(terms.0.scale, terms.1.scale), max(terms.2.scale, terms.3.scale), dustValue.scale)
        let bitCount = max(
            max(terms.0.bitCount(at: scale), terms.1.bitCount(at: scale)),
            max(terms.2.bitCount(at: scale), terms.3.bitCount(at: scale)),
            dustValue.bitCount(at: scale)
        )
        let realizedBitCount = bitCount + 3
        guard realizedBitCount <= bitCountMax, fits(position.entry), fits(position.exit) else { return false }
        guard !position.closedCost.isZero else { return true }
        // A percent is a hundredth, of 8 digits after the point.
        let exponent = 2 + TradeFigures.percentScale + position.closedCost.scale - scale
        return quotientBitCount(realizedBitCount, exponent, by: position.closedCost) <= bitCountMax
    }

    /// Whether the average price of the leg fits for certain.
    private static func fits(_ leg: Leg) -> Bool {
        guard leg.hasSeveralPrices else { return true }
        let exponent = Decimal.quotientScale + leg.amount.scale - leg.notional.scale
        return quotientBitCount(leg.notional.bitCount, exponent, by: leg.amount) <= bitCountMax
    }

    /// The most bits of a dividend of so many bits times 10^`exponent`, divided by the divisor's coefficient.
    private static func quotientBitCount(_ dividendBitCount: Int, _ exponent: Int, by divisor: Decimal) -> Int {
        dividendBitCount + Decimal.bitCount(ofTenTo: max(exponent, 0)) - (divisor.bitCount - 1)
    }

    /// A bit less than a coefficient has, for the quotient that is rounded up.
    private static let bitCountMax = 126
}

extension Decimal {
    fileprivate var bitCount: Int { UInt128.bitWidth - coefficient.magnitude.leadingZeroBitCount }

    /// The most bits that the coefficient has once it is brought to a scale that is not less than its own.
    fileprivate func bitCount(at scale: Int) -> Int {
        isZero ? 0 : bitCount + Self.bitCount(ofTenTo: scale - self.scale)
    }

    /// The most bits of 10^`exponent`, where that is not negative: 10/3 is a little more than the logarithm.
    fileprivate static func bitCount(ofTenTo exponent: Int) -> Int { exponent == 0 ? 0 : exponent * 10 / 3 + 1 }
}

/// The currencies that a symbol names: `BTC/USDT` has base `BTC` and quote `USDT`, and so has `BTC/USDT:USDT`.
///
/// The text before the last `/` (else the last `-`) is the base, what follows up to a `:` is the quote; both are
/// empty where the symbol has neither.
public struct CurrencyPair: Hashable, Sendable {
    /// The currency that is bought or sold, or empty.
    public let base: String
    /// The currency in which it is paid for, or empty.
    public let quote: String

    /// Reads the currencies from a symbol.
    public init(symbol: String) {
        let bytes = Array(symbol.utf8)
        self.init(symbol: bytes.span)
    }

    /// Reads the currencies from the UTF-8 of a symbol.
    init(symbol: Span<UInt8>) {
        guard let separator = symbol.lastOffset(of: UInt8(ascii: "/")) ?? symbol.lastOffset(of: UInt8(ascii: "-"))
        else {
            base = ""
            quote = ""
            return
        }
        var end = separator + 1
        while end < symbol.count, symbol[end] != UInt8(ascii: ":") { end += 1 }
        base = symbol.extracting(..<separator).text
        quote = symbol.extracting((separator + 1)..<end).text
    }
}

extension Span<UInt8> {
    fileprivate func lastOffset(of byte: UInt8) -> Int? {
        for offset in (0..<count).reversed() where self[offset] == byte { return offset }
        return nil
    }
}
