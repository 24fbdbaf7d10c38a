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
        for member in members where member.key.withContent(in: line, { $0.holds("type") }) { type = member.value }
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
            switch part.key.withContent(in: text, { EventKey.feePart(name: $0) }) {
            case .field(let field): note(field, part.value.moved(by: fee.range.lowerBound))
            case .rate: break
            case nil:
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
        if let eventType {
            if !eventType.requiredSet.isSubset(of: present) {
                for field in eventType.requiredFields where !present.contains(field) {
                    throw missing(field.name, "\(eventType.name) must have it")
                }
            }
        }
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
