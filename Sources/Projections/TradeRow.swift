public import TradeModel

/// A trade with its figures: a row of `ledger.trades`, and what the program prints of a trade.
///
/// A class, because a column takes the row as an argument: a copy of all of it costs more than most values.
public final class TradeRow: Sendable {
    /// The trade.
    public let history: TradeHistory
    /// The ledger that it belongs to; nil where that is not asked for.
    public let ledgerID: EventID?
    /// The number that a database gives it; nil outside of one.
    public let id: Int64?
    private let figures: TradeFigures

    /// Computes the figures, which is the expensive part.
    public init(_ history: TradeHistory, ledgerID: EventID? = nil, id: Int64? = nil) {
        self.history = history
        self.ledgerID = ledgerID
        self.id = id
        figures = history.trade.figures
    }

    /// All columns, in the order in which the program prints them.
    public static let columns: [Column<TradeRow>] = [
        Column(
            "id",
            .bigint,
            isPrinted: false,
            """
            A number unique in the database: ledger_number of ledger.replication times 2^40, plus first_sequence.
            """
        ) { $0.id.map(ColumnValue.bigint) ?? .null },
        Column("ledger_id", .uuid, isPrinted: false, "The ledger that the trade belongs to.") {
            $0.ledgerID.map(ColumnValue.uuid) ?? .null
        },
        Column("trade_id", .text, look: .key, "The id that the producer gave the trade; unique in the ledger.") {
            .text($0.history.id)
        },
        Column("symbol", .text, look: .key, "The instrument, such as BTC/USDT.") { .text($0.history.symbol) },
        Column("side", .text, look: .main, "buy or sell: the direction of the entry.") {
            .text($0.history.trade.side.rawValue)
        },
        Column("order_type", .text, "The kind of order that opened the trade, such as market or limit.") {
            .text($0.history.orderType)
        },
        Column("status", .text, look: .key, "open, closed or voided; neither of the last two goes back to open.") {
            .text($0.history.trade.status.rawValue)
        },
        Column("amount", .numeric, look: .main, "All that was entered, in the base currency, exact.") {
            .decimal($0.history.trade.entryAmount)
        },
        Column("open_amount", .numeric, look: .more, "What is still held, in the base currency, exact; 0 once closed.")
        {
            .decimal($0.history.trade.openAmount)
        },
        Column(
            "entry_price",
            .numeric,
            look: .main,
            """
            The average price of the entries, weighted by amount, in the quote currency; 18 decimals, half-even.
            """
        ) { .decimal($0.figures.entryPrice) },
        Column(
            "exit_price",
            .numeric,
            isNullable: true,
            look: .main,
            """
            The average price of the exits, weighted by amount, in the quote currency; NULL before any. 18 decimals.
            """
        ) { ColumnValue($0.figures.exitPrice) },
        Column(
            "fees",
            .numeric,
            look: TableLook(.more, .money, isSummed: true),
            "All fees, in the quote currency; positive was paid, negative is a rebate."
        ) {
            .decimal($0.history.trade.fees)
        },
        Column(
            "adjustments",
            .numeric,
            look: TableLook(.detail, .money, isSummed: true),
            "All adjustments, such as funding, in the quote currency; positive was received, negative was paid."
        ) { .decimal($0.history.trade.adjustments) },
        Column(
            "realized_pnl",
            .numeric,
            look: TableLook(.key, .gain, isSummed: true),
            "The profit on the closed amount, minus fees, plus adjustments, in the quote currency."
        ) { .decimal($0.figures.realizedPnL) },
        Column(
            "pnl_pct",
            .numeric,
            look: TableLook(.key, .gain),
            "realized_pnl as a percentage of the cost of the closed amount; 8 decimals, half-even. 0 before any close."
        ) { .decimal($0.figures.pnlPercent) },
        Column("won", .boolean, "Whether the trade is closed with a realized_pnl above 0.") {
            .bool($0.history.trade.isWon)
        },
        Column("closed", .boolean, expression: "status = 'closed'", "Whether status is closed.") {
            .bool($0.history.trade.status == .closed)
        },
        Column(
            "opened_at",
            .timestamptz,
            look: .main,
            in: .renamed("timestamp"),
            "When the open happened at the venue."
        ) {
            .time($0.history.trade.openedAt)
        },
        Column(
            "closed_at",
            .timestamptz,
            isNullable: true,
            look: .more,
            in: .renamed("close_timestamp"),
            "When the close happened at the venue; its UTC day is the day of the trade."
        ) { ColumnValue($0.history.trade.closedAt) },
        Column("strategy", .text, isNullable: true, look: .more, "The strategy that opened the trade.") {
            ColumnValue($0.history.strategy)
        },
        Column("tag", .text, isNullable: true, look: .more, "Why the trade was entered: the name of the signal.") {
            ColumnValue($0.history.tag)
        },
        Column("account", .text, isNullable: true, look: .more, "The account that the trade is on.") {
            ColumnValue($0.history.account)
        },
        Column("venue", .text, isNullable: true, look: .more, "The exchange or broker of the trade.") {
            ColumnValue($0.history.venue)
        },
        Column(
            "reason",
            .text,
            isNullable: true,
            look: TableLook(.detail, .prose),
            "Why the trade was closed or voided."
        ) {
            ColumnValue($0.history.reason)
        },
        Column(
            "quote",
            .text,
            look: .more,
            """
            The currency of prices, fees and profit; empty where neither the open nor the symbol names one.
            """
        ) { .text($0.history.trade.quote) },
        Column(
            "fees_incomplete",
            .boolean,
            """
            Whether a fee in some other currency is missing in fees, because its value in the quote currency is not \
            known.
            """
        ) { .bool($0.history.trade.isFeesIncomplete) },
        Column("decision_id", .text, isNullable: true, "The decision that led to the open.") {
            ColumnValue($0.history.decisionID)
        },
        Column(
            "context",
            .json,
            isNullable: true,
            isPrinted: false,
            """
            All keys of the trade's contexts, the value of the latest; null where it holds a number beyond numeric.
            """
        ) { ColumnValue($0.history.context.all) },
        Column(
            "opened_during_halt",
            .boolean,
            "Whether it was opened while a halt that covers it was in force."
        ) { $0.history.isOpenedDuringHalt.map(ColumnValue.bool) ?? .null },
        Column("first_sequence", .bigint, "The sequence of the open.") {
            ColumnValue(sequence: $0.history.trade.firstSequence)
        },
        Column("last_sequence", .bigint, "The sequence of the last event of the trade.") {
            ColumnValue(sequence: $0.history.trade.lastSequence)
        },
        Column(
            "market_regime",
            .text,
            isNullable: true,
            "market_regime of the context, such as trending or choppy; NULL where it is not a string."
        ) { ColumnValue($0.history.context.marketRegime) },
        confidence("bull_confidence") { $0.bullConfidence },
        confidence("bear_confidence") { $0.bearConfidence },
        confidence("decision_confidence") { $0.decisionConfidence },
        document("agent_votes") { $0.agentVotes },
        document("signals") { $0.signals },
        Column(
            "first_recorded_at",
            .timestamptz,
            isPrinted: false,
            in: .none,
            "The recorded_at of the event first_sequence."
        ) {
            .time($0.history.firstRecordedAt)
        },
        Column(
            "last_recorded_at",
            .timestamptz,
            isPrinted: false,
            in: .none,
            "The recorded_at of the event last_sequence."
        ) {
            .time($0.history.lastRecordedAt)
        },
    ]

    /// The columns that the program prints.
    public static let printedColumns = columns.filter(\.isPrinted)

    /// The columns that the table has.
    public static let storedColumns = columns.filter { $0.expression == nil }

    private static func confidence(
        _ key: String,
        _ value: @escaping @Sendable (DecisionContext) -> ContextNumber?
    ) -> Column<TradeRow> {
        let meaning = "\(key) of the context; NULL where it is not a number, or one beyond the range of numeric."
        return Column(key, .numeric, isNullable: true, meaning) { ColumnValue(value($0.history.context)) }
    }

    private static func document(
        _ key: String,
        _ value: @escaping @Sendable (DecisionContext) -> [UInt8]?
    ) -> Column<TradeRow> {
        let meaning =
            "\(key) of the context; NULL where it is no object or array, or holds a number beyond the range of numeric."
        return Column(key, .json, isNullable: true, look: TableLook(.detail, .prose), meaning) {
            ColumnValue(value($0.history.context))
        }
    }
}
