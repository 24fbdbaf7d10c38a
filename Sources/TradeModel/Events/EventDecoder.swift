/// Events as lines of JSON; `schema/trade-event.schema.json` describes them.
public enum EventJSON {
    /// Reads an event from one line of JSON, given without its line feed.
    ///
    /// Decimals are read from their text, null counts as an absent field, and the context keeps its bytes. The work is
    /// linear in the length of the line. A usual line is read in one pass, which allocates only the body; any other
    /// line, and every line with a fault, takes several times as long.
    ///
    /// A line that has the ledger's own fields may be longer than another one, so that whatever a ledger prints can be
    /// appended to another.
    ///
    /// - Throws: What is wrong with the line, by the first of these rules that it breaks: `event_too_large`,
    ///   `invalid_json`, `unknown_field`, `missing_field`, `invalid_field`, `number_out_of_range`. Where a rule is
    ///   broken more than once, the first place in the line is named.
    public static func decode(line: ArraySlice<UInt8>) throws(Rejection) -> EventDraft {
        if let draft = decodeUsual(line: line) { return draft }
        return try decodeThoroughly(line: line)
    }

    /// Reads an event from all of the bytes, as `decode(line:)` does from a slice of them.
    public static func decode(line: [UInt8]) throws(Rejection) -> EventDraft {
        try decode(line: line[...])
    }

    /// Reads a line in one pass; nil if anything about it is unusual, which says nothing about whether it is an event.
    package static func decodeUsual(line: ArraySlice<UInt8>) -> EventDraft? { UsualLine.draft(line.span) }

    /// Reads any line as `decode(line:)` does.
    ///
    /// Where `decodeUsual` gives a draft, this gives the same.
    package static func decodeThoroughly(line: ArraySlice<UInt8>) throws(Rejection) -> EventDraft {
        let isLong = line.count > Limits.eventLineByteCountMax
        guard line.count <= Limits.printedLineByteCountMax else { throw .tooLarge(lineByteCount: line.count) }
        let members: EventMembers
        do throws(Rejection) { members = try EventMembers(of: line.span) } catch {
            throw isLong ? .tooLarge(lineByteCount: line.count) : error
        }
        guard !isLong || members.isPrinted else { throw .tooLarge(lineByteCount: line.count) }
        return try draft(members, line.span)
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
        var present = members.present
        while let field = present.popFirst() {
            let value = members[field]
            do throws(Rejection) {
                let content = try ValueReader.content(
                    value,
                    line,
                    of: field,
                    in: members.eventType,
                    name: members.name(of: field)
                )
                body?.append(field, content, of: line)
            } catch {
                faults.note(error, at: value)
            }
        }
        guard body?.byteCount ?? 0 <= Limits.eventLineByteCountMax else { throw .tooLarge(lineByteCount: line.count) }
        if let rejection = faults.first { throw rejection }
        guard let body = body?.finish() else {
            preconditionFailure("a body lacks its type, subject or time only for a fault")
        }
        if let fault = body.type.rules.formFault(in: body.bytes.span) { throw fault }
        return EventDraft(eventID: eventID, body: body)
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
    mutating func value<Content>(of value: JSONValue, _ read: (JSONValue) throws(Rejection) -> Content) -> Content? {
        guard value.isPresent else { return nil }
        do throws(Rejection) {
            return try read(value)
        } catch {
            note(error, at: value)
            return nil
        }
    }
}

/// The members of an event's line, sorted by what they are: known names only, and none missing that its type must have.
struct EventMembers {
    private(set) var type = JSONValue.absent
    private(set) var subject = JSONValue.absent
    private(set) var eventID = JSONValue.absent
    private(set) var occurredAt = JSONValue.absent
    private var fee = JSONValue.absent
    /// The values of the fields in the order of the line, and by the number of a field its place among them, from 1.
    private var values: [JSONValue] = []
    private var places = InlineArray<128, UInt8>(repeating: 0)
    /// The fields that the line has.
    private(set) var present = FieldSet()
    /// Whether the line has fields that only a ledger gives.
    private(set) var isPrinted = false
    /// The type that `type` names; nil where it names none.
    let eventType: EventType?

    /// Sorts the members of a line.
    ///
    /// - Throws: `invalid_json`, `unknown_field` or `missing_field`, the first of them that the line earns.
    init(of line: Span<UInt8>) throws(Rejection) {
        let members = try JSONScanner.members(of: line)
        // Which fields are known depends on the type, which may come later in the line.
        var type = JSONValue.absent
        for member in members where member.isNamed("type", in: line) { type = member.value }
        eventType = ValueReader.type(type, line)
        values.reserveCapacity(members.count + Field.feeParts.count)
        let keys = EventKey.byName
        for member in members { try take(member, of: line, keys) }
        try checkNothingIsMissing()
    }

