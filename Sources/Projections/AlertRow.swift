public import TradeModel

/// A row of `alerts`.
public struct AlertRow: Sendable {
    /// The alert.
    public let id: ByteText
    private let raised: Event
    private let acknowledgement: Event?
    private let resolution: Event?
    private let lastSequence: UInt64

    /// When it was raised.
    public var raisedAt: Timestamp { raised.body.occurredAt }
    /// The sequence of its first event.
    public var firstSequence: UInt64 { raised.sequence }

    /// The alert of which an event is the last, after its earlier events; nil where the event is about none.
    package init?(_ event: Event, after earlier: [Event]) {
        guard event.body.type.subject == .alertID else { return nil }
        let raised = earlier.first ?? event
        id = ByteText(event.body.subjectBytes)
        self.raised = raised.copied()
        acknowledgement = (earlier + [event]).first { $0.body.type == .alertAcknowledged }?.copied()
        resolution = event.body.type == .alertResolved ? event.copied() : nil
        lastSequence = event.sequence
    }

    /// What has happened to it last, by name.
    public var status: String {
        Self.statuses[resolution != nil ? 2 : acknowledgement != nil ? 1 : 0]
    }

    /// Every status that an alert can have.
    public static let statuses = ["raised", "acknowledged", "resolved"]

    /// All columns, in the order in which the program prints them.
    public static let columns: [Column<AlertRow>] = [
        Column("alert_id", .text, look: .key, "The id that the producer gave the alert; unique in the ledger.") {
            .text($0.id.text)
        },
        text("severity", .severity, look: .key, "info, warning, error or critical.", isNullable: false),
        text("title", .title, look: TableLook(.key, .prose), "What happened, in one line.", isNullable: false),
        text("category", .category, look: .more, "The kind of alert."),
        text("symbol", .symbol, look: .main, "The instrument that it is about."),
        text("order_id", .orderID, "The order that it is about."),
        text("strategy", .strategy, look: .more, "The strategy that it is about."),
        Column("status", .text, look: .key, "raised, acknowledged or resolved.") { .text($0.status) },
        Column("raised_at", .timestamptz, look: .main, "When it was raised.") { .time($0.raised.body.occurredAt) },
        Column("acknowledged_at", .timestamptz, isNullable: true, "When it was acknowledged first.") {
            ColumnValue($0.acknowledgement?.body.occurredAt)
        },
        Column("acknowledged_by", .text, isNullable: true, look: .main, "Who acknowledged it first.") {
            ColumnValue($0.acknowledgement?.body.text(.actor))
        },
        Column("resolved_at", .timestamptz, isNullable: true, look: .more, "When it was resolved.") {
            ColumnValue($0.resolution?.body.occurredAt)
        },
        Column("first_sequence", .bigint, isPrinted: false, in: .none, "The sequence of its first event.") {
            ColumnValue(sequence: $0.raised.sequence)
        },
        Column("last_sequence", .bigint, isPrinted: false, in: .none, "The sequence of its last event.") {
            ColumnValue(sequence: $0.lastSequence)
        },
    ]

    private static func text(
        _ name: String,
        _ field: Field,
        look: TableLook = .detail,
        _ meaning: String,
        isNullable: Bool = true
    ) -> Column<AlertRow> {
        Column(name, .text, isNullable: isNullable, look: look, meaning) { ColumnValue($0.raised.body.text(field)) }
    }
}
