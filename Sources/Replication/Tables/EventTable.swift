internal import Ledger
internal import Postgres
internal import TradeModel

/// The columns of `ledger.trade_events`; the only place that defines their order.
enum EventTable {
    static let name = "ledger.trade_events"

    /// In the order in which `write` writes them.
    static let columns: [String] =
        [
            "ledger_id", "sequence", "recorded_at", "format", "event_id", "type", "subject", Field.tradeID.name,
            "occurred_at",
        ] + ownFields.map(\.name) + ["details"]

    /// The fields that have a column after `occurred_at`, in the order of the columns.
    private static let ownFields = Field.all.filter { $0.hasColumn && $0 != .tradeID }
    private static let firstFieldColumn = 9
    private static let tradeIDColumn = 7
    private static let detailsColumn = firstFieldColumn + ownFields.count
    private static let layout = EventRowLayout(ownFields: ownFields)

    /// Every field, ascending, with its column; nil for those in `details`.
    private static let fieldColumns: [(field: Field, column: Int?)] = Field.all.map { field in
        (field, field == .tradeID ? tradeIDColumn : ownFields.firstIndex(of: field).map { firstFieldColumn + $0 })
    }

    static let recordedAtColumn = 2

    static var columnList: String { columns.joined(separator: ", ") }

    /// What the rows of events go in by.
    ///
    /// The lock comes first. TimescaleDB checks whether the table is a hypertable before a COPY waits for its lock:
    /// after a session that is converting it, the rows would go where no query finds them.
    static let copyStatement =
        "LOCK TABLE \(name) IN ROW EXCLUSIVE MODE; COPY \(name) (\(columnList)) FROM STDIN (FORMAT binary)"

    /// Writes the columns of an event, in one walk over its body.
    static func write(_ event: Event, _ ledgerID: EventID, _ row: inout BinaryRows) {
        let layout = Self.layout
        let type = layout.types[Int(event.body.type.rawValue)]
        let details = EventDetails.text(of: event.body)
        // The body holds the id of its subject once and the row up to three times.
        let byteCountMax = layout.byteCountMax + 3 * event.body.bytes.count + (details?.count ?? 0)
        row.appendFields(layout.columnCount, byteCountMax: byteCountMax) { row in
            let body = event.body.bytes.span
            let subject = body.extracting(body.subjectRange)
            row.appendField(uuid: ledgerID)
            row.appendField(int64: Int64(event.sequence))
            row.appendField(event.recordedAt)
            row.appendField(int16: Int16(EventRecord.format))
            switch event.idOrigin {
            case .derived: row.appendNullFields(1)
            case .stored: row.appendField(uuid: event.eventID)
            }
            row.appendField(text: type.name.span)
            if subject.isEmpty { row.appendNullFields(1) } else { row.appendField(text: subject) }
            if type.isAboutTrade {
                row.appendField(text: subject)
            } else if let range = body.value(of: .tradeID) {
                row.appendField(text: body.extracting(range))
            } else {
                row.appendNullFields(1)
            }
            row.appendField(event.body.occurredAt)
            writeFields(of: body, subject, at: type.subjectPlace, layout, &row)
            if let details { row.appendField(text: details.span) } else { row.appendNullFields(1) }
        }
    }

    /// Writes the columns of the fields; the one at `subjectPlace` gets the id of the subject.
    @inline(__always)
    private static func writeFields(
        of body: Span<UInt8>,
        _ subject: Span<UInt8>,
        at subjectPlace: Int,
        _ layout: EventRowLayout,
        _ row: inout OutputSpan<UInt8>
    ) {
        var column = 0
        var subjectPlace = subjectPlace
        var offset = body.fieldsOffset
        while let (field, range) = body.takeField(at: &offset) {
            let (place, form) = layout.fields[Int(field.number)]
            guard place < layout.fieldCount else { continue }
            if subjectPlace < place {
                row.appendNullFields(subjectPlace - column)
                row.appendField(text: subject)
                (column, subjectPlace) = (subjectPlace + 1, layout.fieldCount)
            }
            if place > column { row.appendNullFields(place - column) }
            column = place + 1
            switch form {
            case .decimal: row.appendField(body.decimal(in: range))
            case .uuid: row.appendField(uuid: EventID(body, at: range.lowerBound))
            case .text, .json: row.appendField(text: body.extracting(range))
            }
        }
        if subjectPlace < layout.fieldCount {
            row.appendNullFields(subjectPlace - column)
            row.appendField(text: subject)
            column = subjectPlace + 1
        }
        row.appendNullFields(layout.fieldCount - column)
    }

