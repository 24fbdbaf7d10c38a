/// Events as lines of JSON; `schema/trade-event.schema.json` describes them.
public enum EventJSON {
    /// Reads an event from one line of JSON, given without its line feed.
    ///
    /// Decimals are read from their text, null counts as an absent field, and the context keeps its bytes. The work is
    /// linear in the length of the line.
    ///
    /// A line that has the ledger's own fields may be longer than another one, so that whatever a ledger prints can be
    /// appended to another.
    ///
    /// - Throws: What is wrong with the line, by the first of these rules that it breaks: `event_too_large`,
    ///   `invalid_json`, `unknown_field`, `missing_field`, `invalid_field`, `number_out_of_range`. Where a rule is
    ///   broken more than once, the first place in the line is named.
    public static func decode(line: ArraySlice<UInt8>) throws(Rejection) -> EventDraft {
        let isLong = line.count > Limits.eventLineByteCountMax
        guard line.count <= Limits.printedLineByteCountMax else { throw .tooLarge(lineByteCount: line.count) }
        let members: EventMembers
        do throws(Rejection) { members = try EventMembers(of: line.span) } catch {
            throw isLong ? .tooLarge(lineByteCount: line.count) : error
        }
        guard !isLong || members.isPrinted else { throw .tooLarge(lineByteCount: line.count) }
        return try draft(members, line.span)
    }

    /// Reads an event from all of the bytes, as `decode(line:)` does from a slice of them.
    public static func decode(line: [UInt8]) throws(Rejection) -> EventDraft {
        try decode(line: line[...])
    }

    // All values are read before a fault is thrown, because they are read in the order of the body but the first fault
    // in the line is reported.
    private static func draft(_ members: EventMembers, _ line: Span<UInt8>) throws(Rejection) -> EventDraft {
        var faults = FaultRanking()
        faults.value(of: members.type) { (value) throws(Rejection) in
            try ValueReader.checkType(members.eventType, value, line)
        }
        let subject = faults.value(of: members.subject) { (value) throws(Rejection) in
            try ValueReader.subject(value, line, of: members.eventType)
        }
        let eventID = faults.value(of: members.eventID) { (value) throws(Rejection) in
            try ValueReader.uuid(value, line, name: "event_id")
        }
        let occurredAt = faults.value(of: members.occurredAt) { (value) throws(Rejection) in
            try ValueReader.occurredAt(value, line)
        }
        var body: BodyWriter? =
            if let type = members.eventType, let subject, let occurredAt {
                BodyWriter(type: type, occurredAt: occurredAt, subject: subject, of: line)
            } else { nil }
        for field in members.present.ascending {
            let value = members[field]
            do throws(Rejection) {
                let content = try ValueReader.content(value, line, of: field, name: members.name(of: field))
                body?.append(field, content, of: line)
            } catch {
                faults.note(error, at: value)
            }
        }
        guard body?.byteCount ?? 0 <= Limits.eventLineByteCountMax else { throw .tooLarge(lineByteCount: line.count) }
        if let rejection = faults.first { throw rejection }
        guard let body else { preconditionFailure("a body lacks its type, subject or time only for a fault") }
        return EventDraft(eventID: eventID, body: body.finish())
    }
}

extension BodyWriter {
    /// Begins the body of a line, which is always shorter than the line.
    fileprivate init(type: EventType, occurredAt: Timestamp, subject: ValueReader.Text, of line: Span<UInt8>) {
        switch subject {
        case .asWritten(let range):
            self.init(type: type, occurredAt: occurredAt, subject: line.extracting(range), byteCountMax: line.count)
        case .rewritten(let bytes):
            self.init(type: type, occurredAt: occurredAt, subject: bytes.span, byteCountMax: line.count)
        }
    }

    /// Appends what a line has for a field.
    mutating func append(_ field: Field, _ content: ValueReader.Content, of line: Span<UInt8>) {
        switch content {
        case .decimal(let decimal): append(field, decimal: decimal)
        case .uuid(let uuid): append(field, uuid: uuid)
        case .text(let text): append(field, text, of: line)
        }
    }

    private mutating func append(_ field: Field, _ text: ValueReader.Text, of line: Span<UInt8>) {
        switch text {
        case .asWritten(let range): append(field, text: line.extracting(range))
        case .rewritten(let bytes): append(field, text: bytes.span)
        }
    }
}

/// Chooses the fault to report: by the rank of its code, then by its place.
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

    /// The decoded value; nil if it is absent, or invalid, which is recorded.
    @discardableResult
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
