public import TradeModel

/// What a trade has brought so far, for the decisions that its events name.
struct TradeOutcome: Sendable {
    /// The decisions, in the order in which events named them.
    private(set) var decisionIDs: [ByteText] = []
    /// How many of them the last event was the first to name.
    private(set) var newCount = 0
    /// What was realized before the last event, and what after it.
    private(set) var before = Decimal.zero
    private(set) var after = Decimal.zero
    private(set) var isVoided = false

    /// Takes in the next event of the trade, which is as given after it.
    mutating func apply(_ body: EventBody, _ trade: Trade) {
        newCount = 0
        if let bytes = body.textBytes(.decisionID) {
            let id = ByteText(bytes)
            if !decisionIDs.contains(id) {
                decisionIDs.append(id)
                newCount = 1
            }
        }
        guard !decisionIDs.isEmpty else { return }
        before = after
        after = trade.realizedPnL
        isVoided = trade.status == .voided
    }
}

/// What the trades have brought that decisions led to.
///
/// An event of a trade costs one row for each decision that the trade names.
public struct OutcomeFold: Sendable {
    /// A decision, and the quote currency of its trades.
    package struct Key: Hashable, Sendable {
        let decisionID: ByteText
        let quote: ByteText
    }

    private var outcomes: [Key: OutcomeRow] = [:]

    /// No trade.
    public init() {}

    /// Takes in what the next event of a trade changes, and returns the rows that it changes.
    @discardableResult
    mutating func apply(_ outcome: TradeOutcome, in quote: ByteText) -> [OutcomeRow] {
        var rows: [OutcomeRow] = []
        let firstNew = outcome.decisionIDs.count - outcome.newCount
        for (place, id) in outcome.decisionIDs.enumerated() {
            let key = Key(decisionID: id, quote: quote)
            var row = outcomes[key] ?? OutcomeRow(key: key)
            if place < firstNew { row.count(outcome.before.negated, tradeCount: -1) }
            if !outcome.isVoided { row.count(outcome.after, tradeCount: 1) }
            outcomes[key] = row
            rows.append(row)
        }
        return rows
    }

    /// The rows, also those of which every trade is voided.
    package var rows: [OutcomeRow] { Array(outcomes.values) }

    /// The rows of each of some decisions that has trades.
    ///
    /// O(decisions that have trades).
    package func rows(ofDecisions ids: Set<ByteText>) -> [ByteText: [OutcomeRow]] {
        let rows = outcomes.values.filter { $0.tradeCount > 0 && ids.contains($0.key.decisionID) }
        return Dictionary(grouping: rows) { $0.key.decisionID }
    }

    /// The rows of each decision that has trades.
    public var rowsByDecision: [ByteText: [OutcomeRow]] {
        Dictionary(grouping: outcomes.values.filter { $0.tradeCount > 0 }) { $0.key.decisionID }
    }
}

/// A row of `ledger.decision_outcomes`: the trades of one quote currency that name a decision.
public struct OutcomeRow: Sendable {
    let key: OutcomeFold.Key
    private(set) var tradeCount: Int64 = 0
    private(set) var pnl = ExactSum()

    init(key: OutcomeFold.Key) { self.key = key }

    fileprivate mutating func count(_ realizedPnL: Decimal, tradeCount change: Int64) {
        tradeCount += change
        pnl.add(realizedPnL)
    }

    /// All columns.
    package static let columns: [Column<OutcomeRow>] = [
        Column("decision_id", .text, "The decision.") { .text($0.key.decisionID.text) },
        Column("quote", .text, "The quote currency of the trades.") { .text($0.key.quote.text) },
        Column("trades", .bigint, "How many trades name the decision, without voided ones.") {
            .bigint($0.tradeCount)
        },
        Column("net_pnl", .numeric, isNullable: true, "What they have realized so far.") {
            ColumnValue($0.pnl.value)
        },
    ]
}

/// A row of `decisions`.
public struct DecisionRow: Sendable {
    /// The decision.
    public let id: ByteText
    private let made: Event
    private let veto: Event?
    private let outcomes: [OutcomeRow]

