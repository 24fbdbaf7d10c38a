import Ledger
import Testing

@testable import LedgerService

@Suite struct `The body of an append` {
    private func texts(_ body: String, _ contentType: String) throws -> [String] {
        switch try AppendBody(Array(body.utf8), contentType: contentType) {
        case .one(let line): ["one " + String(decoding: line.bytes, as: UTF8.self)]
        case .many(let lines): lines.map { "\($0.number) " + String(decoding: $0.line.bytes, as: UTF8.self) }
        }
    }

    @Test func `is one event, on however many lines`() throws {
        #expect(try texts("{\"a\":\r\n [1]}\n", "application/json; charset=utf-8") == ["one {\"a\":   [1]} "])
    }

    @Test func `is many events where more follow the first, whatever the content type says`() throws {
        #expect(try texts("{\"a\":\"}\\\"\"}\n\n{}", "application/json") == ["1 {\"a\":\"}\\\"\"}", "3 {}"])
    }

    @Test func `is many events as NDJSON, even if there is one`() throws {
        #expect(try texts("{}\r\n", "Application/X-NDJSON") == ["1 {}"])
    }

    @Test func `is not JSON, and left to the ledger to reject`() throws {
        #expect(try texts("hello", "application/json") == ["one hello"])
        #expect(try texts("{\"a\":1", "application/json") == ["one {\"a\":1"])
    }

    @Test(arguments: ["", " \r\n\t\n"])
    func `cannot be empty`(_ body: String) {
        #expect(throws: Problem.self) { try texts(body, "application/json") }
    }

    @Test(arguments: [nil, "", "text/plain", "application/x-www-form-urlencoded", "application/jsonx"])
    func `has a content type that events come in`(_ contentType: String?) {
        #expect(!AppendBody.isSupported(contentType, among: AppendBody.objectTypes + AppendBody.lineTypes))
    }
}
