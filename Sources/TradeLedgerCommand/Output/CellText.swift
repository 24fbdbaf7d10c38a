internal import Records
internal import TradeModel

/// The formats in which data is printed.
enum OutputFormat: String, CaseIterable {
    case table
    case json
    case csv
}

extension Cell {
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
}

extension Record {
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

    /// Names as a line of CSV (RFC 4180), without a line feed.
    static func csvHeader(_ names: [String]) -> String { names.map(quoted).joined(separator: ",") }

    /// The values as a line of CSV (RFC 4180), without a line feed.
    var csv: String { map { Self.quoted(SpreadsheetText.escaped($0.cell.plain)) }.joined(separator: ",") }

    private static func quoted(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }) else { return text }
        return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