    /// The event of a row, bit for bit; a row without an id has the one that its ledger derives.
    ///
    /// Throws `foreignValue`, naming the column, if no ledger can have written the row.
    static func event(_ row: CopyRow, of derivedIDs: DerivedEventIDs) throws(PostgresError) -> Event {
        func stored(_ column: Int) -> StoredValue {
            StoredValue(table: name, column: columns[column], row: "event \(sequenceText(row))")
        }
        let sequence = try stored(1).required(try row.int64(1))
        guard sequence > 0 else { throw stored(1).foreign(String(sequence)) }
        let recordedAt = try time(row, 2, stored(2))
        guard try row.int16(3) == Int16(EventRecord.format) else { throw stored(3).foreign(row.text(3)) }
        let storedID = try row.uuid(4).map { EventID($0.span, at: 0) }
        guard let eventID = storedID ?? derivedIDs.id(at: UInt64(sequence), recordedAt: recordedAt) else {
            throw stored(4).foreign("NULL")
        }
        guard let type = row.text(5).flatMap(EventType.init(name:)) else { throw stored(5).foreign("no known type") }
        let subject = row.bytes(6) ?? []
        guard type.subjectByteCounts.contains(subject.count) else {
            throw stored(6).foreign("\(subject.count) bytes")
        }
        var writer = BodyWriter(type: type, occurredAt: try time(row, 8, stored(8)), subject: subject)
        let details: EventDetails?
        do throws(BodyFault) {
            details = try row.bytes(detailsColumn).map { (text) throws(BodyFault) in try EventDetails(text) }
        } catch {
            throw stored(detailsColumn).foreign("what no event can have (\(error.message))")
        }
        for (field, column) in fieldColumns where field != type.subject {
            if let column {
                try write(field, of: row, column, stored(column), &writer)
            } else if let details {
                do throws(BodyFault) { try details.append(field, to: &writer) } catch {
                    throw stored(detailsColumn).foreign("what no event can have (\(error.message))")
                }
            }
        }
        do throws(BodyFault) {
            return Event(
                sequence: UInt64(sequence),
                recordedAt: recordedAt,
                eventID: eventID,
                idOrigin: storedID == nil ? .derived : .stored,
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
            let numeric = try stored.required(try row.numeric(column))
            guard let decimal = decimal(numeric) else { throw stored.foreign("a number that no event can have") }
            writer.append(field, decimal: decimal)
        case .uuid:
            let uuid = try stored.required(try row.uuid(column))
            writer.append(field, uuid: EventID(uuid.span, at: 0))
        case .text, .json:
            guard field.kind.byteCounts.contains(value.count) else { throw stored.foreign("\(value.count) bytes") }
            writer.append(field, text: value)
        }
    }

    private static func time(_ row: CopyRow, _ column: Int, _ stored: StoredValue) throws(PostgresError) -> Timestamp {
        let microseconds = try stored.required(try row.timestampMicrosecondsSince1970(column))
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

extension EventTable {
    /// A query for the rows of a ledger, or those of some sequences, in order.
    static func query(_ ledgerID: EventID, _ sequences: ClosedRange<UInt64>? = nil) -> String {
        let range = sequences.map { " AND sequence BETWEEN \($0.lowerBound) AND \($0.upperBound)" } ?? ""
        return """
            SELECT \(columnList) FROM \(name) WHERE ledger_id = '\(ledgerID)'\(range) ORDER BY sequence, recorded_at
            """
    }

    /// The events of these sequences, up to the first row that does not hold the next one, and what is wrong there.
    static func events(
        _ connection: inout Connection,
        _ ledgerID: EventID,
        _ sequences: ClosedRange<UInt64>
    ) throws -> (events: [Event], fault: String?) {
        let derivedIDs = DerivedEventIDs(of: ledgerID)
        return try connection.copyOut(query(ledgerID, sequences)) { rows in
            var (events, fault): ([Event], String?) = ([], nil)
            // Reads all rows even after a bad one, because the session is used again.
            while let row = try rows.next() {
                guard fault == nil else { continue }
                let next = sequences.lowerBound + UInt64(events.count)
                do throws(PostgresError) {
                    let event = try Self.event(row, of: derivedIDs)
                    if event.sequence == next { events.append(event) } else { fault = "event \(next) is missing" }
                    if event.sequence < next { fault = "event \(event.sequence) is there more than once" }
                } catch {
                    guard error.kind == .foreignValue else { throw error }
                    fault = error.message
                }
            }
            return (events, events.isEmpty ? fault ?? "event \(sequences.lowerBound) is missing" : fault)
        }
    }

    /// The last sequence that the database has after another one; nil if it has none.
    static func lastSequence(
        _ connection: inout Connection,
        _ ledgerID: EventID,
        after sequence: UInt64
    ) throws(PostgresError) -> Int64? {
        let result = try connection.query(
            "SELECT max(sequence) FROM \(name) WHERE ledger_id = $1 AND sequence > $2",
            of: ledgerID,
            .int64(Int64(sequence))
        )
        return try result.int64(row: 0, column: 0)
    }
}

/// What a row of `ledger.trade_events` needs to know of types and fields, by their numbers.
///
/// The vocabulary answers the same questions, but not a dozen times for each row without a cost.
private struct EventRowLayout: Sendable {
    struct TypeColumns: Sendable {
        var name: [UInt8] = []
        var isAboutTrade = false
        /// The place of the column of the subject's field; `fieldCount` where it has none of its own.
        var subjectPlace = 0
    }

    let types: [TypeColumns]
    /// The place of a field's column among those of fields; `fieldCount` where it has none of its own.
    let fields: [(place: Int, form: Field.Form)]
    let fieldCount: Int
    let columnCount = EventTable.columns.count
    /// The most bytes of a row, without those of its body.
    let byteCountMax: Int

    init(ownFields: [Field]) {
        let fieldCount = ownFields.count
        var fields = [(place: Int, form: Field.Form)](repeating: (fieldCount, .text), count: 128)
        for (place, field) in ownFields.enumerated() { fields[Int(field.number)] = (place, field.form) }
        var types = [TypeColumns](repeating: TypeColumns(), count: 256)
        for type in EventType.all {
            types[Int(type.rawValue)] = TypeColumns(
                name: Array(type.name.utf8),
                isAboutTrade: type.isAboutTrade,
                subjectPlace: type.subject.map { fields[Int($0.number)].place } ?? fieldCount
            )
        }
        self.types = types
        self.fields = fields
        self.fieldCount = fieldCount
        let fixedByteCount = 2 * 16 + 3 * 8 + 2 + (types.map(\.name.count).max() ?? 0)
        byteCountMax = 4 * columnCount + fixedByteCount + fieldCount * OutputSpan<UInt8>.numericFieldByteCountMax
    }
}
