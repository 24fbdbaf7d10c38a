import Glibc
import HTTP
import LedgerTestSupport
import Testing

@Suite(.onOwnThread) struct `Bad input` {
    /// A request whose answer shows whether other clients are served.
    private func expectOthersAreServed(_ server: TestServer) throws {
        #expect(try server.client().request("POST", "/echo", body: "other").text == "POSTother")
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\n\r\n", 400),  // no host
        ("GET / HTTP/9.9\r\nHost: a\r\n\r\n", 505),
        ("GET / FTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nBad Name: b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length : 5\r\n\r\nabcde", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n folded\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: a\u{1}b\r\n\r\n", 400),
        ("G(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET /\u{7F} HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x10\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        ("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFF\r\n", 413),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", 413),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n", 413),
    ])
    func `is answered with a status, and the connection is closed`(_ text: String, _ status: Int) throws {
        let server = try TestServer()
        let client = try server.client()
        _ = client.trySend(Array(text.utf8))
        #expect(try client.response().status == status)
        _ = client.rest()
        #expect(server.lastRequest == nil)
        try expectOthersAreServed(server)
    }

    @Test(arguments: [
        ("GET /", "a", 100_000, " HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: ", "a", 100_000, "\r\n\r\n", 431),
        ("GET / HTTP/1.1\r\nHost: a\r\n", "X: a\r\n", 100_000, "\r\n", 431),
        ("GET / HTTP/1.1\r\nHost: a\r\n", "X: a\r\n", 500, "\r\n", 431),
        ("GET /?", "a&", 500, " HTTP/1.1\r\nHost: a\r\n\r\n", 431),
    ])
    func `with a long head is refused`(
        _ before: String,
        _ middle: String,
        _ count: Int,
        _ after: String,
        _ status: Int
    ) throws {
        let server = try TestServer()
        let client = try server.client()
        _ = client.trySend(Array((before + String(repeating: middle, count: count) + after).utf8))
        #expect(try client.response().status == status)
        try expectOthersAreServed(server)
    }

    @Test(arguments: [
        "GET /a\u{0}b HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer token\u{0}more\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer token\u{0}more\r\nX: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nAuthori\u{0}zation: Bearer token\r\n\r\n",
    ])
    func `with a NUL is refused`(_ text: String) throws {
        let server = try TestServer()
        let client = try server.client()
        try client.send(text)
        #expect(try client.response().status == 400)
        #expect(server.lastRequest == nil)
        try expectOthersAreServed(server)
    }

    @Test(arguments: ["GET /\u{1}? HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nX: \u{1}\r\n\r\n"])
    func `that is not UTF-8 is refused`(_ text: String) throws {
        let server = try TestServer()
        let client = try server.client()
        try client.send(text.utf8.map { $0 == 1 ? 0xFF : $0 })
        #expect(try client.response().status == 400)
        try expectOthersAreServed(server)
    }

    @Test func `that is no HTTP ends the connection`() throws {
        let server = try TestServer()
        let client = try server.client()
        try client.send([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x0A, 0x0A])
        _ = client.rest()
        #expect(server.lastRequest == nil)
        try expectOthersAreServed(server)
    }

    @Test func `of a length that is not announced is refused at the limit`() throws {
        let server = try TestServer { $0.bodyByteCount = 1_000 }
        let client = try server.client()
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        let chunk = "100\r\n" + String(repeating: "a", count: 256) + "\r\n"
        for _ in 0..<20 where !client.trySend(Array(chunk.utf8)) { break }
        #expect(try client.response().status == 413)
        _ = client.rest()
        try expectOthersAreServed(server)
    }

    @Test func `that is cut short is no request`() throws {
        let server = try TestServer()
        let client = try server.client()
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
        client.endSending()
        _ = client.rest()
        #expect(server.lastRequest == nil)
        try expectOthersAreServed(server)
    }

    @Test func `that is longer than announced begins the next request`() throws {
        let server = try TestServer()
        let client = try server.client()
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcxyz\r\n\r\n")
        #expect(try client.response().text == "POSTabc")
        #expect(!String(decoding: client.rest(), as: UTF8.self).contains("200"))
        try expectOthersAreServed(server)
    }

    @Test(arguments: [
        "", "GET", "GET / HTTP/1.1\r\nHost: a\r\nX-",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc",
    ])
    func `that stops to come ends the connection`(_ text: String) throws {
        let server = try TestServer { $0.idleSeconds = 1 }
        let client = try server.client()
        try client.send(text)
        _ = client.rest()
        #expect(server.lastRequest == nil)
        try expectOthersAreServed(server)
    }

    @Test(arguments: [
        "", "GET / HTTP/1.1\r\nHost: a\r\n", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\r\n",
    ])
    func `that comes byte by byte is answered with 408`(_ text: String) throws {
        let server = try TestServer {
            $0.idleSeconds = 30
            $0.arrivalSeconds = 1
        }
        let client = try server.client()
        try client.send(text)
        client.dribble()
        let answer = String(decoding: client.rest(), as: UTF8.self)
        #expect(answer.hasPrefix("HTTP/1.1 408 Request Timeout\r\n"))
        #expect(server.lastRequest == nil)
        try expectOthersAreServed(server)
    }

    @Test func `of a client that reads nothing ends its connection`() throws {
        let output = TestOutput(endless: [UInt8](repeating: 97, count: 10_000))
        let server = try TestServer(output: output) { $0.idleSeconds = 1 }
        let client = try server.client(receiveBuffer: 4_096)
        try client.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
        output.waitForFinish()
        #expect(output.finished == 1)
        // The system holds a few MB for the client, and the server one buffer.
        #expect(output.asked < 10_000)
        try expectOthersAreServed(server)
    }

    @Test func `of one client too many is refused, until another goes`() throws {
        let server = try TestServer { $0.connectionCount = 3 }
        var clients = try (0..<3).map { _ in try server.client() }
        for client in clients { #expect(try client.request("GET", "/").status == 200) }
        let refused = try server.client()
        #expect(try refused.response().status == 503)
        #expect(try clients[0].request("GET", "/").status == 200)
        let last = clients.removeLast()
        try last.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        _ = last.rest()
        #expect(try serve(server).status == 200)
    }

    @Test func `of one client too many from an address is refused`() throws {
        let server = try TestServer { $0.connectionCountPerAddress = 2 }
        let clients = try (0..<2).map { _ in try server.client() }
        for client in clients { #expect(try client.request("GET", "/").status == 200) }
        #expect(try server.client().response().status == 429)
        #expect(try clients[1].request("GET", "/").status == 200)
    }

    /// Asks until the server has noticed that there is room for a client.
    private func serve(_ server: TestServer) throws -> RawClient.Response {
        while true {
            let client = try server.client()
            _ = client.trySend(Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
            let response = try client.response()
            if response.status != 503 { return response }
        }
    }
}
