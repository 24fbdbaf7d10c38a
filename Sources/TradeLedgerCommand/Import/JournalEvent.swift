internal import Ledger
internal import Projections
internal import TradeModel

/// An event that a record gives, as JSON up to the end of its context: what depends on the ledger is added later.
struct JournalEvent {
    /// The text without the closing brackets of the context and of the event.
    let json: [UInt8]

    /// The names that an import adds to the context.
    static let hashName = "journal_hash"
    static let fileName = "journal_file"

    /// What the ledger, or another record, adds to an event.
    struct Rest {
        let eventID: EventID
        let hash: JournalHash
        let file: String
        var orderID: ByteText?
        var fee = Decimal.zero
    }

    /// An event that was written before.
    init(json: [UInt8]) { self.json = json }

    /// An event with these fields, each as it is written, and this context.
    ///
    /// A field without a value is left out.
    init(
        _ type: EventType,
        _ fields: KeyValuePairs<String, ArraySlice<UInt8>?>,
        context: [(name: String, json: [UInt8])]
    ) {
        var json = JSONWriter()
        json.beginObject()
        json.key("type")
        json.value(type.name)
        for (name, value) in fields {
            guard let value else { continue }
            json.key(name)
            json.value(json: value)
        }
        json.key("context")
        json.beginObject()
        for (name, value) in context {
            json.key(name)
            json.value(json: value)
        }
        self.json = json.bytes
    }

    /// The body of the event without what is added later; throws the rule that its form breaks.
    func body() throws(Rejection) -> EventBody { try EventJSON.decode(line: json + Array("}}".utf8)).body }

    /// The line to append.
    func line(_ rest: Rest) -> EventLine {
        var bytes = json
        if bytes.last != UInt8(ascii: "{") { bytes.append(UInt8(ascii: ",")) }
        var writer = JSONWriter(after: bytes)
        writer.key(Self.fileName)
        writer.value(rest.file)
        writer.key(Self.hashName)
        writer.value(rest.hash.description)
        writer.endObject()
        if let orderID = rest.orderID {
            writer.key("order_id")
            writer.value(utf8: orderID.bytes)
        }
        if !rest.fee.isZero {
            writer.key("fee")
            writer.value(rest.fee)
        }
        writer.key("event_id")
        writer.value(rest.eventID)
        writer.endObject()
        return EventLine(writer.bytes)
    }

    /// The names in a record of what one of its events says otherwise than the event on record.
    struct Differences {
        var fields: [String] = []
        var context: [String] = []
    }

    /// What this event says otherwise than one on record.
    ///
    /// Fees are left to the caller, because the record has one sum for both events of a trade. What only the event on
    /// record has, such as a strategy, is no difference. The context is compared if an import wrote it.
    func differences(from recorded: EventBody, isImported: Bool) throws(Rejection) -> Differences {
        let body = try body()
        var differences = Differences()
        if body.occurredAt != recorded.occurredAt {
            differences.fields.append(Self.recordName(of: "occurred_at", in: body))
        }
        for (field, range) in body.fields where field != .context {
            let other = recorded.fields.first { $0.0 == field }
            let isSame = other.map { recorded.bytes[$0.1].elementsEqual(body.bytes[range]) } ?? false
            if !isSame { differences.fields.append(Self.recordName(of: field.name, in: body)) }
        }
        guard isImported else { return differences }
        let (new, old) = (Self.context(of: body), Self.context(of: recorded))
        for (name, value) in new.members where old[name].map({ $0.raw.elementsEqual(value.raw) }) != true {
            differences.context.append(name)
        }
        for (name, _) in old.members where name != Self.hashName && name != Self.fileName && new[name] == nil {
            differences.context.append(name)
        }
        return differences
    }

    private static func recordName(of name: String, in body: EventBody) -> String {
        switch (name, body.type) {
        case ("occurred_at", .closed): "close_timestamp"
        case ("occurred_at", _): "timestamp"
        case ("price", .closed): "exit_price"
        case ("price", _): "entry_price"
        default: name
        }
    }

    /// The hash that an import wrote into an event; nil if no import wrote it.
    static func hashText(in body: EventBody) -> ArraySlice<UInt8>? { context(of: body)[hashName]?.string }

    private static func context(of body: EventBody) -> ContextObject {
        var context = ContextObject()
        if let text = body.textBytes(.context) { context.merge(text) }
        return context
    }
}

/// The SHA-256 of what is imported of a record, in its canonical form.
struct JournalHash: CustomStringConvertible {
    private let digest: InlineArray<32, UInt8>

    init(of first: EventBody, _ close: EventBody?, fees: Decimal) {
        let rest = Array(close?.bytes ?? []) + Array(fees.description.utf8)
        digest = SHA256.digest(of: first.bytes.span, rest.span)
    }

    /// The id of one of the record's events in a ledger, always the same.
    func eventID(_ type: EventType, in ledgerID: EventID) -> EventID {
        var source: [UInt8] = []
        ledgerID.append(to: &source)
        source += Array(type.name.utf8)
        let digest = SHA256.digest(of: source.span, self.digest.span)
        return EventID(version8: digest.span)
    }

    /// In hexadecimal digits.
    var description: String {
        var text: [UInt8] = []
        for index in digest.indices {
            for digit in [digest[index] >> 4, digest[index] & 0xF] {
                text.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
