package import Ledger
package import TradeModel

/// The event that a request to `/v1/halt` or `/v1/resume` means.
package struct HaltOrder {
    /// The event as a line of JSON, without an id.
    package let line: EventLine

    /// The event of a body `{"scope","reason","actor"}`, of which only the scope is needed.
    ///
    /// `actor` stands for a body that names none. Throws a problem for a body that is not such an object.
    package init(_ type: EventType, _ body: [UInt8], at time: Timestamp, actor: String) throws(Problem) {
        let object: ContextObject
        do throws(Rejection) { object = try ContextObject(parsing: AppendBody.onOneLine(body)[...]) } catch {
            throw Problem(.invalidRequest, "the body is no JSON object such as \(Self.example): \(error.message)")
        }
        var json = JSONWriter()
        json.beginObject()
        json.key("type")
        json.value(type.name)
        for (name, value) in object.members {
            guard Self.names.contains(name) else {
                throw Problem(.invalidRequest, "the body has a member \(name); it takes \(Self.example)")
            }
            json.key(name)
            json.value(json: value.raw)
        }
        guard object["scope"] != nil else {
            throw Problem(.invalidRequest, "the body names no scope; send \(Self.example)")
        }
        if object["actor"] == nil {
            json.key("actor")
            json.value(actor)
        }
        json.key("occurred_at")
        json.value(time)
        json.endObject()
        line = EventLine(json.bytes)
    }

    private static let names: Set<String> = ["scope", "reason", "actor"]
    private static let example = #"{"scope":"all","reason":"exchange is down","actor":"maria"}"#
}
