extension EventJSON {
    /// Appends the event as one line of JSON with its line feed: the ledger's own fields, id, type, subject and
    /// time, then the fields that were sent, in the order of their numbers.
    ///
    /// Reading the line gives an equal id and body.
    public static func write(_ event: Event, ledgerID: EventID?, into bytes: inout [UInt8]) {
        var json = JSONWriter(after: bytes)
        // The writer is now the only holder of the bytes, which are not copied when it appends to them.
        bytes = []
        json.beginObject()
        json.key("sequence")
        json.value(event.sequence)
        json.key("recorded_at")
        json.value(event.recordedAt)
        if let ledgerID {
            json.key("ledger_id")
            json.value(ledgerID)
        }
        writeProducersPart(event.eventID, event.body, into: &json)
        json.endObject()
        json.endLine()
        bytes = json.bytes
    }

    /// Appends what a producer would send for the draft, as one line without a line feed.
    public static func write(_ draft: EventDraft, into bytes: inout [UInt8]) {
        var json = JSONWriter(after: bytes)
        bytes = []
        json.beginObject()
        writeProducersPart(draft.eventID, draft.body, into: &json)
        json.endObject()
        bytes = json.bytes
    }

    private static func writeProducersPart(_ eventID: EventID?, _ body: EventBody, into json: inout JSONWriter) {
        json.head(eventID, body.type, subject: body.subjectBytes, body.occurredAt)
        writeFields(of: body, into: &json)
    }

    private static func writeFields(of body: EventBody, into json: inout JSONWriter) {
        for (field, range) in body.fields {
            switch field {
            case .feeCost:
                json.key("fee")
                writeFee(of: body, into: &json)
            case .feeCurrency, .feeQuoteCost: break  // They never come without the cost, which is written with them.
            default:
                json.key(field.name)
                json.value(body, field, range)
            }
        }
    }

    private static func writeFee(of body: EventBody, into json: inout JSONWriter) {
        guard let cost = body.decimal(.feeCost) else { preconditionFailure("a fee has a cost") }
        let currency = body.textBytes(.feeCurrency)
        let quoteCost = body.decimal(.feeQuoteCost)
        guard currency != nil || quoteCost != nil else { return json.value(cost) }
        json.beginObject()
        json.key("cost")
        json.value(cost)
        if let currency {
            json.key("currency")
            json.value(utf8: currency)
        }
        if let quoteCost {
            json.key("quote_cost")
            json.value(quoteCost)
        }
        json.endObject()
    }
}

extension JSONWriter {
    /// The members that every event of a producer has: its id if it has one, its type, its subject and its time.
    fileprivate mutating func head(
        _ eventID: EventID?,
        _ type: EventType,
        subject: some Collection<UInt8>,
        _ occurredAt: Timestamp
    ) {
        if let eventID {
            key("event_id")
            value(eventID)
        }
        key("type")
        value(type.name)
        if let field = type.subject {
            key(field.name)
            value(utf8: subject)
        }
        key("occurred_at")
        value(occurredAt)
    }

    /// The value of a field of a body, which lies at a range of the body's bytes.
    fileprivate mutating func value(_ body: EventBody, _ field: Field, _ range: Range<Int>) {
        switch field.form {
        case .decimal: value(body.decimal(in: range))
        case .uuid: value(body.uuid(in: range))
        case .text:
            if field.kind.isBareInJSON { value(json: body.bytes[range]) } else { value(utf8: body.bytes[range]) }
        case .json: value(json: body.bytes[range])
        }
    }
}

extension EventDraft {
    /// An event from its fields as text: decimals as digits, `context` as a JSON object.
    ///
    /// Read as the same event in JSON would be, so the same rules hold and the same rejections are thrown.
    public init(
        _ type: EventType,
        subject: String,
        occurredAt: Timestamp,
        eventID: EventID? = nil,
        fields: [Field: String] = [:]
    ) throws(Rejection) {
        var json = JSONWriter()
        json.beginObject()
        json.head(eventID, type, subject: subject.utf8, occurredAt)
        for field in Field.all where !field.isPartOfFee {
            guard let text = fields[field] else { continue }
            json.key(field.name)
            if field.form == .json || field.kind.isBareInJSON { json.value(json: text.utf8) } else { json.value(text) }
        }
        if fields.keys.contains(where: \.isPartOfFee) {
            json.key("fee")
            json.beginObject()
            for (name, field) in Field.feeParts {
                guard let text = fields[field] else { continue }
                json.key(name)
                json.value(text)
            }
            json.endObject()
        }
        json.endObject()
        self = try EventJSON.decode(line: json.bytes)
    }
}

/// The fields of an event that `ledger.trade_events` has no column for, as the JSON object in its column `details`.
package struct EventDetails {
    private let line: [UInt8]
    private let values: [(field: Field, value: JSONValue)]

    /// The object of an event's fields in ascending order; nil where the event has none of them.
    package static func text(of body: EventBody) -> [UInt8]? {
        guard body.type.hasDetails else { return nil }
        var json = JSONWriter()
        json.beginObject()
        for (field, range) in body.fields where !field.hasColumn {
            json.key(field.name)
            json.value(body, field, range)
        }
        json.endObject()
        return json.bytes.count > 2 ? json.bytes : nil
    }

    /// Reads what `text` wrote; the values are checked when they are appended to a body.
    ///
    /// Throws where it is no object of fields without a column.
    package init(_ text: some Collection<UInt8>) throws(BodyFault) {
        let line = Array(text)
        var values: [(field: Field, value: JSONValue)] = []
        do throws(Rejection) {
            for member in try JSONScanner.members(of: line.span) {
                guard case .field(let field)? = member.key.withContent(in: line.span, { EventKey.byName[$0] }),
                    !field.hasColumn
                else { throw Rejection(.unknownField, "a name that is no field without a column") }
                values.append((field, member.value))
            }
        } catch {
            throw BodyFault(message: error.message)
        }
        self.line = line
        self.values = values
    }

    /// Appends a field to a body, if the object has it.
    package func append(_ field: Field, to body: inout BodyWriter) throws(BodyFault) {
        guard let value = values.first(where: { $0.field == field })?.value else { return }
        do throws(Rejection) {
            let content = try ValueReader.content(value, line.span, of: field, in: nil, name: field.name)
            body.append(field, content, of: line.span)
        } catch {
            throw BodyFault(message: error.message)
        }
    }
}
