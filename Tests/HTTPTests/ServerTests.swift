import Glibc
import HTTP
import LedgerTestSupport
import Synchronization
import Testing

@Suite(.onOwnThread) struct `A server` {
    @Test func `answers requests on one connection, and says when and how long the answer is`() throws {
        let server = try TestServer()
        let client = try server.client()
        let first = try client.request("GET", "/echo?a=%20b&c")
        #expect(first.status == 200)
        #expect(first.text == "GET")
        #expect(first["Date"]?.hasSuffix("GMT") == true)
        #expect(first["Server"] == nil)
        #expect(server.lastRequest?.head.path == "/echo")
        #expect(server.lastRequest?.head.query == "a=%20b&c")
        #expect(server.lastRequest?.head.peer == .address("127.0.0.1"))
        let second = try client.request("POST", "/echo", body: "some text")
        #expect(second.text == "POSTsome text")
    }

    @Test func `passes on a path as it was sent`() throws {
        let server = try TestServer()
        let client = try server.client()
        _ = try client.request("GET", "/v1/trades/a%2Fb%20%C3%BC%00")
        #expect(server.lastRequest?.head.path == "/v1/trades/a%2Fb%20%C3%BC%00")
        #expect(server.lastRequest?.head.query == nil)
    }

    @Test func `keeps several fields of one name in their order`() throws {
        let server = try TestServer()
        _ = try server.client().request("GET", "/", ["X-A: 1", "x-b:  2 \t", "X-A: 3"])
        let fields = server.lastRequest?.head.headers.filter { $0.name.lowercased().hasPrefix("x-") }
        #expect(fields == [HTTPHeader("X-A", "1"), HTTPHeader("x-b", "2"), HTTPHeader("X-A", "3")])
    }

    @Test func `answers HEAD without a body`() throws {
        let server = try TestServer()
        let client = try server.client()
        try client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
        let response = try client.head()
        #expect(response["Content-Length"] == "4")
        #expect(try client.request("GET", "/").text == "GET")
    }

    @Test func `answers OPTIONS, and methods that it does not know`() throws {
        let server = try TestServer()
        let client = try server.client()
        #expect(try client.request("OPTIONS", "*").text == "OPTIONS")
        #expect(try client.request("PROPFIND", "/").text == "PROPFIND")
    }

    @Test func `closes the connection of HTTP/1.0`() throws {
        let server = try TestServer()
        let client = try server.client()
        try client.send("GET / HTTP/1.0\r\n\r\n")
        #expect(String(decoding: client.rest(), as: UTF8.self).hasSuffix("\r\n\r\nGET"))
    }

    @Test func `answers requests that were sent at once in their order`() throws {
        let server = try TestServer()
        let client = try server.client()
        let requests = (0..<50).map { "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n\($0 + 10)" }
        try client.send(requests.joined())
        for number in 10..<60 { #expect(try client.response().text == "POST\(number)") }
    }

    @Test func `reads a body in chunks`() throws {
        let server = try TestServer()
        let client = try server.client()
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        try client.send("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
        #expect(try client.response().text == "POSTabcde")
    }

    @Test func `asks for a body that the client holds back`() throws {
        let server = try TestServer()
        let client = try server.client()
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        #expect(try client.head().status == 100)
        try client.send("abc")
        #expect(try client.response().text == "POSTabc")
    }

    @Test func `does not ask for a body that it refuses`() throws {
        let server = try TestServer()
        let client = try server.client()
        try client.send("POST /forbidden HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        #expect(try client.response().status == 403)
        #expect(client.rest().isEmpty)
    }

    @Test func `refuses a body without reading it, and the client sees the answer`() throws {
        let server = try TestServer()
        let client = try server.client()
        try client.send("POST /forbidden HTTP/1.1\r\nHost: a\r\nContent-Length: 8000000\r\n\r\n")
        _ = client.trySend([UInt8](repeating: 0, count: 4_000_000))
        let response = try client.response()
        #expect(response.status == 403)
        #expect(response["Connection"] == "close")
        #expect(response.text == "no")
    }

    @Test func `keeps the connection of a refused request that has no body`() throws {
        let server = try TestServer()
        let client = try server.client()
        #expect(try client.request("GET", "/forbidden").status == 403)
        #expect(try client.request("GET", "/").status == 200)
    }

    @Test func `answers later, and others meanwhile`() throws {
        let server = try TestServer()
        let waiting = try (0..<10).map { _ in try server.client() }
        for client in waiting { try client.send("GET /held HTTP/1.1\r\nHost: a\r\n\r\n") }
        server.waitForHeld(10)
        #expect(try server.client().request("GET", "/").text == "GET")
        server.release()
        for client in waiting {
            #expect(try client.response().text == "late")
            #expect(try client.request("GET", "/").text == "GET")
        }
    }

    @Test func `survives clients that go away before their answer`() throws {
        let server = try TestServer()
        for _ in 0..<10 { try server.client().send("GET /held HTTP/1.1\r\nHost: a\r\n\r\n") }
        server.waitForHeld(10)
        server.release()
        #expect(try server.client().request("GET", "/").text == "GET")
    }

    @Test func `reports an answer that cannot be sent, and sends the status 500`() throws {
        let server = try TestServer()
        let client = try server.client()
        #expect(try client.request("GET", "/broken").status == 500)
        #expect(server.problems.all.withLock { $0 } == ["a response with the status 200 cannot be sent"])
        #expect(try client.request("GET", "/").text == "GET")
    }

    @Test func `does not take a port that is in use`() throws {
        let server = try TestServer()
        let port = try #require(server.server.port)
        #expect(throws: HTTPError.self) { try TestServer(.tcp(host: "127.0.0.1", port: port, tls: nil)) }
    }

    @Test func `listens on IPv6`() throws {
        let server = try TestServer(.tcp(host: "::1", port: 0, tls: nil))
        #expect(server.server.port != nil)
    }

    @Test func `explains a host that has no address`() {
        #expect(throws: HTTPError.self) { try TestServer(.tcp(host: "no.such.host.invalid", port: 0, tls: nil)) }
    }
}
