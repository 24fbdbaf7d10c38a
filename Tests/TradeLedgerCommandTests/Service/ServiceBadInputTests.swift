import Glibc
import LedgerTestSupport
import Testing

/// A request that the service refuses.
private struct BadRequest: CustomTestStringConvertible {
    let name: String
    let bytes: [UInt8]
    let status: Int
    /// The code of the problem; nil where the server refuses the request before it knows what it is.
    let code: String?

    var testDescription: String { name }

    init(_ name: String, _ bytes: [UInt8], _ status: Int, _ code: String?) {
        (self.name, self.bytes, self.status, self.code) = (name, bytes, status, code)
    }

    /// A request to append a body, with these lines in its head instead of those that describe the body.
    init(_ name: String, append body: [UInt8], fields: [String]? = nil, _ status: Int, _ code: String?) {
        let usual = ["Content-Type: application/json", "Content-Length: \(body.count)"]
        let head = ["POST /v1/events HTTP/1.1", "Host: localhost"] + (fields ?? usual)
        self.init(name, Array((head.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body, status, code)
    }

    /// A request without a body, with lines in its head.
    init(_ name: String, line: String, fields: [String] = ["Host: localhost"], _ status: Int, _ code: String?) {
        let head = ["\(line) HTTP/1.1"] + fields
        self.init(name, Array((head.joined(separator: "\r\n") + "\r\n\r\n").utf8), status, code)
    }
}

@Suite(.onOwnThread) struct `Bad input of the service` {
    private static let event = Array(EventText.opened("bad").utf8)
    private static let json = "Content-Type: application/json"
    private static let limit = 8 << 20
    private static let endless = "Content-Length: 99999999999999999999"
    private static let nulToken = "Authorization: Bearer tl_\0"
    private static let invalid = "invalid_request"
    private static let tooLarge = "event_too_large"
    private static let unsupported = "unsupported_media_type"

    private static let bodies = [
        BadRequest("no JSON", append: Array("nonsense".utf8), 422, "invalid_json"),
        BadRequest("invalid UTF-8", append: event.map { $0 == UInt8(ascii: "s") ? 0xFF : $0 }, 422, "invalid_json"),
        BadRequest("half a surrogate pair", append: escaped(#"\uD800"#), 422, "invalid_json"),
        BadRequest("an escaped NUL", append: escaped(#"\u0000"#), 422, "invalid_json"),
        BadRequest("100,000 brackets", append: [UInt8](repeating: 0x5B, count: 100_000), 422, "invalid_json"),
        BadRequest("2 MiB in one event", append: escaped(String(repeating: "x", count: 2 << 20)), 422, tooLarge),
        BadRequest("an empty body", append: [], 400, "invalid_request"),
        BadRequest("white space", append: Array(" \r\n\t".utf8), 400, "invalid_request"),
        BadRequest("another type", append: event, fields: ["Content-Type: text/csv", length(event)], 415, unsupported),
        BadRequest("no type", append: event, fields: [length(event)], 415, unsupported),
        BadRequest("8 MiB + 1", append: event, fields: [json, "Content-Length: \(limit + 1)"], 413, nil),
        BadRequest("an endless length", append: event, fields: [json, endless], 413, nil),
        BadRequest("a length of words", append: event, fields: [json, "Content-Length: many"], 400, nil),
        BadRequest("a length below 0", append: event, fields: [json, "Content-Length: -1"], 400, nil),
        BadRequest("a short length", append: event, fields: [json, "Content-Length: 10"], 422, "invalid_json"),
        BadRequest("a chunk without a length", append: event, fields: [json, "Transfer-Encoding: chunked"], 400, nil),
        BadRequest("an empty key", append: event, fields: [json, length(event), "Idempotency-Key:"], 400, invalid),
    ]

    private static let heads = [
        BadRequest("a rebound name", line: "GET /v1/positions", fields: ["Host: evil.example"], 403, "unknown_host"),
        BadRequest("a longer name", line: "GET /", fields: ["Host: evil.example.localhost"], 403, "unknown_host"),
        BadRequest("a page of another site", line: "GET /", fields: origin("http://evil.example"), 403, "unknown_host"),
        BadRequest("a page of no site", line: "GET /", fields: origin("null"), 403, "unknown_host"),
        BadRequest("no Host", line: "GET /v1/positions", fields: [], 400, nil),
        BadRequest("an unknown parameter", line: "GET /v1/positions?nope=1", 400, "invalid_parameter"),
        BadRequest("a parameter twice", line: "GET /v1/positions?symbol=a&symbol=b", 400, "invalid_parameter"),
        BadRequest("another kind of parameter", line: "GET /v1/positions?min_sequence=-1", 400, "invalid_parameter"),
        BadRequest("an escaped NUL in the path", line: "GET /v1/trades/%00", 400, "invalid_parameter"),
        BadRequest("no UTF-8 in the path", line: "GET /v1/trades/%ff", 400, "invalid_parameter"),
        BadRequest("half an escape", line: "GET /v1/trades/%0", 400, "invalid_parameter"),
        BadRequest("an unknown path", line: "GET /v1/nothing", 404, "not_found"),
        BadRequest("a path to the outside", line: "GET /v1/trades/../../etc/passwd", 404, "not_found"),
        BadRequest("an unknown method", line: "DELETE /v1/events", 405, "method_not_allowed"),
        BadRequest("a raw NUL in a token", line: "GET /", fields: ["Host: localhost", nulToken], 400, nil),
    ]

    private static func escaped(_ text: String) -> [UInt8] { Array(EventText.opened(text).utf8) }
    private static func length(_ body: [UInt8]) -> String { "Content-Length: \(body.count)" }
    private static func origin(_ origin: String) -> [String] { ["Host: localhost", "Origin: \(origin)"] }

    @Test func `gets its status, and the appends of other clients go on`() throws {
        let ledger = try CommandLedger()
        try RunningService.serving(ledger) { (service) throws in
            let busy = BusyClient(service)
            for bad in Self.bodies + Self.heads {
                let client = try service.client()
                // The server may refuse the request before it has all of it.
                _ = client.trySend(bad.bytes)
                let response = try client.response()
                #expect(response.status == bad.status, "\(bad.name): \(response)")
                if let code = bad.code {
                    #expect(try response.code() == code, "\(bad.name): \(response.text)")
                    #expect(response["Content-Type"] == "application/problem+json", "\(bad.name)")
                    #expect(response["X-Request-ID"] != nil, "\(bad.name)")
                }
                try busy.expectProgress()
            }
            busy.stop()
            #expect(try ledger.run("events").lines.count == busy.count)
        }
    }

    @Test func `appends nothing of a body that was cut short, and holds up nobody meanwhile`() throws {
        let ledger = try CommandLedger()
        try RunningService.serving(ledger) { (service) throws in
            let busy = BusyClient(service)
            let cut = "POST /v1/events HTTP/1.1\r\nHost: localhost\r\n\(Self.json)\r\nContent-Length: 1000\r\n\r\n"
            let clients = try (0..<20).map { _ in
                let client = try service.client()
                try client.send(Array(cut.utf8) + Self.event)
                return client
            }
            try busy.expectProgress()
            for client in clients {
                client.endSending()
                let rest = String(decoding: client.rest(), as: UTF8.self)
                #expect(rest.isEmpty || rest.hasPrefix("HTTP/1.1 400"), "\(rest)")
            }
            try busy.expectProgress()
            busy.stop()
            #expect(try ledger.run("events").lines.count == busy.count)
        }
    }

    @Test func `appends nothing of a body that is too long, however it is sent`() throws {
        let ledger = try CommandLedger()
        try RunningService.serving(ledger) { (service) throws in
            let busy = BusyClient(service)
            let client = try service.client()
            try client.send(
                "POST /v1/events HTTP/1.1\r\nHost: localhost\r\n\(Self.json)\r\nTransfer-Encoding: chunked\r\n\r\n"
            )
            let chunk = Array("100000\r\n".utf8) + [UInt8](repeating: 0x20, count: 1 << 20) + Array("\r\n".utf8)
            for _ in 0..<9 where client.trySend(chunk) {}
            #expect(try client.response().status == 413)
            // Exactly as much as is allowed is read, and is no event.
            let whole = String(repeating: " ", count: Self.limit)
            let response = try service.append(whole)
            #expect(response.status == 400)
            try busy.expectProgress()
            busy.stop()
            #expect(try ledger.run("events").lines.count == busy.count)
        }
    }

    @Test func `is answered line by line where there are 10,000 lines`() throws {
        let ledger = try CommandLedger()
        try RunningService.serving(ledger) { (service) throws in
            let busy = BusyClient(service)
            let lines = (1...10_000).map { number in
                number % 100 == 0 ? EventText.closed("nobody-\(number)") : EventText.opened("t-\(number)")
            }
            let response = try service.request(
                "POST",
                "/v1/events",
                ["Content-Type: application/x-ndjson", "Idempotency-Key: many"],
                body: lines.joined(separator: "\n")
            )
            #expect(response.status == 207)
            let answers = try response.text.split(separator: "\n").map { try jsonObject(String($0)) }
            #expect(answers.map { $0["line"]?.number } == (1...10_000).map { Int64($0) })
            for (index, answer) in answers.enumerated() {
                let status = (index + 1) % 100 == 0 ? "rejected" : "appended"
                #expect(answer["status"]?.text == status, "\(answer)")
            }
            try busy.expectProgress()
            busy.stop()
            #expect(try ledger.run("events").lines.count == 9_900 + busy.count)
        }
    }
}
