package import Ledger
package import TradeModel

/// One value of a record.
package enum Cell: Sendable {
    case text(String)
    case decimal(Decimal)
    case integer(Int64)
    case time(Timestamp)
    case bool(Bool)
    case null
    /// JSON text, printed as it is.
    case json([UInt8])

    /// A text; null for nil.
    package init(_ text: String?) { self = text.map(Cell.text) ?? .null }
    /// A decimal; null for nil.
    package init(_ decimal: Decimal?) {
        // Not `map(Cell.decimal)`: Swift 6.3.1 calls the case as a function with the 128-bit coefficient misaligned.
        if let decimal { self = .decimal(decimal) } else { self = .null }
    }
    /// A time; null for nil.
    package init(_ time: Timestamp?) { self = time.map(Cell.time) ?? .null }
    /// A whole number; null for nil.
    package init(_ number: (some BinaryInteger)?) { self = number.map { .integer(Int64($0)) } ?? .null }

    /// Writes the value as JSON; a decimal is a string.
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

/// Named values in order, for people and for programs.
package typealias Record = [(name: String, cell: Cell)]

extension Record {
    /// The record that acknowledges a durable event, which came in a line of input unless that is nil.
    package static func receipt(
        _ status: Receipt.Status,
        _ sequence: UInt64,
        _ eventID: EventID,
        line: UInt64?
    ) -> Record {
        let record: Record = [
            ("status", .text(status.rawValue)), ("sequence", Cell(sequence)),
            ("event_id", .text(eventID.description)),
        ]
        return record + (line.map { [("line", Cell($0))] } ?? [])
    }

    /// The record of a rejected event.
    package static func rejected(_ event: RejectedEvent) -> Record {
        [
            ("rejected_at", .time(event.rejectedAt)), ("code", .text(event.code)), ("message", .text(event.message)),
            ("line", .text(String(decoding: event.line, as: UTF8.self))), ("line_bytes", Cell(event.lineByteCount)),
        ]
    }

    /// The record as one JSON object, without a line feed.
    package var json: [UInt8] {
        var json = JSONWriter()
        json.value(self)
        return json.bytes
    }
}

extension JSONWriter {
    /// A record as an object.
    package mutating func value(_ record: Record) {
        beginObject()
        for (name, cell) in record {
            key(name)
            cell.write(to: &self)
        }
        endObject()
    }
}

extension Event {
    /// The event as one JSON object that `append` accepts, without a line feed.
    package func json(_ ledgerID: EventID) -> [UInt8] {
        var line: [UInt8] = []
        EventJSON.write(self, ledgerID: ledgerID, into: &line)
        return line.dropLast()
    }
}
