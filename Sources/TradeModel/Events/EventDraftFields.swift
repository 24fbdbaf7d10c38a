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
        if let eventID {
            json.key("event_id")
            json.value(eventID)
        }
        json.key("type")
        json.value(type.name)
        if let field = type.subject {
            json.key(field.name)
            json.value(subject)
        }
        json.key("occurred_at")
        json.value(occurredAt)
        for field in Field.all where !field.isPartOfFee {
            guard let text = fields[field] else { continue }
            json.key(field.name)
            if field.form == .json { json.value(json: text.utf8) } else { json.value(text) }
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
