/// Events as lines of JSON; `schema/trade-event.schema.json` describes them.
public enum EventJSON {
    /// Reads an event from one line of JSON, given without its line feed.
    ///
    /// Decimals are read from their text, a null is as good as an absent field, and the context keeps its bytes. The
    /// work is linear in the length of the line.
    ///
    /// - Throws: What is wrong with the line, by the first of these rules that it breaks: `event_too_large`,
    ///   `invalid_json`, `unknown_field`, `missing_field`, `invalid_field`, `number_out_of_range`. Where a rule is
    ///   broken more than once, the first place in the line is named.
    public static func decode(line: ArraySlice<UInt8>) throws(Rejection) -> EventDraft {
        guard line.count <= Limits.eventLineByteCountMax else {
            throw Rejection(
                .eventTooLarge,
                "The line has \(line.count) bytes, but an event has at most \(Limits.eventLineByteCountMax)."
            )
        }
        return try draft(EventMembers(of: line), ValueReader(line: line))
    }

    /// Reads an event from all of the bytes, as `decode(line:)` does from a slice of them.
    public static func decode(line: [UInt8]) throws(Rejection) -> EventDraft {
        try decode(line: line[...])
    }

    // All values are read before a fault is thrown: they are read in the order of a body, but the fault that counts
    // is the first in the line.
    private static func draft(_ members: EventMembers, _ reader: ValueReader) throws(Rejection) -> EventDraft {
        var faults = FaultRanking()
        let type = faults.value(of: members.type, reader.type)
        let tradeID = faults.value(of: members.tradeID, reader.tradeID)
        let eventID = faults.value(of: members.eventID, reader.eventID)
        let occurredAt = faults.value(of: members.occurredAt, reader.occurredAt)
        var body: BodyWriter? =
            if let type, let tradeID, let occurredAt {
                BodyWriter(type: type, occurredAt: occurredAt, tradeID: tradeID)
            } else { nil }
        for field in Field.allCases where members[field].isPresent {
            let value = members[field]
            do throws(Rejection) {
                switch field.form {
                case .decimal:
                    body?.append(field, decimal: try reader.decimal(value, name: members.name(of: field)))
                case .text(let byteCountMax):
                    let text = try reader.text(value, of: field, name: members.name(of: field), byteCountMax)
                    body?.append(field, text: text)
                case .json:
                    body?.append(field, text: try reader.object(value, name: field.name))
                }
            } catch {
                faults.note(error, at: value)
            }
        }
        if let rejection = faults.first { throw rejection }
        guard let body else { preconditionFailure("a body lacks its type, trade or time only for a fault") }
        return EventDraft(eventID: eventID, body: body.finish())
    }
}

/// The fault that is to be named out of those that a line has: by the rank of its code, then by its place.
private struct FaultRanking {
    private(set) var first: Rejection?
    private var firstOffset = 0

    mutating func note(_ rejection: Rejection, at value: JSONValue) {
        let offset = value.range.lowerBound
        if let first {
            let isSameRank = first.code == rejection.code
            guard isSameRank ? offset < firstOffset : rejection.code == .invalidField else { return }
        }
        first = rejection
        firstOffset = offset
    }

    /// What is read from a value; nil where the value is absent, or faulty, which is noted.
    mutating func value<Content>(
        of value: JSONValue,
        _ read: (JSONValue) throws(Rejection) -> Content
    ) -> Content? {
        guard value.isPresent else { return nil }
        do throws(Rejection) {
            return try read(value)
        } catch {
            note(error, at: value)
            return nil
        }
    }
}
