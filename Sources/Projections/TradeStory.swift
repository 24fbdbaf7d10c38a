public import TradeModel

/// The story of one trade: its events, and those of the orders, decisions and predictions that belong to it.
///
/// An order belongs to the story if an event of the trade names it, or if it was submitted for the trade. A decision
/// does if an event of the trade or one of these orders names it, or if it was made about the trade. A prediction does
/// if it was made for one of these decisions.
public struct TradeStory: Sendable {
    /// One event of the story.
    public struct Entry: Sendable {
        /// The event.
        public let event: Event
        /// What it is about.
        public let subject: Subject
    }

    /// What an event of the story is about.
    public enum Subject: Sendable {
        /// The trade after the event.
        case trade(TradeHistory)
        /// The order after the story; only fills of the trade count.
        case order(OrderRow)
        /// The decision after the story; only this trade counts.
        case decision(DecisionRow)
        /// The prediction after the story.
        case prediction(PredictionRow)
    }

    /// The events in the order of the ledger.
    public let entries: [Entry]
    /// The trade after the story.
    public let trade: TradeHistory
    /// The orders of the story that have an event of their own, in the order in which they began.
    public let orders: [OrderRow]

    /// The story of a trade with this timeline, which is not empty, and with these events of `StoryMembers`, in the
    /// order of the ledger.
    ///
    /// A decision or a prediction whose first event was given up as damaged is not part of it. O(events · log(events)).
    package init(_ timeline: [(event: Event, trade: TradeHistory)], _ others: [Event]) {
        guard let last = timeline.last else { preconditionFailure("a trade has an event") }
        trade = last.trade
        var books = Books(keepingRecords: false)
        var decisions: [ByteText: [Event]] = [:]
        var predictions: [ByteText: [Event]] = [:]
        var histories: [UInt64: TradeHistory] = [:]
        for (event, trade) in timeline { histories[event.sequence] = trade }
        var movements = books.movements(opening: timeline[0].event.body, timeline[0].trade.trade)
        let events = (timeline.map(\.event) + others).sorted { $0.sequence < $1.sequence }
        for event in events {
            if let trade = histories[event.sequence] { books.apply(event, trade.trade, &movements) }
            let id = ByteText(event.body.subjectBytes)
            switch event.body.type.subject {
            case .orderID?: books.apply(event)
            case .decisionID?: decisions[id, default: []].append(event)
            case .predictionID?: predictions[id, default: []].append(event)
            default: break
            }
        }
        let orderRows = books.orders.rows
        let rowsByOrder = Dictionary(uniqueKeysWithValues: orderRows.map { ($0.id, $0) })
        let decisionRows = decisions.compactMapValues { Self.lastEvent(of: $0).flatMap { DecisionRow($0, after: $1) } }
        let predictionRows = predictions.compactMapValues {
            Self.lastEvent(of: $0).flatMap { PredictionRow($0, after: $1) }
        }
        let outcomeRows = books.outcomes.rowsByDecision
        self.orders = orderRows
        entries = events.compactMap { event in
            let id = ByteText(event.body.subjectBytes)
            let subject: Subject? =
                switch event.body.type.subject {
                case .orderID?: rowsByOrder[id].map { .order($0) }
                case .decisionID?: decisionRows[id].map { .decision($0.with(outcomeRows[id] ?? [])) }
                case .predictionID?: predictionRows[id].map { .prediction($0) }
                default: histories[event.sequence].map { .trade($0) }
                }
            return subject.map { Entry(event: event, subject: $0) }
        }
    }

    /// The last event of a subject, and those before it; nil where the first one is not on record.
    private static func lastEvent(of events: [Event]) -> (Event, [Event])? {
        guard let last = events.last, events[0].body.type.role == .begins else { return nil }
        return (last, Array(events.dropLast()))
    }
}

/// Selects the events that belong to the story of a trade, beside its own, while a log is read in order.
package struct StoryMembers: Sendable {
    private let tradeID: ByteText
    private var orderIDs: Set<ByteText> = []
    private var decisionIDs: Set<ByteText> = []
    private var predictionIDs: Set<ByteText> = []

    /// Knows what the events of a trade name; there is at least one.
    package init(of timeline: [(event: Event, trade: TradeHistory)]) {
        tradeID = ByteText(timeline[0].event.body.subjectBytes)
        for (event, _) in timeline {
            if let id = event.body.textBytes(.orderID) { orderIDs.insert(ByteText(id)) }
            if let id = event.body.textBytes(.decisionID) { decisionIDs.insert(ByteText(id)) }
        }
    }

    /// How many orders and decisions are known to belong to the story.
    ///
    /// If a reading raises it, the log must be read again, because events of the new ones may come before the event
    /// that showed that they belong.
    package var leadingCount: Int { orderIDs.count + decisionIDs.count }

    /// Whether an event of a type can belong to a story, and is not one of the trade.
    package static func canHave(_ type: EventType) -> Bool {
        type.subject == .orderID || type.subject == .decisionID || type.subject == .predictionID
    }

    /// Whether an event belongs to the story, and is not one of the trade; takes note of what it names.
    package mutating func include(_ event: Event) -> Bool {
        let body = event.body
        switch body.type.subject {
        case .orderID?:
            let id = ByteText(body.subjectBytes)
            if isAboutTrade(body) { orderIDs.insert(id) }
            guard orderIDs.contains(id) else { return false }
            if let decision = body.textBytes(.decisionID) { decisionIDs.insert(ByteText(decision)) }
            return true
        case .decisionID?:
            let id = ByteText(body.subjectBytes)
            if isAboutTrade(body) { decisionIDs.insert(id) }
            return decisionIDs.contains(id)
        case .predictionID?:
            let id = ByteText(body.subjectBytes)
            if let decision = body.textBytes(.decisionID), decisionIDs.contains(ByteText(decision)) {
                predictionIDs.insert(id)
            }
            return predictionIDs.contains(id)
        default: return false
        }
    }

    private func isAboutTrade(_ body: EventBody) -> Bool {
        body.textBytes(.tradeID).map { $0.elementsEqual(tradeID.bytes) } ?? false
    }
}
