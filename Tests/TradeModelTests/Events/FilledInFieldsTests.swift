import Testing
import TradeModel

@Suite struct `Filling in what a producer left out` {
    private static let ids = [EventID(high: 1, low: 1), EventID(high: 2, low: 2)]

    /// A draft with every field that its type can have, except for some.
    private func draft(_ type: EventType, without omitted: Set<Field> = []) throws -> EventDraft {
        EventDraft(body: try event(type, CompleteEvent.fields(of: type).filter { !omitted.contains($0.key) }))
    }

    private func filled(_ draft: EventDraft, correlationID: String?, actor: String?) throws -> EventDraft {
        try draft.fillingIn(eventID: nil, correlationID: correlationID, actor: actor)
    }

    @Test(arguments: EventType.sentByProducers)
    func `adds the fields that the type can have, in their places`(type: EventType) throws {
        for omitted in [[.correlationID, .actor], [.correlationID], [.actor]] as [Set<Field>] {
            let filled = try filled(draft(type, without: omitted), correlationID: "request 7", actor: "bot é")
            var fields = CompleteEvent.fields(of: type)
            if omitted.contains(.correlationID) { fields[.correlationID] = "request 7" }
            if omitted.contains(.actor), type.allows(.actor) { fields[.actor] = "bot é" }
            #expect(filled.body == (try event(type, fields)))
            #expect(try EventBody(validating: filled.body.bytes) == filled.body)
        }
        let bare = try draft(type, without: Set(type.optionalFields).subtracting(type.rules.exactlyOne))
        let filled = try filled(bare, correlationID: "request 7", actor: "bot")
        #expect(filled.body.text(.correlationID) == "request 7")
        #expect(filled.body.text(.actor) == (type.allows(.actor) ? "bot" : nil))
        #expect(try EventBody(validating: filled.body.bytes) == filled.body)
    }

    @Test(arguments: EventType.sentByProducers)
    func `changes nothing that the producer sent`(type: EventType) throws {
        let sent = EventDraft(eventID: Self.ids[0], body: try event(type, CompleteEvent.fields(of: type)))
        #expect(try sent.fillingIn(eventID: Self.ids[1], correlationID: "other", actor: "other") == sent)
        #expect(try sent.fillingIn(eventID: nil, correlationID: nil, actor: nil) == sent)
    }

    @Test func `gives an event without an id this id`() throws {
        let filled = try draft(.opened).fillingIn(eventID: Self.ids[1], correlationID: nil, actor: nil)
        #expect(filled.eventID == Self.ids[1])
        #expect(filled.body == (try draft(.opened).body))
    }

    @Test(arguments: [(Field.correlationID, 128), (Field.actor, 1024)])
    func `takes a value of the longest length, and none beyond it`(field: Field, byteCountMax: Int) throws {
        let draft = try draft(.closed, without: [.correlationID, .actor])
        func filled(_ text: String) throws -> EventBody {
            try self.filled(
                draft,
                correlationID: field == .correlationID ? text : nil,
                actor: field == .actor ? text : nil
            ).body
        }
        for text in ["", String(repeating: "x", count: byteCountMax), String(repeating: "é", count: byteCountMax / 2)] {
            #expect(try filled(text).text(field) == text)
            #expect(try EventBody(validating: filled(text).bytes) == filled(text))
        }
        for text in [String(repeating: "x", count: byteCountMax + 1), "a\u{0}"] {
            let rejection = #expect(throws: Rejection.self) { try filled(text) }
            #expect(rejection?.code == .invalidField)
            #expect(rejection?.message.contains("\"\(field.name)\"") == true)
        }
    }

    @Test func `refuses what makes the event too large`() throws {
        let context = "{\"a\":\"\(String(repeating: "x", count: Limits.eventLineByteCountMax - 300))\"}"
        let large = EventDraft(body: try event(.annotated, [.context: context]))
        let room = Limits.eventLineByteCountMax - large.body.bytes.count
        #expect(room > 128 && room < 1024)
        // A number, and a length of five bytes.
        let longest = String(repeating: "x", count: room - 6)
        let filled = try filled(large, correlationID: nil, actor: longest)
        #expect(filled.body.bytes.count == Limits.eventLineByteCountMax)
        #expect(try EventBody(validating: filled.body.bytes) == filled.body)
        let rejection = #expect(throws: Rejection.self) {
            try self.filled(large, correlationID: nil, actor: longest + "x")
        }
        #expect(rejection?.code == .eventTooLarge)
    }

    @Test(arguments: EventType.sentByProducers)
    func `does not decide whether the draft repeats an event`(type: EventType) throws {
        let bare = try draft(type, without: [.correlationID, .actor])
        let first = try filled(bare, correlationID: "request 1", actor: "token 1")
        let record = event(from: first)
        #expect(first.repeats(record))
        #expect(try filled(bare, correlationID: "request 22", actor: "token 2").repeats(record))
        #expect(!bare.repeats(record))
        // What the producer sent counts.
        let other = EventDraft(body: try event(type, CompleteEvent.fields(of: type), second: 101))
        #expect(!(try filled(other, correlationID: "request 1", actor: "token 1")).repeats(record))
        let sent = try draft(type, without: [.actor])
        #expect(!(try filled(sent, correlationID: "request 1", actor: "token 1")).repeats(record))
    }
}
