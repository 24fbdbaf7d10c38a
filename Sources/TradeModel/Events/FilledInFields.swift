extension EventDraft {
    /// The draft with values that its producer left out and that a service knows: an id from an idempotency key, a
    /// correlation id from a request id, an actor from a token.
    ///
    /// What the draft has stays, and a type that has no such field goes without it. Only the producer's own fields
    /// decide whether the draft repeats an event on record: see `repeats`. O(bytes).
    ///
    /// - Throws: `invalid_field` where a value breaks the limits of its field, `event_too_large` where the event does
    ///   with it.
    package func fillingIn(
        eventID: EventID?,
        correlationID: String?,
        actor: String?
    ) throws(Rejection) -> EventDraft {
        var (body, filledIn) = (body, filledIn)
        if let correlationID, try body.add(.correlationID, correlationID) { filledIn.insert(.correlationID) }
        if let actor, try body.add(.actor, actor) { filledIn.insert(.actor) }
        return EventDraft(eventID: self.eventID ?? eventID, body: body, filledIn: filledIn)
    }

    /// Whether the draft repeats an event: whether their bodies are equal, except for the fields that were filled in.
    ///
    /// A producer that sends an event again does so in another request, and perhaps with another token.
    package func repeats(_ event: Event) -> Bool {
        if body == event.body { return true }
        guard !filledIn.isEmpty else { return false }
        return body.bytes(without: filledIn) == event.body.bytes(without: filledIn)
    }
}

/// The fields of a draft that its producer did not send.
struct FilledInFields: OptionSet, Hashable, Sendable {
    let rawValue: UInt8

    static let correlationID = FilledInFields(rawValue: 1)
    static let actor = FilledInFields(rawValue: 2)

    fileprivate func has(_ field: Field) -> Bool {
        switch field {
        case .correlationID: contains(Self.correlationID)
        case .actor: contains(Self.actor)
        default: false
        }
    }
}

extension EventBody {
    /// Adds a text field; false, with nothing changed, where the body has it already or its type cannot have it.
    fileprivate mutating func add(_ field: Field, _ text: String) throws(Rejection) -> Bool {
        guard type.allows(field), let place = placeForNew(field) else { return false }
        let textByteCount = text.utf8.count
        guard field.kind.byteCounts.contains(textByteCount) else {
            let (least, most) = (field.kind.byteCounts.lowerBound, field.kind.byteCounts.upperBound)
            throw Rejection(
                .invalidField,
                "\"\(field.name)\" has \(textByteCount) bytes, but must have \(least) to \(most)."
            )
        }
        guard !text.utf8.contains(0) else {
            throw Rejection(.invalidField, "\"\(field.name)\" holds U+0000, which no text can hold.")
        }
        let lengthByteCount = ValueLength.byteCount(of: textByteCount)
        let byteCount = bytes.count + 1 + lengthByteCount + textByteCount
        guard byteCount <= Limits.eventLineByteCountMax else {
            throw Rejection(
                .eventTooLarge,
                "With \"\(field.name)\" the event has \(byteCount) bytes, but it has at most "
                    + "\(Limits.eventLineByteCountMax)."
            )
        }
        var longer: [UInt8] = []
        longer.reserveCapacity(byteCount)
        longer.append(contentsOf: bytes[..<place])
        longer.append(field.number)
        longer.append(addingCapacity: lengthByteCount) { ValueLength.append(textByteCount, to: &$0) }
        longer.append(contentsOf: text.utf8)
        longer.append(contentsOf: bytes[place...])
        self = EventBody(checked: longer[...])
        return true
    }

    /// The index of the byte before which a field has to be; nil where the body has the field.
    private func placeForNew(_ field: Field) -> Int? {
        let span = bytes.span
        var offset = span.fieldsOffset
        var place = offset
        while let (other, _) = span.takeField(at: &offset), other.number <= field.number {
            if other == field { return nil }
            place = offset
        }
        return bytes.startIndex + place
    }

    /// The canonical bytes without some fields.
    fileprivate func bytes(without omitted: FilledInFields) -> [UInt8] {
        let span = bytes.span
        var start = span.fieldsOffset
        var rest = Array(bytes.prefix(start))
        var end = start
        while let (field, _) = span.takeField(at: &end) {
            if !omitted.has(field) { rest += bytes[(bytes.startIndex + start)..<(bytes.startIndex + end)] }
            start = end
        }
        return rest
    }
}
