import TradeModel

/// Which strategies run.
///
/// An event costs one row. Memory holds the last registration of each strategy.
public struct StrategyFold: Sendable {
    private var strategies: [ByteText: StrategyRow] = [:]

    /// No strategy.
    public init() {}

    /// Takes in the next event; only those about strategies change anything.
    ///
    /// Returns the row that it changes.
    mutating func apply(_ event: Event) -> StrategyRow? {
        guard event.body.type.subject == .strategy else { return nil }
        let id = ByteText(event.body.subjectBytes)
        var row = strategies[id] ?? StrategyRow(id: id, firstSequence: event.sequence)
        row.apply(event)
        strategies[id] = row
        return row
    }

    /// The rows, in the order in which the strategies came.
    public var rows: [StrategyRow] { strategies.values.sorted { $0.firstSequence < $1.firstSequence } }
}

/// A row of `strategies`.
public struct StrategyRow: Sendable {
    /// The strategy.
    public let id: ByteText
    let firstSequence: UInt64
    private var registration: Event?
    private var retirement: Event?

    /// Whether it runs.
    public var isActive: Bool { registration != nil && retirement == nil }

    fileprivate init(id: ByteText, firstSequence: UInt64) { (self.id, self.firstSequence) = (id, firstSequence) }

    fileprivate mutating func apply(_ event: Event) {
        if event.body.type == .strategyRegistered {
            (registration, retirement) = (event.copied(), nil)
        } else {
            retirement = event.copied()
        }
    }

    private var lastSequence: UInt64 { max(registration?.sequence ?? 0, retirement?.sequence ?? 0) }

    /// All columns, in the order in which the program prints them.
    public static let columns: [Column<StrategyRow>] = [
        Column("strategy", .text, look: .key, "The strategy.") { .text($0.id.text) },
        text("strategy_version", .strategyVersion, look: .key, "The version of its last registration."),
        text("parameters_hash", .parametersHash, "The hash of its parameters."),
        Column(
            "parameters",
            .json,
            isNullable: true,
            look: TableLook(.more, .prose),
            "Its parameters: the context of its last registration."
        ) {
            ColumnValue($0.registration?.body.textBytes(.context).map { Array($0) })
        },
        Column("active", .boolean, look: .key, "Whether it runs: registered, and not retired since.") {
            .bool($0.isActive)
        },
        Column("registered_at", .timestamptz, isNullable: true, look: .main, "When it was registered last.") {
            ColumnValue($0.registration?.body.occurredAt)
        },
        Column("retired_at", .timestamptz, isNullable: true, look: .main, "When it was retired; NULL while it runs.") {
            ColumnValue($0.retirement?.body.occurredAt)
        },
        Column("last_sequence", .bigint, isPrinted: false, in: .none, "The sequence of its last event.") {
            ColumnValue(sequence: $0.lastSequence)
        },
    ]

    private static func text(
        _ name: String,
        _ field: Field,
        look: TableLook = .detail,
        _ meaning: String
    ) -> Column<StrategyRow> {
        Column(name, .text, isNullable: true, look: look, meaning) { ColumnValue($0.registration?.body.text(field)) }
    }
}
