import HTTP
import Testing

@testable import LedgerService

@Suite struct `The head of a request` {
    private static func head(_ headers: [(String, String)]) -> HTTPRequestHead {
        HTTPRequestHead(
            method: "GET",
            path: "/",
            query: nil,
            headers: headers.map { HTTPHeader($0.0, $0.1) },
            peer: .address("127.0.0.1")
        )
    }

    @Test(arguments: [
        "localhost", "LOCALHOST:7373", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:7373", "ledger.example.net:443",
    ])
    func `names this server by loopback or by a name that was given`(_ host: String) {
        #expect(AllowedHosts(["Ledger.example.net"]).includes(host))
    }

    @Test(arguments: [
        "", "evil.example", "127.0.0.1.evil.example", "localhost:evil", "localhost@evil", "::1", "127.0.0.1:80:80",
        "ledger.example.net.",
    ])
    func `names another server otherwise`(_ host: String) {
        #expect(!AllowedHosts(["Ledger.example.net"]).includes(host))
    }

    @Test func `keeps an id that can be a correlation id, and replaces any other`() {
        #expect(RequestIdentity(Self.head([("x-request-id", "r-1")]), newID: "new").requestID == "r-1")
        for id in ["", "a b", "é", String(repeating: "a", count: 129)] {
            #expect(RequestIdentity(Self.head([("X-Request-ID", id)]), newID: "new").requestID == "new")
        }
    }

    @Test func `keeps a traceparent of the W3C's form only`() {
        let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        #expect(RequestIdentity(Self.head([("traceparent", parent)]), newID: "").traceparent == parent)
        for other in ["", parent + "-", parent.uppercased(), String(parent.dropLast())] {
            #expect(RequestIdentity(Self.head([("traceparent", other)]), newID: "").traceparent == nil)
        }
    }

    @Test(arguments: ["\"7\"", "W/\"7\"", "\"6\", \"7\"", "*"])
    func `has the newest answer if If-None-Match names its sequence`(_ value: String) {
        #expect(EntityTag.isNamed(value, at: 7))
    }

    @Test(arguments: [nil, "7", "\"70\"", "\"6\"", ""])
    func `does not have it otherwise`(_ value: String?) {
        #expect(!EntityTag.isNamed(value, at: 7))
    }
}
