internal import Ledger
internal import Postgres
internal import TradeModel

/// The columns of `ledger.trade_events`, in the one place that knows their order.
enum EventTable {
    static let name = "ledger.trade_events"

    /// In the order in which `write` writes them.
    static let columns: [String] =
        ["ledger_id", "sequence", "recorded_at", "format", "event_id", "type", "trade_id", "occurred_at"]
        + Field.allCases.map(\.name)

    static var columnList: String { columns.joined(separator: ", ") }

    /// Writes the event's row.
    static func write(_ event: Event, _ ledgerID: EventID, _ row: inout BinaryRows) {
        row.append(uuid: ledgerID)
        row.append(int64: Int64(event.sequence))
        row.append(event.recordedAt)
        row.append(int16: Int16(EventRecord.format))
        row.append(uuid: event.eventID)
        row.append(text: event.body.type.name)
        row.append(text: event.body.tradeIDBytes)
        row.append(event.body.occurredAt)
        var fields = event.body.fields
        var present = fields.next()
        for field in Field.allCases {
            guard let (candidate, _) = present, candidate == field else {
                row.appendNull()
                continue
            }
            if field.form == .decimal {
                row.append(event.body.decimal(field))
            } else {
                row.append(text: event.body.textBytes(field))
            }
            present = fields.next()
        }
    }
}
