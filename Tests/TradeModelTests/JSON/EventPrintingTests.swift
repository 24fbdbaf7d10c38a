import LedgerTestSupport
import Testing
import TradeModel

@Suite struct `An event in print` {
    private static let ledgerID = EventID(high: 0x0190_A5B4_7C3E_7D21, low: 0x9F3A_5B6C_7D8E_9F00)

    @Test func `is one line with its members in a fixed order`() throws {
        let line = opened([
            "event_id": #""162E09D8-86BF-B541-A142-75200008FB87""#, "side": #""short""#, "amount": "1.50",
            "fee": #"{"quote_cost":0.1,"currency":"BNB","cost":-1e-3}"#, "fill_id": #""a\"\\\u0001\n/é""#,
            "context": #"{ "b" : 1.50 }"#, "correlation_id": #""c""#,
        ])
        #expect(
            try printed(draft(line), ledgerID: Self.ledgerID)
                == #"{"sequence":7,"recorded_at":"2024-07-01T00:10:00.000001Z","#
                + #""ledger_id":"0190a5b4-7c3e-7d21-9f3a-5b6c7d8e9f00","#
                + #""event_id":"162e09d8-86bf-b541-a142-75200008fb87","#
                + #""type":"trade.opened","trade_id":"T1","occurred_at":"2024-07-01T00:10:00.000000Z","#
                + #""correlation_id":"c","symbol":"BTC/USDT","side":"sell","order_type":"market","amount":"1.5","#
                + #""price":"60000","fee":{"cost":"-0.001","currency":"BNB","quote_cost":"0.1"},"#
                + #""fill_id":"a\"\\\u0001\n/é","context":{ "b" : 1.50 }}"# + "\n"
        )
    }

    @Test(arguments: [
        ("1.50", #""1.5""#), (#"{"cost":"0"}"#, #""0""#),
        (#"{"cost":1,"currency":""}"#, #"{"cost":"1","currency":""}"#),
        (#"{"quote_cost":2,"cost":1}"#, #"{"cost":"1","quote_cost":"2"}"#),
    ])
    func `has a fee as simple as it was sent`(sent: String, fee: String) throws {
        let line = try printed(draft(opened(["fee": sent])), ledgerID: nil)
        #expect(line.hasSuffix(",\"fee\":\(fee)}\n"))
        #expect(!line.contains("ledger_id"))
    }

    @Test func `is appended to earlier output`() throws {
        let draft = try draft(opened())
        var bytes: [UInt8] = []
        EventJSON.write(event(from: draft), ledgerID: nil, into: &bytes)
        let once = bytes
        EventJSON.write(event(from: draft), ledgerID: nil, into: &bytes)
        #expect(bytes == once + once)
    }

    @Test(arguments: [1, 2, 3, 2024] as [UInt64])
    func `reads back as the same event`(seed: UInt64) throws {
        print("seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            let line = randomLine(using: &generator)
            let draft = try draft(line)
            let again = try EventJSON.decode(line: Array(printed(draft, ledgerID: Self.ledgerID).dropLast().utf8))
            #expect(again.body == draft.body, "\(line)")
            #expect(again.eventID == event(from: draft).eventID, "\(line)")
        }
    }

    /// Lines just within the limit, which are longer in print: with the ledger's fields, and full times and decimals.
    @Test(arguments: [1, 2, 3, 2024] as [UInt64])
    func `reads back as the same event, however long it is`(seed: UInt64) throws {
        print("seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        var longest = 0
        for _ in 0..<60 {
            let line = randomLine(using: &generator)
            guard !line.contains("\"context\"") else { continue }
            let start = line.dropLast() + #","context":{"a":""#
            let spare = Int.random(in: 0..<8, using: &generator)
            let padding = String(repeating: "x", count: Limits.eventLineByteCountMax - start.utf8.count - 3 - spare)
            let draft = try draft(start + padding + "\"}}")
            let once = event(from: draft)
            let last = Event(sequence: .max - 1, recordedAt: .max, eventID: once.eventID, body: once.body)
            var bytes: [UInt8] = []
            EventJSON.write(last, ledgerID: Self.ledgerID, into: &bytes)
            bytes.removeLast()
            longest = max(longest, bytes.count)
            #expect(try EventJSON.decode(line: bytes) == EventDraft(eventID: once.eventID, body: draft.body), "\(line)")
        }
        #expect(longest > Limits.eventLineByteCountMax)
    }

    /// The longest body in print: each character of its texts is escaped as six.
    @Test func `is never longer than a line may be`() throws {
        let text = String(repeating: "\u{1}", count: Limits.identifierByteCountMax)
        let number = "-0.\(String(repeating: "0", count: 37))9"
        var largest = 0
        for type in EventType.sentByProducers {
            var body = BodyWriter(type: type, occurredAt: .max, subject: Array(text.utf8))
            let fields = type.requiredFields + type.optionalFields
            for field in fields.sorted(by: { $0.number < $1.number }) {
                switch field.form {
                case .decimal: body.append(field, decimal: try Decimal(parsing: Array(number.utf8).span))
                case .uuid: body.append(field, uuid: Self.ledgerID)
                case .text:
                    body.append(field, text: Array(repeating: 1 as UInt8, count: field.kind.byteCounts.upperBound))
                case .json: body.append(field, text: Array("{}".utf8))
                }
            }
            let finished = body.finish()
            var bytes: [UInt8] = []
            let event = Event(sequence: .max - 1, recordedAt: .max, eventID: Self.ledgerID, body: finished)
            EventJSON.write(event, ledgerID: Self.ledgerID, into: &bytes)
            largest = max(largest, bytes.count - finished.bytes.count)
        }
        #expect(largest > 1000)
        #expect(Limits.eventLineByteCountMax + largest < Limits.printedLineByteCountMax)
    }
}

func event(from draft: EventDraft) -> Event {
    Event(
        sequence: 7,
        recordedAt: Timestamp(microsecondsSince1970: 1_719_792_600_000_001),
        eventID: draft.eventID ?? EventID(high: 1, low: 2),
        body: draft.body
    )
}

func printed(_ draft: EventDraft, ledgerID: EventID?) -> String {
    var bytes: [UInt8] = []
    EventJSON.write(event(from: draft), ledgerID: ledgerID, into: &bytes)
    return String(decoding: bytes, as: UTF8.self)
}

/// A line of a random type with random fields, members in random order, and odd texts and numbers.
private func randomLine(using generator: inout SeededGenerator) -> String {
    func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: elements.indices, using: &generator)]
    }
    func text() -> String {
        let pieces = [
            "a", "Z", " ", "/", "{", "é", "😀", #"\/"#, #"\""#, #"\\"#, #"\n"#, #"\u001f"#, #"\u00e9"#, #"\ud83d\ude00"#,
        ]
        return "\"x" + (0..<Int.random(in: 0...8, using: &generator)).map { _ in pick(pieces) }.joined() + "\""
    }
    func decimal() -> String {
        let digits = (0..<Int.random(in: 1...21, using: &generator)).map { _ in pick(["0", "1", "5", "9"]) }.joined()
        let number = pick(["", "-"]) + pick(["0.", "7.", "70"]) + digits + pick(["", "e-9", "E+3"])
        return pick([number, "\"\(number)\""])
    }
    let type = pick(EventType.sentByProducers)
    func value(of field: Field) -> String {
        if field == .feeCost {
            return pick([
                decimal(), "{\"cost\":\(decimal())}",
                "{\"currency\":\(text()),\"quote_cost\":\(decimal()),\"cost\":\(decimal())}",
            ])
        }
        return switch field.kind {
        case .side: pick([#""buy""#, #""sell""#, #""long""#, #""short""#])
        case .choice(let choices): "\"\(pick(type.rules.choices[field] ?? choices))\""
        case .flag: pick(["true", "false"])
        case .quantityOrRest: pick([#""rest""#, "0", "0.10", #""1e-3""#])
        case .count: pick(["0", "9223372036854775807", #""12""#, "1.0", "3e2"])
        case .decimal: decimal()
        case .uuid: "\"\(EventID(high: generator.next(), low: generator.next()))\""
        // Another account than the one that the event is about.
        case .text: field == .toAccount ? "\"y\(text().dropFirst())" : text()
        case .scope: pick([#""all""#, #""symbol:BTC\/USDT""#, #""account:ü""#])
        case .object: "{ \"a\":\(text()) ,\"b\" : [\(decimal()),{}]}"
        }
    }
    let alternatives = type.rules.exactlyOne
    let optional = type.optionalFields.filter {
        ![.feeCurrency, .feeQuoteCost].contains($0) && !alternatives.contains($0) && pick([true, false])
    }
    let chosen = alternatives.isEmpty ? [] : [pick(alternatives)]
    let fields = type.requiredFields + chosen + optional
    var members = fields.map { field in
        let value = field == type.rules.differsFromSubject ? #""no random text""# : value(of: field)
        return ("\"\(field == .feeCost ? "fee" : field.name)\"", value)
    }
    members.append((#""type""#, "\"\(type.name)\""))
    // An id has at least one byte.
    if let subject = type.subject { members.append(("\"\(subject.name)\"", value(of: subject))) }
    members.append((#""occurred_at""#, "\(Int.random(in: 1_000_000_000_000...253_402_300_799_999, using: &generator))"))
    if pick([true, false]) {
        members.append((#""event_id""#, "\"\(EventID(high: generator.next(), low: generator.next()))\""))
    }
    return "{" + members.shuffled(using: &generator).map { "\($0) : \($1)" }.joined(separator: ", ") + "}"
}
