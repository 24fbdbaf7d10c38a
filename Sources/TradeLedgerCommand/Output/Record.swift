internal import Ledger
internal import TradeModel

/// The formats in which data is printed.
enum OutputFormat: String, CaseIterable {
    case table
    case json
    case csv
}

/// One value of a printed record.
enum Cell {
    case text(String)
    case decimal(Decimal)
    case integer(Int64)
    case time(Timestamp)
    case bool(Bool)
    case null
    /// JSON text, printed as it is.
    case json([UInt8])

    init(_ text: String?) { self = text.map(Cell.text) ?? .null }
    init(_ decimal: Decimal?) {
        // Not `map(Cell.decimal)`: Swift 6.3.1 calls the case as a function with the 128-bit coefficient misaligned.
        if let decimal { self = .decimal(decimal) } else { self = .null }
    }
    init(_ time: Timestamp?) { self = time.map(Cell.time) ?? .null }
    init(_ number: (some BinaryInteger)?) { self = number.map { .integer(Int64($0)) } ?? .null }

    /// The value for people and for CSV; empty for null.
    var plain: String {
        switch self {
        case .text(let text): text
        case .decimal(let decimal): decimal.description
        case .integer(let integer): String(integer)
        case .time(let time): time.description
        case .bool(let bool): bool ? "true" : "false"
        case .null: ""
        case .json(let bytes): String(decoding: bytes, as: UTF8.self)
        }
    }

    /// The value for people, a time to the second.
    var shown: String {
        guard case .time(let time) = self else { return plain }
        return String(time.description.prefix(while: { $0 != "." })) + "Z"
    }

    /// Whether it is a number.
    var isNumber: Bool {
        switch self {
        case .decimal, .integer: true
        default: false
        }
    }

    func write(to json: inout JSONWriter) {
        switch self {
        case .text(let text): json.value(text)
        case .decimal(let decimal): json.value(decimal)
        case .integer(let integer): json.value(integer)
        case .time(let time): json.value(time)
        case .bool(let bool): json.value(bool)
        case .null: json.null()
        case .json(let bytes): json.value(json: bytes)
        }
    }
}

/// A record to print: named values in order.
typealias Record = [(name: String, cell: Cell)]

extension Record {
    /// The record that acknowledges a durable event, which came in a line of input unless that is nil.
    static func receipt(_ status: Receipt.Status, _ sequence: UInt64, _ eventID: EventID, line: UInt64?) -> Record {
        let record: Record = [
            ("status", .text(status.rawValue)), ("sequence", Cell(sequence)),
            ("event_id", .text(eventID.description)),
        ]
        return record + (line.map { [("line", Cell($0))] } ?? [])
    }

    /// The record of an event, for a table or CSV.
    static func event(_ event: Event) -> Record {
        let body = event.body
        let record: Record = [
            ("sequence", Cell(event.sequence)), ("recorded_at", .time(event.recordedAt)),
            ("event_id", .text(event.eventID.description)), ("type", .text(body.type.name)),
            ("trade_id", Cell(body.printed(.tradeID))), ("occurred_at", .time(body.occurredAt)),
            ("subject", .text(body.subject)),
        ]
        return record
            + Field.all.filter { $0 != .tradeID }.map { field in
                (field.name, field.form == .decimal ? Cell(body.decimal(field)) : Cell(body.printed(field)))
            }
    }

    /// The record as one JSON object, without a line feed.
    var json: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        for (name, cell) in self {
            json.key(name)
            cell.write(to: &json)
        }
        json.endObject()
        return json.bytes
    }

    /// Names as a line of CSV (RFC 4180), without a line feed.
    static func csvHeader(_ names: [String]) -> String { names.map(quoted).joined(separator: ",") }

    /// The values as a line of CSV (RFC 4180), without a line feed.
    var csv: String { map { Self.quoted(SpreadsheetText.escaped($0.cell.plain)) }.joined(separator: ",") }

    private static func quoted(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }) else { return text }
        return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}

extension Event {
    /// The event as one JSON object that `append` accepts, without a line feed.
    func json(_ ledgerID: EventID) -> [UInt8] {
        var line: [UInt8] = []
        EventJSON.write(self, ledgerID: ledgerID, into: &line)
        return line.dropLast()
    }
}
