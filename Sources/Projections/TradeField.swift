public import TradeModel

/// The fields of a trade wherever trades are printed or compared, in that order, with the names of the contract.
public enum TradeField: String, CaseIterable, Sendable {
    case tradeID = "trade_id"
    case symbol
    case side
    case orderType = "order_type"
    case status
    case amount
    case openAmount = "open_amount"
    case entryPrice = "entry_price"
    case exitPrice = "exit_price"
    case fees
    case adjustments
    case realizedPnL = "realized_pnl"
    case pnlPercent = "pnl_pct"
    case won
    case closed
    case openedAt = "opened_at"
    case closedAt = "closed_at"
    case strategy
    case account
    case venue
    case reason
    case quote
    case feesIncomplete = "fees_incomplete"
    case firstSequence = "first_sequence"
    case lastSequence = "last_sequence"
    case marketRegime = "market_regime"
    case bullConfidence = "bull_confidence"
    case bearConfidence = "bear_confidence"
    case decisionConfidence = "decision_confidence"
    case agentVotes = "agent_votes"
    case signals
}

/// The value of a field of a trade.
public enum TradeValue: Hashable, Sendable {
    case text(String)
    case decimal(Decimal)
    case sequence(UInt64)
    case time(Timestamp)
    case bool(Bool)
    /// JSON as it was written.
    case json([UInt8])
    case null

    init(_ text: String?) { self = text.map(TradeValue.text) ?? .null }
    init(_ time: Timestamp?) { self = time.map(TradeValue.time) ?? .null }
    init(_ json: [UInt8]?) { self = json.map(TradeValue.json) ?? .null }
    init(_ decimal: Decimal?) {
        // Not `map`, for which Swift 6.3.1 calls the case as a function with the 128-bit coefficient misaligned.
        if let decimal { self = .decimal(decimal) } else { self = .null }
    }

    /// The value in its one canonical form, nil where there is none.
    public var text: String? {
        switch self {
        case .text(let text): text
        case .decimal(let decimal): decimal.description
        case .sequence(let sequence): String(sequence)
        case .time(let time): time.description
        case .bool(let bool): bool ? "true" : "false"
        case .json(let bytes): String(decoding: bytes, as: UTF8.self)
        case .null: nil
        }
    }
}

extension TradeHistory {
    /// Every field with its value, in the order of `TradeField`.
    ///
    /// Computes the figures, which is the expensive part.
    public var fields: [(field: TradeField, value: TradeValue)] {
        let figures = trade.figures
        return [
            (.tradeID, .text(id)), (.symbol, .text(symbol)), (.side, .text(trade.side.rawValue)),
            (.orderType, .text(orderType)), (.status, .text(trade.status.rawValue)),
            (.amount, .decimal(trade.entry.amount)), (.openAmount, .decimal(trade.openAmount)),
            (.entryPrice, .decimal(figures.entryPrice)), (.exitPrice, TradeValue(figures.exitPrice)),
            (.fees, .decimal(trade.fees)), (.adjustments, .decimal(trade.adjustments)),
            (.realizedPnL, .decimal(figures.realizedPnL)), (.pnlPercent, .decimal(figures.pnlPercent)),
            (.won, .bool(trade.isWon)), (.closed, .bool(trade.status == .closed)),
            (.openedAt, .time(trade.openedAt)), (.closedAt, TradeValue(trade.closedAt)),
            (.strategy, TradeValue(strategy)), (.account, TradeValue(account)), (.venue, TradeValue(venue)),
            (.reason, TradeValue(reason)), (.quote, .text(trade.quote)),
            (.feesIncomplete, .bool(trade.isFeesIncomplete)), (.firstSequence, .sequence(trade.firstSequence)),
            (.lastSequence, .sequence(trade.lastSequence)), (.marketRegime, TradeValue(context.marketRegime)),
            // As texts, because a number of a context can have more digits than a decimal.
            (.bullConfidence, TradeValue(context.bullConfidence?.description)),
            (.bearConfidence, TradeValue(context.bearConfidence?.description)),
            (.decisionConfidence, TradeValue(context.decisionConfidence?.description)),
            (.agentVotes, TradeValue(context.agentVotes)), (.signals, TradeValue(context.signals)),
        ]
    }
}
