import TradeModel

/// A row of `capital_flows`: money that came to an account or left it other than by a trade.
public struct FlowRow: Sendable {
    let account: ByteText
    let currency: ByteText
    let occurredAt: Timestamp
    let kind: String
    let amount: Decimal
    let sequence: UInt64

    /// The flows that an event is: none, one, or two of a transfer.
    ///
    /// A correction of an account is a flow, and so is a conversion, which brings to one currency what it takes from
    /// another; other adjustments are results.
    static func all(of event: Event) -> [FlowRow] {
        let body = event.body
        let adjustment = body.type == .accountAdjusted ? body.text(.kind) : nil
        guard adjustment.map({ ["correction", "conversion"].contains($0) }) ?? true else { return [] }
        return Movement.all(of: body).map { movement in
            FlowRow(
                account: movement.account,
                currency: movement.currency,
                occurredAt: body.occurredAt,
                kind: adjustment ?? "\(movement.cause)",
                amount: movement.cause == .withdrawn ? movement.amount.negated : movement.amount,
                sequence: event.sequence
            )
        }
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
