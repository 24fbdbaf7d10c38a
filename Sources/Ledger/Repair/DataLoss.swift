import TradeModel

/// A loss that a person accepted: the reason, the person, and the evidence.
struct DataLoss {
    let reason: String
    let actor: String
    let acceptedAt: Timestamp
    let clock: LedgerClock

    /// The body of the events that replace the lost ones: where those were, and where the file is kept.
    func body(file: String, offset: Int, evidence: String?) -> EventBody {
        var context = JSONWriter()
        context.beginObject()
        context.key("file")
        context.value(file)
        context.key("offset")
        context.value(offset)
        if let evidence {
            context.key("evidence")
            context.value(evidence)
        }
        context.endObject()
        var body = BodyWriter(type: .lost, occurredAt: acceptedAt, subject: [])
        body.append(.reason, text: reason.utf8)
        body.append(.actor, text: actor.utf8)
        body.append(.context, text: context.bytes)
        return body.finish()
    }

    /// The event that replaces a lost one.
    func event(_ sequence: UInt64, recordedAt: Timestamp, body: EventBody) -> Event {
        let eventID = EventID.version7(at: acceptedAt, random: clock.random())
        return Event(sequence: sequence, recordedAt: recordedAt, eventID: eventID, body: body)
    }
}
