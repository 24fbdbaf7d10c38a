import HTTP
import LedgerTestSupport
import Testing

@Suite(.onOwnThread) struct `Closing a server` {
    @Test func `ends idle connections and streams, and finishes every output once`() throws {
        let output = TestOutput()
        let server = try TestServer(output: output)
        let idle = try server.client()
        #expect(try idle.request("GET", "/").status == 200)
        let stream = try server.client()
        try stream.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = try stream.head()
        server.server.close(milliseconds: 60_000)
        #expect(idle.rest().isEmpty)
        #expect(try stream.chunk().isEmpty)
        #expect(stream.rest().isEmpty)
        #expect(output.finished == 1)
    }

    @Test func `waits for answers under way`() throws {
        let server = try TestServer()
        let client = try server.client()
        try client.send("GET /held HTTP/1.1\r\nHost: a\r\n\r\n")
        server.waitForHeld(1)
        let closing = TestThread { server.server.close(milliseconds: 60_000) }
        // New connections are refused once it is closing.
        while (try? server.client()) != nil {}
        server.release()
        let response = try client.response()
        #expect(response.text == "late")
        #expect(response["Connection"] == "close")
        closing.join()
    }

    @Test func `does not wait longer than it may`() throws {
        let server = try TestServer()
        let client = try server.client()
        try client.send("GET /held HTTP/1.1\r\nHost: a\r\n\r\n")
        server.waitForHeld(1)
        server.server.close(milliseconds: 1)
        #expect(client.rest().isEmpty)
        server.release()
    }

    @Test func `does not wait for a client that reads nothing`() throws {
        let output = TestOutput(endless: [UInt8](repeating: 97, count: 10_000))
        let server = try TestServer(output: output)
        let client = try server.client(receiveBuffer: 4_096)
        try client.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = try client.head()
        server.server.close(milliseconds: 1)
        #expect(output.finished == 1)
    }

    @Test func `ends the output of an answer that comes too late`() throws {
        let output = TestOutput()
        let server = try TestServer(output: output)
        let client = try server.client()
        try client.send("GET /held HTTP/1.1\r\nHost: a\r\n\r\n")
        server.waitForHeld(1)
        server.server.close(milliseconds: 1)
        server.release(.stream(output))
        #expect(output.begun == 0)
        #expect(output.finished == 1)
    }
}