    /// The value of a field, wherever in the line it stands.
    subscript(field: Field) -> JSONValue {
        let place = Int(places[Int(field.number)])
        return place == 0 ? .absent : values[place - 1]
    }

    private mutating func note(_ field: Field, _ value: JSONValue) {
        guard value.isPresent else { return }
        values.append(value)
        places[Int(field.number)] = UInt8(values.count)
        present.insert(field)
    }

    /// The name by which the line gives the field.
    func name(of field: Field) -> String {
        guard let part = Field.feeParts.first(where: { $0.field == field }) else { return field.name }
        return fee.kind == .object ? "fee.\(part.name)" : "fee"
    }

    private mutating func take(
        _ member: JSONMember,
        of line: Span<UInt8>,
        _ keys: NameTable<EventKey>
    ) throws(Rejection) {
        guard let key = member.key.withContent(in: line, { keys[$0] }) else { throw unknown(member.key, in: line) }
        guard member.value.isPresent else { return }
        switch key {
        case .type: type = member.value
        case .eventID: eventID = member.value
        case .occurredAt: occurredAt = member.value
        case .assigned: isPrinted = true
        case .fee:
            guard allows(.feeCost) else { throw unknown(member.key, in: line) }
            fee = member.value
            if fee.kind == .object {
                try takeParts(of: fee, in: line)
            } else {
                note(.feeCost, fee)
            }
        case .field(let field):
            if let own = eventType?.subject, field == own { return subject = member.value }
            guard allows(field) else { throw unknown(member.key, in: line) }
            note(field, member.value)
        }
    }

    private mutating func takeParts(of fee: JSONValue, in line: Span<UInt8>) throws(Rejection) {
        let text = line.extracting(fee.range)
        for part in try JSONScanner.members(of: text) {
            if let known = Field.feeParts.first(where: { part.isNamed($0.name, in: text) }) {
                note(known.field, part.value.moved(by: fee.range.lowerBound))
            } else if !part.isNamed(Field.ignoredFeePart, in: text) {
                throw Rejection(
                    .unknownField,
                    "\(excerpt(of: text.extracting(part.key.range))) within \"fee\" "
                        + "is not cost, currency, quote_cost or rate."
                )
            }
        }
    }

    private func checkNothingIsMissing() throws(Rejection) {
        guard type.isPresent else { throw missing("type", "every event must have it") }
        if let field = eventType?.subject, !subject.isPresent {
            throw missing(field.name, "every \(eventType?.family.name ?? "") event must have it")
        }
        guard occurredAt.isPresent else { throw missing("occurred_at", "every event must have it") }
        if let eventType, !eventType.requiredSet.isSubset(of: present) {
            for field in eventType.requiredFields where !present.contains(field) {
                throw missing(field.name, "\(eventType.name) must have it")
            }
        }
        if let rejection = eventType?.rules.missing(from: present) { throw rejection }
        if fee.isPresent, !present.contains(.feeCost) {
            throw missing("fee.cost", "a fee that is an object must have it")
        }
    }

    private func allows(_ field: Field) -> Bool { eventType?.allows(field) ?? true }

    private func unknown(_ key: JSONValue, in line: Span<UInt8>) -> Rejection {
        let owner = eventType?.name ?? "an event"
        return Rejection(
            .unknownField,
            "\(excerpt(of: line.extracting(key.range))) is not a field of \(owner); what is your own goes into context."
        )
    }

    private func missing(_ name: String, _ reason: String) -> Rejection {
        Rejection(.missingField, "\"\(name)\" is missing; \(reason).")
    }
}

/// A name that an event has in JSON.
enum EventKey: Hashable {
    case type
    case eventID
    case occurredAt
    /// The fee, whole: a decimal, or an object of the three fields that a fee has.
    case fee
    /// A field, which for some types is that of the subject.
    case field(Field)
    /// The ledger's own fields: accepted so that output can be input, and ignored.
    case assigned

    /// The keys by every name that an event can have.
    ///
    /// Callers with many lookups keep the table: checking whether it is initialised costs as much as a lookup.
    static let byName: NameTable<EventKey> = {
        let own: [(String, EventKey)] = [
            ("sequence", .assigned), ("recorded_at", .assigned), ("ledger_id", .assigned), ("event_id", .eventID),
            ("type", .type), ("occurred_at", .occurredAt), ("fee", .fee),
        ]
        return NameTable(own + Field.all.filter { !$0.isPartOfFee }.map { ($0.name, .field($0)) })
    }()
}
