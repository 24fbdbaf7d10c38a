import HTTP
import LedgerTestSupport
import Testing

extension RawClient {
    /// A frame as it came.
    struct Frame: Equatable {
        let opcode: UInt8
        let payload: [UInt8]

        static func text(_ text: String) -> Frame { Frame(opcode: 1, payload: Array(text.utf8)) }
        static func close(_ code: UInt16, _ reason: String) -> Frame {
            Frame(opcode: 8, payload: [UInt8(code >> 8), UInt8(code & 0xFF)] + Array(reason.utf8))
        }
    }

    /// Asks for a WebSocket, with these fields instead of the usual ones.
    func openSocket(_ fields: [String] = RawClient.socketFields) throws -> Response {
        try send((["GET /socket HTTP/1.1", "Host: a"] + fields).joined(separator: "\r\n") + "\r\n\r\n")
        let response = try head()
        guard let length = response["Content-Length"].flatMap(Int.init) else { return response }
        return Response(status: response.status, fields: response.fields, body: try bytes(length))
    }

    /// The fields of a request for a WebSocket.
    static let socketFields = [
        "Upgrade: websocket", "Connection: keep-alive, Upgrade", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ]

    /// The bytes of a frame of a client.
    static func frame(_ opcode: UInt8, _ payload: [UInt8], isLast: Bool = true, isMasked: Bool = true) -> [UInt8] {
        let first = opcode | (isLast ? 0x80 : 0)
        let mask: [UInt8] = [1, 2, 3, 4]
        let bit: UInt8 = isMasked ? 0x80 : 0
        var length = [bit | UInt8(min(payload.count, 126))]
        if payload.count > 65_535 {
            length = [bit | 127] + (0..<8).reversed().map { UInt8(truncatingIfNeeded: payload.count >> (8 * $0)) }
        } else if payload.count > 125 {
            length += [UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        }
        guard isMasked else { return [first] + length + payload }
        return [first] + length + mask + payload.enumerated().map { $0.element ^ mask[$0.offset % 4] }
    }

    /// The next frame of the server.
    func frame() throws -> Frame {
        let head = try bytes(2)
        var count = Int(head[1])
        if count == 126 { count = try bytes(2).reduce(0) { $0 << 8 | Int($1) } }
        if count == 127 { count = try bytes(8).reduce(0) { $0 << 8 | Int($1) } }
        return Frame(opcode: head[0] & 0x0F, payload: try bytes(count))
    }
}

@Suite(.onOwnThread) struct `A WebSocket` {
    /// Bytes that a client must not send, and the code with which the server closes.
    struct BrokenRule: Sendable {
        let bytes: [UInt8]
        let code: UInt16?

        init(_ bytes: [UInt8], _ code: UInt16?) { (self.bytes, self.code) = (bytes, code) }
    }

    private static let wanted = ["Upgrade: websocket", "Connection: Upgrade"]

    /// Fields of a request that does not ask for a WebSocket, and the status with which it is answered.
    struct Request: Sendable {
        let fields: [String]
        let status: Int

        init(_ fields: [String], _ status: Int) { (self.fields, self.status) = (fields, status) }
    }

    @Test func `is opened as RFC 6455 shows, and sends each piece as a message`() throws {
        let output = TestOutput()
        output.add("before")
        let server = try TestServer(output: output)
        let client = try server.client()
        let response = try client.openSocket()
        #expect(response.status == 101)
        #expect(response["Sec-WebSocket-Accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        #expect(response["Upgrade"] == "websocket")
        #expect(response["Connection"] == "Upgrade")
        #expect(try client.frame() == .text("before"))
        for number in 0..<100 {
            output.add("\(number)")
            #expect(try client.frame() == .text("\(number)"))
        }
        let long = String(repeating: "a", count: 1_000_000)
        output.add(long)
        #expect(try client.frame() == .text(long))
    }

    @Test func `is closed when the output ends`() throws {
        let output = TestOutput()
        let server = try TestServer(output: output)
        let client = try server.client()
        _ = try client.openSocket()
        output.add("last")
        output.add(.end(code: 4_001, reason: "behind"))
        #expect(try client.frame() == .text("last"))
        #expect(try client.frame() == .close(4_001, "behind"))
        try client.send(RawClient.frame(8, [0x0F, 0xA1]))
        #expect(client.rest().isEmpty)
        output.waitForFinish()
        #expect((output.begun, output.finished) == (1, 1))
    }

    @Test func `answers a close and a ping`() throws {
        let output = TestOutput()
        let server = try TestServer(output: output)
        let client = try server.client()
        _ = try client.openSocket()
        try client.send(RawClient.frame(9, Array("are you there".utf8)))
        #expect(try client.frame() == RawClient.Frame(opcode: 10, payload: Array("are you there".utf8)))
        try client.send(RawClient.frame(8, [0x03, 0xE8]))
        #expect(try client.frame() == .close(1_000, ""))
        #expect(client.rest().isEmpty)
        output.waitForFinish()
    }

