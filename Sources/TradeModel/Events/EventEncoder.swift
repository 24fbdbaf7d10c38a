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
        if let eventID {
            json.key("event_id")
            json.value(eventID)
        }
        json.key("type")
        json.value(body.type.name)
        if let subject = body.type.subject {
            json.key(subject.name)
            json.value(utf8: body.subjectBytes)
        }
        json.key("occurred_at")
        json.value(body.occurredAt)
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
    /// The value of a field of a body, which lies at a range of the body's bytes.
    mutating func value(_ body: EventBody, _ field: Field, _ range: Range<Int>) {
        switch field.form {
        case .decimal: value(body.decimal(in: range))
        case .uuid: value(body.uuid(in: range))
        case .text: value(utf8: body.bytes[range])
        case .json: value(json: body.bytes[range])
        }
    }
}
