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

    private let opening: TradeOpening
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
    /// The result of its fills, fees and adjustments, while 64 bits hold each of its numbers; else empty.
    private var narrowMoney = Money<Decimal64>()
    /// The same in wider numbers, as the only element, while 64 bits do not hold one of them.
    private var wideMoney: [Money<Decimal>] = []

    /// The trade that an `opened` event of these terms begins.
    ///
    /// Throws the rule that the event breaks.
    package init(opening body: EventBody, _ terms: TradeTerms, sequence: UInt64) throws(Rejection) {
        precondition(body.type == .opened, "a trade begins with its open")
        opening = TradeOpening(body, terms, sequence: sequence)
        lastSequence = sequence
        try change(body, terms, .opened)
    }

    /// Applies the next event of this trade, which has these terms.
    ///
    /// Throws the rule that the event breaks; the trade is then unchanged. O(1).
    package mutating func apply(_ body: EventBody, _ terms: TradeTerms, sequence: UInt64) throws(Rejection) {
        precondition(sequence > lastSequence, "events are applied in the order of the ledger")
        let type = body.type
        precondition(type != .opened, "a trade opens once; the caller answers trade_exists")
        if status != .open { try checkMayFollow(type, body) }
        try change(body, terms, type)
        switch type {
        case .closed:
            status = .closed
            closedAt = body.occurredAt
            closeSequence = sequence
        case .voided: status = .voided
        default: break
        }
        lastSequence = sequence
        eventCount += 1
    }

    /// Applies what the event says about money, if the rules allow it.
    ///
    /// Nearly every trade takes numbers of 64 bits. Where they do not suffice, wider ones decide, and word the error.
    private mutating func change(_ body: EventBody, _ terms: TradeTerms, _ type: EventType) throws(Rejection) {
        if isNarrow {
            let before = narrowMoney
            do throws(Rejection) { return try opening.change(&narrowMoney, body, terms, type) } catch {
                narrowMoney = before
                guard error.code == .numberOutOfRange else { throw error }
            }
        }
        var next = money
        try opening.change(&next, body, terms, type)
        if let narrow = Money<Decimal64>(next) {
            (narrowMoney, wideMoney) = (narrow, [])
        } else if isNarrow {
            (narrowMoney, wideMoney) = (Money(), [next])
        } else {
            wideMoney[0] = next
        }
    }

    /// Checks that an event may follow in a trade that is not open.
    private func checkMayFollow(_ type: EventType, _ body: EventBody) throws(Rejection) {
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
}

/// The same for callers that ask for nothing else in the event.
extension Trade {
    /// The trade that an `opened` event begins.
    ///
    /// Throws the rule that the event breaks.
    public init(opening body: EventBody, sequence: UInt64) throws(Rejection) {
        try self.init(opening: body, TradeTerms(body.bytes.span), sequence: sequence)
    }

    /// The trade that an `opened` event of a ledger begins.
    public init(opening event: Event) throws(Rejection) {
        try self.init(opening: event.body, sequence: event.sequence)
    }

    /// Applies the next event of this trade.
    ///
    /// Throws the rule that the event breaks; the trade is then unchanged. O(1).
    public mutating func apply(_ body: EventBody, sequence: UInt64) throws(Rejection) {
        try apply(body, TradeTerms(body.bytes.span), sequence: sequence)
    }

    /// Applies the next event of this trade in its ledger.
    public mutating func apply(_ event: Event) throws(Rejection) {
        try apply(event.body, sequence: event.sequence)
    }
}

/// What it says, for its readers.
extension Trade {
    /// Whether the position was bought or sold short.
    public var side: Side { opening.side }
    /// The currency of prices, costs, fees and P&L; empty where neither the event nor its symbol names one.
    public var quote: String { opening.quote }
    /// When the trade was opened at the venue.
    public var openedAt: Timestamp { opening.time }
    /// The sequence of the event that opened it.
    public var firstSequence: UInt64 { opening.sequence }

