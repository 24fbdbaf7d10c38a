package import TradeModel

/// A row of `capital_flows`: money that came to an account or left it other than by a trade.
public struct FlowRow: Sendable {
    package let account: ByteText
    package let currency: ByteText
    package let occurredAt: Timestamp
    let kind: String
    /// Positive if it came to the account.
    package let amount: Decimal
    let sequence: UInt64
    /// Whether the money only changed the account.
    package let isTransfer: Bool

    /// The flows that an event is: none, one, or two of a transfer.
    ///
    /// A correction of an account is a flow, and so is a conversion, which brings to one currency what it takes from
    /// another; other adjustments are results.
    package static func all(of event: Event) -> [FlowRow] {
        let body = event.body
        let adjustment = body.type == .accountAdjusted ? body.text(.kind) : nil
        guard adjustment.map(isFlow) ?? true else { return [] }
        return Movement.all(of: body).map { movement in
            FlowRow(
                account: movement.account,
                currency: movement.currency,
                occurredAt: body.occurredAt,
                kind: adjustment ?? "\(movement.cause)",
                amount: movement.cause == .withdrawn ? movement.amount.negated : movement.amount,
                sequence: event.sequence,
                isTransfer: movement.cause == .transferred
            )
        }
    }

    /// Whether an adjustment of this kind is a flow; the others are results.
    private static func isFlow(_ kind: String) -> Bool { ["correction", "conversion"].contains(kind) }

    /// The result that an event is: interest or another adjustment of an account that is no flow; nil for others.
    package static func result(of event: Event) -> FlowRow? {
        let body = event.body
        guard body.type == .accountAdjusted, let kind = body.text(.kind), !isFlow(kind),
            let movement = Movement.all(of: body).first
        else { return nil }
        return FlowRow(
            account: movement.account,
            currency: movement.currency,
            occurredAt: body.occurredAt,
            kind: kind,
            amount: movement.amount,
            sequence: event.sequence,
            isTransfer: false
        )
    }

    /// All columns.
    package static let columns: [Column<FlowRow>] = [
        Column("account", .text, "The account.") { .text($0.account.text) },
        Column("currency", .text, "The currency.") { .text($0.currency.text) },
        Column("occurred_at", .timestamptz, "When it happened.") { .time($0.occurredAt) },
        Column("kind", .text, "deposited, withdrawn, transferred, correction or conversion.") { .text($0.kind) },
        Column("amount", .numeric, "How much, positive if it came to the account.") { .decimal($0.amount) },
        Column("sequence", .bigint, "The sequence of the event.") { ColumnValue(sequence: $0.sequence) },
    ]
}