    /// When it was made.
    public var madeAt: Timestamp { made.body.occurredAt }
    /// The sequence of its first event.
    public var firstSequence: UInt64 { made.sequence }

    /// The decision of which an event is the last, after its earlier events; nil where the event is about none.
    package init?(_ event: Event, after earlier: [Event]) {
        guard event.body.type.subject == .decisionID else { return nil }
        let made = earlier.first ?? event
        id = ByteText(event.body.subjectBytes)
        self.made = made.copied()
        veto = event.body.type == .decisionVetoed ? event.copied() : nil
        outcomes = []
    }

    private init(_ row: DecisionRow, _ outcomes: [OutcomeRow]) {
        (id, made, veto, self.outcomes) = (row.id, row.made, row.veto, outcomes)
    }

    /// The decision with what its trades have brought.
    public func with(_ outcomes: [OutcomeRow]) -> DecisionRow { DecisionRow(self, outcomes) }

    /// Every status that a decision can have.
    public static let statuses = ["made", "vetoed"]

    private var status: String { Self.statuses[veto == nil ? 0 : 1] }

    /// All columns, in the order in which the program prints them.
    public static let columns: [Column<DecisionRow>] = [
        Column("decision_id", .text, look: .key, "The id that the producer gave the decision; unique in the ledger.") {
            .text($0.id.text)
        },
        text("action", .action, look: .key, "What was decided, such as buy, sell, hold or close."),
        text("symbol", .symbol, look: .main, "The instrument, such as BTC/USDT."),
        text("strategy", .strategy, look: .main, "The strategy that decided."),
        Column("confidence", .numeric, isNullable: true, look: .more, "How sure it was, usually from 0 to 1.") {
            ColumnValue($0.made.body.decimal(.confidence))
        },
        Column("status", .text, look: .key, "made, or vetoed.") { .text($0.status) },
        remark("reason", .reason, look: TableLook(.main, .prose), "Why: that of the veto, or else of the decision."),
        remark("actor", .actor, look: .more, "Who: that of the veto, or else of the decision."),
        Column(
            "trades",
            .bigint,
            look: .more,
            expression: "coalesce(sum(outcomes.trades), 0)",
            "How many trades name it, without voided ones."
        ) { .bigint($0.outcomes.reduce(0) { $0 + $1.tradeCount }) },
        Column(
            "net_pnl",
            .numeric,
            isNullable: true,
            look: TableLook(.main, .gain),
            expression: "CASE count(*) WHEN 1 THEN sum(outcomes.net_pnl) END",
            "What they have realized so far; NULL without trades, and across several quote currencies."
        ) { ColumnValue($0.outcomes.count == 1 ? $0.outcomes.first?.pnl.value : nil) },
        Column(
            "context",
            .json,
            isNullable: true,
            look: TableLook(.detail, .prose),
            "What the producer knew: votes, signals."
        ) {
            ColumnValue($0.made.body.textBytes(.context).map { Array($0) })
        },
        Column("occurred_at", .timestamptz, look: .more, "When it was made.") { .time($0.made.body.occurredAt) },
        Column("first_sequence", .bigint, "The sequence of its first event.") {
            ColumnValue(sequence: $0.made.sequence)
        },
        Column("last_sequence", .bigint, "The sequence of its last event; events of trades do not count.") {
            ColumnValue(sequence: ($0.veto ?? $0.made).sequence)
        },
    ]

    private static func text(
        _ name: String,
        _ field: Field,
        look: TableLook = .detail,
        _ meaning: String
    ) -> Column<DecisionRow> {
        Column(name, .text, isNullable: field != .action, look: look, meaning) { ColumnValue($0.made.body.text(field)) }
    }

    private static func remark(
        _ name: String,
        _ field: Field,
        look: TableLook = .detail,
        _ meaning: String
    ) -> Column<DecisionRow> {
        Column(name, .text, isNullable: true, look: look, meaning) {
            ColumnValue($0.veto?.body.text(field) ?? $0.made.body.text(field))
        }
    }
}
