import HTTP
import LedgerTestSupport
import Testing

@Suite(.onOwnThread) struct `A stream` {
    @Test func `is sent piece by piece, as it is produced`() throws {
        let output = TestOutput()
        let server = try TestServer(output: output)
        let client = try server.client()
        try client.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
        let head = try client.head()
        #expect(head.status == 200)
        #expect(head["Content-Type"] == "text/event-stream")
        for number in 0..<100 {
            output.add("data: \(number)\n\n")
            #expect(try client.chunk() == Array("data: \(number)\n\n".utf8))
        }
        output.add(.end(code: 1_000, reason: ""))
        #expect(try client.chunk().isEmpty)
        output.waitForFinish()
        #expect(output.begun == 1)
        #expect(try client.request("GET", "/").text == "GET")
        #expect(output.finished == 1)
    }

    @Test func `is sent whole, however long its pieces are`() throws {
        let output = TestOutput()
        let pieces = [1, 100_000, 3, 32_768, 1_000_000].map { [UInt8](repeating: UInt8($0 % 251), count: $0) }
        for piece in pieces { output.add(.bytes(piece)) }
        output.add(.end(code: 1_000, reason: ""))
        let server = try TestServer(output: output)
        #expect(try server.client().request("GET", "/stream").body == pieces.flatMap { $0 })
    }

    @Test func `ends with the connection of HTTP/1.0`() throws {
        let output = TestOutput()
        output.add("some text")
        output.add(.end(code: 1_000, reason: ""))
        let server = try TestServer(output: output)
        let client = try server.client()
        try client.send("GET /stream HTTP/1.0\r\n\r\n")
        #expect(String(decoding: client.rest(), as: UTF8.self).hasSuffix("\r\n\r\nsome text"))
    }

    @Test func `is finished when its client goes, though nothing is sent`() throws {
        let output = TestOutput()
        let server = try TestServer(output: output)
        do {
            let client = try server.client()
            try client.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try client.head()
        }
        output.waitForFinish()
        #expect(output.finished == 1)
        output.add("too late")
        #expect(try server.client().request("GET", "/").status == 200)
    }

    @Test func `is begun and finished for HEAD, and sends nothing`() throws {
        let output = TestOutput()
        output.add("some text")
        let server = try TestServer(output: output)
        let client = try server.client()
        try client.send("HEAD /stream HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.head().status == 200)
        output.waitForFinish()
        #expect(output.begun == 1)
        #expect(output.asked == 0)
        #expect(try client.request("GET", "/").text == "GET")
    }

    @Test func `waits longer than an idle connection`() throws {
        let output = TestOutput()
        let server = try TestServer(output: output) {
            $0.idleSeconds = 1
            $0.arrivalSeconds = 1
        }
        let client = try server.client()
        try client.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = try client.head()
        // Another connection on which nothing comes shows how long that is.
        _ = try server.client().rest()
        output.add("still here")
        #expect(try client.chunk() == Array("still here".utf8))
    }

    @Test func `does not keep others from being served`() throws {
        let output = TestOutput(endless: [UInt8](repeating: 97, count: 100_000))
        let server = try TestServer(output: output)
        let client = try server.client()
        try client.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = try client.head()
        let other = try server.client()
        for _ in 0..<100 {
            #expect(try other.request("GET", "/").status == 200)
            #expect(try !client.chunk().isEmpty)
        }
    }
}
