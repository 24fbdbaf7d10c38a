internal import Projections
internal import TradeModel

/// A record of the bot's journal: a trade as the bot wrote it, checked against the rules of the ledger.
struct JournalRecord {
    /// How far the trade is.
    enum State {
        /// A market order that entered at price 0: nobody has told the bot what it paid.
        case unpriced
        case open
        case closed(at: Timestamp)
    }

    let tradeID: ByteText
    let state: State
    let openedAt: Timestamp
    /// The currency of fees and results.
    let quote: ByteText
    /// All fees of the trade so far.
    let fees: Decimal
    /// The result by the bot's formula, of a closed trade: (exit − entry) · amount − fees, and the reverse for a sell.
    let result: Decimal?
    /// The result that the bot computed in binary floating point and wrote, of a closed trade.
    let statedResult: Decimal?
    let hash: JournalHash
    /// The open of the trade, or the order that stands for it as long as it has no price.
    let first: JournalEvent
    /// The close of the trade, without its fee.
    let close: JournalEvent?

    /// Reads the text of a file; throws why it gives no events.
    init(parsing text: [UInt8]) throws(JournalFault) {
        let members = try JournalMembers(text)
        let isUnpriced = try members.decimal("entry_price").isZero
        self = isUnpriced ? try JournalRecord(unpriced: members) : try JournalRecord(priced: members)
    }

    private init(unpriced members: JournalMembers) throws(JournalFault) {
        tradeID = ByteText(try members.string("trade_id"))
        fees = try members.decimalIfPresent("fees") ?? .zero
        first = Self.order(members)
        let first = first
        let body = try Self.checked { () throws(Rejection) in
            let body = try first.body()
            try body.type.rules.checkValues(of: body)
            return body
        }
        (state, close, openedAt, quote) = (.unpriced, nil, body.occurredAt, ByteText(""))
        (result, statedResult) = (nil, nil)
        hash = JournalHash(of: body, nil, fees: fees)
    }

    private init(priced members: JournalMembers) throws(JournalFault) {
        let isClosed = try members.bool("closed")
        try Self.checkEnd(members, isClosed: isClosed)
        tradeID = ByteText(try members.string("trade_id"))
        fees = try members.decimalIfPresent("fees") ?? .zero
        let (first, close) = (Self.open(members), isClosed ? Self.close(members) : nil)
        let (opened, closed) = try Self.checked { () throws(Rejection) in (try first.body(), try close?.body()) }
        let trade = try Self.checked { () throws(Rejection) in
            var trade = try Trade(opening: opened, sequence: 1)
            if let closed { try trade.apply(closed, sequence: 2) }
            return trade
        }
        (openedAt, quote) = (trade.openedAt, ByteText(trade.quote))
        state = trade.closedAt.map { .closed(at: $0) } ?? .open
        result = isClosed ? try Self.result(trade.side, members, fees) : nil
        statedResult = isClosed ? try members.decimalIfPresent("realized_pnl") : nil
        hash = JournalHash(of: opened, closed, fees: fees)
        (self.first, self.close) = (first, close)
    }

    /// What a rule of the ledger lets pass.
    private static func checked<Value>(
        _ check: () throws(Rejection) -> Value
    ) throws(JournalFault) -> Value {
        do throws(Rejection) { return try check() } catch {
            throw JournalFault(.rejected, "\(error.code.rawValue): \(error.message)")
        }
    }

    /// Checks that a record has what a close needs exactly if it is closed: the missing part is not invented.
    private static func checkEnd(_ members: JournalMembers, isClosed: Bool) throws(JournalFault) {
        for name in ["exit_price", "close_timestamp"] where members.has(name) != isClosed {
            throw JournalFault(
                .rejected,
                isClosed ? "the record is closed and has no \(name)" : "the record has \(name), but is not closed"
            )
        }
    }

    private static func result(
        _ side: Trade.Side,
        _ members: JournalMembers,
        _ fees: Decimal
    ) throws(JournalFault) -> Decimal {
        let (amount, entry) = (try members.decimal("amount"), try members.decimal("entry_price"))
        let exit = try members.decimal("exit_price")
        do throws(DecimalError) {
            let move = side == .buy ? try exit.subtracting(entry) : try entry.subtracting(exit)
            return try move.multiplied(by: amount).subtracting(fees)
        } catch {
            throw JournalFault(.rejected, "number_out_of_range: the result does not fit a decimal of 38 digits")
        }
    }
}

/// The events that a record gives.
extension JournalRecord {
    private static func open(_ members: JournalMembers) -> JournalEvent {
        JournalEvent(
            .opened,
            [
                "trade_id": members.json("trade_id"), "occurred_at": members.json("timestamp"),
                "symbol": members.json("symbol"), "side": members.json("side"),
                "order_type": members.json("order_type"), "amount": members.json("amount"),
                "price": members.json("entry_price"),
            ],
            context: members.context
        )
    }

    /// The close of all that is open, with what the bot says about the result, which the ledger computes itself.
    private static func close(_ members: JournalMembers) -> JournalEvent {
        let stated = ["realized_pnl", "pnl_pct", "won"].compactMap { name in
            members.json(name).map { (name: name, json: JournalText.compact($0)) }
        }
        return JournalEvent(
            .closed,
            [
                "trade_id": members.json("trade_id"), "occurred_at": members.json("close_timestamp"),
                "price": members.json("exit_price"),
            ],
            context: stated
        )
    }

    /// The intent that stands for a trade without a price, with all of the record in its context.
    private static func order(_ members: JournalMembers) -> JournalEvent {
        JournalEvent(
            .orderSubmitted,
            [
                "order_id": members.json("trade_id"), "trade_id": members.json("trade_id"),
                "occurred_at": members.json("timestamp"), "symbol": members.json("symbol"),
                "side": members.json("side"), "order_type": members.json("order_type"),
                "amount": members.json("amount"),
            ],
            context: members.all
        )
    }
}
