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

    static let recordedAtColumn = 2

    static var columnList: String { columns.joined(separator: ", ") }

    /// What the rows of events go in by.
    ///
    /// The lock comes first. TimescaleDB looks whether the table is a hypertable before a COPY waits for its lock:
    /// behind a session that is making it one, the rows would go where no query finds them.
    static let copyStatement =
        "LOCK TABLE \(name) IN ROW EXCLUSIVE MODE; COPY \(name) (\(columnList)) FROM STDIN (FORMAT binary)"

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
        var column = 0
        for (field, range) in event.body.fields {
            row.appendNulls(field.column - column)
            column = field.column + 1
            if field.form == .decimal {
                row.append(event.body.decimal(in: range))
            } else {
                row.append(text: event.body.bytes[range])
            }
        }
        row.appendNulls(Field.allCases.count - column)
    }

    /// The event of a row, bit for bit; nil where the row holds none that a ledger could have written.
    static func event(_ row: CopyRow) throws(PostgresError) -> Event? {
        guard let sequence = try row.int64(1), sequence > 0, let recordedAt = try row.timestampMicrosecondsSince1970(2),
            try row.int16(3) == Int16(EventRecord.format), let eventID = try row.uuid(4),
            let type = row.text(5).flatMap(EventType.init(name:)), let tradeID = row.bytes(6),
            (1...Limits.identifierByteCountMax).contains(tradeID.count),
            let occurredAt = try row.timestampMicrosecondsSince1970(7)
        else { return nil }
        var writer = BodyWriter(
            type: type,
            occurredAt: Timestamp(microsecondsSince1970: occurredAt),
            tradeID: tradeID
        )
        for (index, field) in Field.allCases.enumerated() {
            guard let value = row.bytes(8 + index) else { continue }
            switch field.form {
            case .decimal:
                guard let decimal = try decimal(row, 8 + index) else { return nil }
                writer.append(field, decimal: decimal)
            case .text(let byteCountMax):
                guard value.count <= byteCountMax else { return nil }
                writer.append(field, text: value)
            case .json:
                guard value.count <= Limits.eventLineByteCountMax else { return nil }
                writer.append(field, text: value)
            }
        }
        do throws(BodyFault) {
            return Event(
                sequence: UInt64(sequence),
                recordedAt: Timestamp(microsecondsSince1970: recordedAt),
                eventID: EventID(eventID.span, at: 0),
                body: try EventBody(validating: writer.finish().bytes[...])
            )
        } catch {
            return nil
        }
    }

    private static func decimal(_ row: CopyRow, _ column: Int) throws(PostgresError) -> Decimal? {
        guard let (coefficient, scale) = try row.numeric(column)?.coefficientAndScale else { return nil }
        do { return try Decimal(coefficient: coefficient, scale: scale) } catch { return nil }
    }
}

extension Field {
    /// The place of its column among those of the fields, which have the order of the tags: 1, 2, 3 and so on.
    fileprivate var column: Int { Int(rawValue) - 1 }
}
