internal import TradeModel

/// What is true of any bytes that claim to be an event as JSON, and of any event that is written as JSON.
enum LineProperties {
    static func check(_ line: [UInt8]) throws(BrokenProperty) {
        let draft: EventDraft
        do throws(Rejection) { draft = try EventJSON.decode(line: line) } catch { return }
        try BrokenProperty.unless(isText(line), "a line that is taken is UTF-8 without U+0000 and line feed")
        let body: EventBody
        do throws(BodyFault) { body = try EventBody(validating: draft.body.bytes) } catch {
            throw BrokenProperty(sentence: "a draft has a canonical body, but: \(error.message)")
        }
        try BrokenProperty.unless(body == draft.body, "a body is read as it was written")
        var written: [UInt8] = []
        EventJSON.write(draft, into: &written)
        // Decimals and times in full length may make a line longer than the limit.
        if written.count <= Limits.eventLineByteCountMax { try checkIsRead(written, to: draft) }
    }

    /// The decoder of usual lines gives up, or gives the draft that the decoder of all lines gives.
    static func checkAgreement(_ line: [UInt8]) throws(BrokenProperty) {
        guard let usual = EventJSON.decodeUsual(line: line[...]) else { return }
        let thorough: EventDraft
        do throws(Rejection) { thorough = try EventJSON.decodeThoroughly(line: line[...]) } catch {
            throw BrokenProperty(sentence: "a line that is read in one pass is an event, but: \(error.message)")
        }
        try BrokenProperty.unless(usual == thorough, "a line that is read in one pass is read to the same event")
    }

    /// The line that is printed for an event is read to the same id and body, if producers may send such an event.
    static func checkIsPrinted(_ event: Event) throws(BrokenProperty) {
        var written: [UInt8] = []
        EventJSON.write(event, ledgerID: nil, into: &written)
        try BrokenProperty.unless(written.popLast() == UInt8(ascii: "\n"), "a printed event ends with a line feed")
        guard event.body.type.isSentByProducers else { return try checkIsRefused(written) }
        try checkIsRead(written, to: EventDraft(eventID: event.eventID, body: event.body))
    }

    private static func checkIsRefused(_ line: [UInt8]) throws(BrokenProperty) {
        do throws(Rejection) { _ = try EventJSON.decode(line: line) } catch { return }
        throw BrokenProperty(sentence: "an event that only the ledger writes is not taken from a line")
    }

    private static func checkIsRead(_ line: [UInt8], to draft: EventDraft) throws(BrokenProperty) {
        let read: EventDraft
        do throws(Rejection) { read = try EventJSON.decode(line: line) } catch {
            throw BrokenProperty(sentence: "a line that was written is taken, but: \(error.message)")
        }
        try BrokenProperty.unless(read == draft, "a line that was written is read to the same event")
    }

    private static func isText(_ line: [UInt8]) -> Bool {
        String(validating: line, as: UTF8.self) != nil && !line.contains(0) && !line.contains(UInt8(ascii: "\n"))
    }
}
