internal import Ledger
internal import Postgres
internal import TradeModel

/// The columns of `ledger.trade_events`; the only place that defines their order.
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
    /// The lock comes first. TimescaleDB checks whether the table is a hypertable before a COPY waits for its lock:
    /// after a session that is converting it, the rows would go where no query finds them.
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

    /// The event of a row, bit for bit.
    ///
    /// Throws `foreignValue`, naming the column, if no ledger can have written the row.
    static func event(_ row: CopyRow) throws(PostgresError) -> Event {
        func stored(_ column: Int) -> StoredValue {
            StoredValue(table: name, column: columns[column], row: "event \(sequenceText(row))")
        }
        let sequence = try stored(1).required { () throws(PostgresError) in try row.int64(1) }
        guard sequence > 0 else { throw stored(1).foreign(String(sequence)) }
        let recordedAt = try time(row, 2, stored(2))
        guard try row.int16(3) == Int16(EventRecord.format) else { throw stored(3).foreign(row.text(3)) }
        let eventID = try stored(4).required { () throws(PostgresError) in try row.uuid(4) }
        guard let type = row.text(5).flatMap(EventType.init(name:)) else { throw stored(5).foreign("no known type") }
        let tradeID = row.bytes(6) ?? []
        guard (1...Limits.identifierByteCountMax).contains(tradeID.count) else {
            throw stored(6).foreign("\(tradeID.count) bytes")
        }
        var writer = BodyWriter(type: type, occurredAt: try time(row, 7, stored(7)), tradeID: tradeID)
        for (index, field) in Field.allCases.enumerated() {
            try write(field, of: row, 8 + index, stored(8 + index), &writer)
        }
        do throws(BodyFault) {
            return Event(
                sequence: UInt64(sequence),
                recordedAt: recordedAt,
                eventID: EventID(eventID.span, at: 0),
                body: try EventBody(validating: writer.finish().bytes[...])
            )
        } catch {
            throw PostgresError(
                kind: .foreignValue,
                message: "\(name) holds no event that a ledger can have written in the row of event \(sequence)"
            )
        }
    }

    /// The sequence of a row for messages; `?` where it is not a number.
    private static func sequenceText(_ row: CopyRow) -> String {
        do throws(PostgresError) { return try row.int64(1)?.description ?? "NULL" } catch { return "?" }
    }

    private static func write(
        _ field: Field,
        of row: CopyRow,
        _ column: Int,
        _ stored: StoredValue,
        _ writer: inout BodyWriter
    ) throws(PostgresError) {
        guard let value = row.bytes(column) else { return }
        switch field.form {
        case .decimal:
            let numeric = try stored.required { () throws(PostgresError) in try row.numeric(column) }
            guard let decimal = decimal(numeric) else { throw stored.foreign("a number that no event can have") }
            writer.append(field, decimal: decimal)
        case .text(let byteCountMax):
            guard value.count <= byteCountMax else { throw stored.foreign("\(value.count) bytes") }
            writer.append(field, text: value)
        case .json:
            guard value.count <= Limits.eventLineByteCountMax else { throw stored.foreign("\(value.count) bytes") }
            writer.append(field, text: value)
        }
    }

    private static func time(_ row: CopyRow, _ column: Int, _ stored: StoredValue) throws(PostgresError) -> Timestamp {
        let microseconds = try stored.required { () throws(PostgresError) in
            try row.timestampMicrosecondsSince1970(column)
        }
        guard Timestamp.rangeMicroseconds.contains(microseconds) else {
            throw stored.foreign("a time outside of the years 1970 to 9999")
        }
        return Timestamp(microsecondsSince1970: microseconds)
    }

    private static func decimal(_ numeric: BinaryNumeric) -> Decimal? {
        guard let (coefficient, scale) = numeric.coefficientAndScale else { return nil }
        do { return try Decimal(coefficient: coefficient, scale: scale) } catch { return nil }
    }
}

extension Field {
    /// The place of its column among those of the fields, which have the order of the tags: 1, 2, 3 and so on.
    fileprivate var column: Int { Int(rawValue) - 1 }
}