    /// The result of its fills, fees and adjustments.
    var money: Money<Decimal> { wideMoney.first ?? Money(narrowMoney) }

    /// Whether 64 bits hold each number of the money.
    var isNarrow: Bool { wideMoney.isEmpty }

    /// Everything that was entered, in the base currency.
    public var entryAmount: Decimal { wideMoney.first?.entry.amount ?? narrowMoney.entry.amount.decimal }
    /// The value of everything that was entered, in the quote currency.
    package var entryNotional: Decimal { wideMoney.first?.entry.notional ?? narrowMoney.entry.notional.decimal }
    /// The price of everything that was entered; nil where there were several.
    package var onlyEntryPrice: Decimal? {
        isNarrow ? narrowMoney.entry.onlyPrice?.decimal : wideMoney.first?.entry.onlyPrice
    }
    /// Everything that was taken out against a price, in the base currency; dust is not.
    public var exitAmount: Decimal { wideMoney.first?.exit.amount ?? narrowMoney.exit.amount.decimal }
    /// Base quantity still open.
    public var openAmount: Decimal { wideMoney.first?.openAmount ?? narrowMoney.openAmount.decimal }
    /// What the closed amount cost in quote currency, at average cost.
    public var closedCost: Decimal { wideMoney.first?.closedCost ?? narrowMoney.closedCost.decimal }
    /// Sum of the fees in quote currency; a rebate is negative.
    public var fees: Decimal { wideMoney.first?.fees ?? narrowMoney.fees.decimal }
    /// Whether a fee in a third currency counts zero in `fees`.
    public var isFeesIncomplete: Bool { wideMoney.first?.isFeesIncomplete ?? narrowMoney.isFeesIncomplete }
    /// Sum of funding, interest and the like in quote currency; positive was received.
    public var adjustments: Decimal { wideMoney.first?.adjustments ?? narrowMoney.adjustments.decimal }
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
        bytes.append(shortText: opening.base)
        bytes.append(shortText: quote)
        bytes.appendLittleEndian(UInt64(bitPattern: openedAt.microsecondsSince1970))
        bytes.appendLittleEndian(firstSequence)
        bytes.appendLittleEndian(lastSequence)
        bytes.appendLittleEndian(eventCount)
        bytes.appendLittleEndian(closeSequence ?? 0)
        bytes.appendLittleEndian(UInt64(bitPattern: closedAt?.microsecondsSince1970 ?? 0))
        money.append(to: &bytes)
        return bytes
    }

    private static let usualStateByteCount = 176

    /// The trade of a state.
    ///
    /// Throws where the bytes are not a state, or its figures do not fit.
    package init(state: ArraySlice<UInt8>) throws(BodyFault) {
        var reader = ByteReader(state)
        let side: Side
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
        opening = TradeOpening(
            side: side,
            base: try reader.shortText("base"),
            quote: try reader.shortText("quote"),
            time: Timestamp(microsecondsSince1970: Int64(bitPattern: try reader.uint64("time of the open"))),
            sequence: try reader.uint64("first sequence")
        )
        lastSequence = try reader.uint64("last sequence")
        eventCount = try reader.uint64("count of events")
        let close = (sequence: try reader.uint64("sequence of the close"), time: try reader.uint64("time of the close"))
        // Only an event that is there has a sequence, and only its time counts.
        closeSequence = close.sequence == 0 ? nil : close.sequence
        closedAt = close.sequence == 0 ? nil : Timestamp(microsecondsSince1970: Int64(bitPattern: close.time))
        var rest = reader
        if let narrow = try Money<Decimal64>(&rest, isFeesIncomplete: isFeesIncomplete) {
            narrowMoney = narrow
        } else if let wide = try Money<Decimal>(&reader, isFeesIncomplete: isFeesIncomplete) {
            wideMoney = [wide]
            rest = reader
        }
        guard rest.byteCountLeft == 0 else { throw BodyFault(message: "bytes after the state of a trade") }
        guard Decimal64.figuresFit(narrowMoney, side) && isNarrow || Decimal.figuresFit(money, side) else {
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