    @Test func `ignores messages, and takes those that were sent with the request`() throws {
        let output = TestOutput()
        let server = try TestServer(output: output)
        let client = try server.client()
        let request = ["GET /socket HTTP/1.1", "Host: a"] + RawClient.socketFields
        let head = request.joined(separator: "\r\n") + "\r\n\r\n"
        try client.send(Array(head.utf8) + RawClient.frame(1, [97]) + RawClient.frame(9, [98]))
        #expect(try client.head().status == 101)
        #expect(try client.frame() == RawClient.Frame(opcode: 10, payload: [98]))
        try client.send(RawClient.frame(2, [UInt8](repeating: 0xFF, count: 60_000)))
        try client.send(RawClient.frame(9, [99]))
        #expect(try client.frame() == RawClient.Frame(opcode: 10, payload: [99]))
    }

    @Test(arguments: [
        BrokenRule(RawClient.frame(1, [UInt8](repeating: 97, count: 70_000)), 1_009),
        BrokenRule(RawClient.frame(1, [97], isMasked: false), 1_002),
        BrokenRule(RawClient.frame(3, [97]), 1_002),
        BrokenRule(RawClient.frame(1, [0xFF, 0xFE]), 1_007),
        // libwslay gives no code for a frame that cannot be.
        BrokenRule(RawClient.frame(9, [UInt8](repeating: 97, count: 126)), nil),
    ])
    func `is closed with a code where the client breaks the rules`(_ rule: BrokenRule) throws {
        let output = TestOutput()
        let server = try TestServer(output: output)
        let client = try server.client()
        _ = try client.openSocket()
        _ = client.trySend(rule.bytes)
        let frame = try client.frame()
        #expect(frame.opcode == 8)
        #expect(frame.payload.prefix(2) == rule.code.map { [UInt8($0 >> 8), UInt8($0 & 0xFF)] } ?? [])
        output.waitForFinish()
        #expect(try server.client().request("GET", "/").status == 200)
    }

    @Test(arguments: [
        Request([], 426),
        Request(["Upgrade: h2c", "Connection: Upgrade", "Sec-WebSocket-Version: 13"], 426),
        Request(["Upgrade: websocket", "Sec-WebSocket-Version: 13"], 426),
        Request(["Sec-WebSocket-Version: 8", "Sec-WebSocket-Key: a"] + wanted, 426),
        Request(["Sec-WebSocket-Version: 13"] + wanted, 400),
        Request(["Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: ab=="] + wanted, 400),
    ])
    func `is not opened for a request that does not ask for it`(_ request: Request) throws {
        let output = TestOutput()
        let server = try TestServer(output: output)
        let client = try server.client()
        let response = try client.openSocket(request.fields)
        #expect(response.status == request.status)
        if request.status == 426 { #expect(response["Sec-WebSocket-Version"] == "13") }
        #expect((output.begun, output.finished) == (0, 1))
        #expect(try client.request("GET", "/").status == 200)
    }

    @Test func `pings a client from which nothing comes, and ends where there is no answer`() throws {
        let output = TestOutput()
        let server = try TestServer(output: output) { $0.idleSeconds = 1 }
        let client = try server.client()
        _ = try client.openSocket()
        #expect(try client.frame() == RawClient.Frame(opcode: 9, payload: []))
        try client.send(RawClient.frame(10, []))
        #expect(try client.frame() == RawClient.Frame(opcode: 9, payload: []))
        #expect(client.rest().isEmpty)
        output.waitForFinish()
    }

    @Test func `of a client that reads nothing ends, and costs no memory meanwhile`() throws {
        let output = TestOutput(endless: [UInt8](repeating: 97, count: 10_000))
        let server = try TestServer(output: output) { $0.idleSeconds = 1 }
        let client = try server.client(receiveBuffer: 4_096)
        _ = try client.openSocket()
        output.waitForFinish()
        #expect(output.finished == 1)
        #expect(output.asked < 10_000)
        #expect(try server.client().request("GET", "/").status == 200)
    }

    @Test func `is finished when its client goes`() throws {
        let output = TestOutput()
        let server = try TestServer(output: output)
        do { _ = try server.client().openSocket() }
        output.waitForFinish()
        #expect(output.finished == 1)
    }

    @Test func `is closed with 1001 when the server stops`() throws {
        let output = TestOutput()
        let server = try TestServer(output: output)
        let client = try server.client()
        _ = try client.openSocket()
        let closing = TestThread { server.server.close(milliseconds: 60_000) }
        #expect(try client.frame() == .close(1_001, "the server stops"))
        try client.send(RawClient.frame(8, [0x03, 0xE9]))
        #expect(client.rest().isEmpty)
        closing.join()
        #expect(output.finished == 1)
    }

    @Test func `does not keep a server from stopping`() throws {
        let output = TestOutput(endless: [UInt8](repeating: 97, count: 10_000))
        let server = try TestServer(output: output)
        let client = try server.client(receiveBuffer: 4_096)
        _ = try client.openSocket()
        server.server.close(milliseconds: 1)
        #expect(output.finished == 1)
    }

    @Test func `does not keep others from being served`() throws {
        let output = TestOutput(endless: [UInt8](repeating: 97, count: 100_000))
        let server = try TestServer(output: output)
        let client = try server.client()
        _ = try client.openSocket()
        let other = try server.client()
        for _ in 0..<100 {
            #expect(try other.request("GET", "/").status == 200)
            #expect(try client.frame().payload.count == 100_000)
        }
    }
}
