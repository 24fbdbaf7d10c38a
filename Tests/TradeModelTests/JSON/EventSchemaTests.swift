import FoundationEssentials
import Testing

@testable import TradeModel

@Suite struct `The schema of an event` {
    private static let names: [String] =
        ["type", "event_id", "occurred_at", "sequence", "recorded_at", "ledger_id", "fee"]
        + Field.all.filter { ![.feeCost, .feeCurrency, .feeQuoteCost].contains($0) }.map(\.name)

    @Test func `has the properties that a line may have`() throws {
        let properties = try member("properties", of: schema())
        #expect(try names(of: properties).sorted() == Self.names.sorted())
        for name in try names(of: properties) {
            #expect(rejection(of: "{\"\(name)\":null}")?.code == .missingField, "\(name)")
        }
    }

    @Test func `has the types that a line may have`() throws {
        let type = try member("type", of: member("properties", of: schema()))
        let allowed = EventType.sentByProducers.map { "\"\($0.name)\"" }.joined(separator: ",")
        let written = try String(decoding: member("enum", of: type), as: UTF8.self)
        #expect(written.filter { !$0.isWhitespace } == "[\(allowed)]")
    }

    @Test func `has the parts of a fee`() throws {
        let fee = try member("fee", of: member("$defs", of: schema()))
        #expect(try names(of: member("properties", of: fee)) == ["cost", "currency", "quote_cost", "rate"])
    }

    private func schema() throws -> ArraySlice<UInt8> {
        var path = URL(filePath: #filePath)
        for _ in 0..<4 { path.deleteLastPathComponent() }
        let text = try Data(contentsOf: path.appending(path: "schema/trade-event.schema.json"))
        // The scanner takes one line only.
        return text.map { $0 == UInt8(ascii: "\n") ? UInt8(ascii: " ") : $0 }[...]
    }

    private func names(of object: ArraySlice<UInt8>) throws -> [String] {
        try JSONScanner.members(of: object.span).map { String(decoding: $0.key.content(in: object), as: UTF8.self) }
    }

    private func member(_ name: String, of object: ArraySlice<UInt8>) throws -> ArraySlice<UInt8> {
        var members = ContextObject()
        members.merge(object)
        return try #require(members[name]).raw
    }
}
