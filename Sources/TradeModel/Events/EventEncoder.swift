extension EventJSON {
    /// Appends the event as one line of JSON with its line feed: the ledger's own fields, id, type, trade and time,
    /// then the fields that were sent, in the order of their tags.
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
        json.key("trade_id")
        json.value(utf8: body.tradeIDBytes)
        json.key("occurred_at")
        json.value(body.occurredAt)
        writeFields(of: body, into: &json)
    }

    private static func writeFields(of body: EventBody, into json: inout JSONWriter) {
        for (field, range) in body.fields {
            switch (field, field.form) {
            case (.feeCost, _):
                json.key("fee")
                writeFee(of: body, into: &json)
            case (.feeCurrency, _), (.feeQuoteCost, _):
                break  // They never come without the cost, which is written with them.
            case (_, .decimal):
                json.key(field.name)
                json.value(DecimalCoding.decode(body.bytes[range].span, 0..<range.count))
            case (_, .text):
                json.key(field.name)
                json.value(utf8: body.bytes[range])
            case (_, .json):
                json.key(field.name)
                json.value(json: body.bytes[range])
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
