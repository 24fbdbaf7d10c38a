import Testing
import TradeModel

@testable import LedgerService

@Suite struct `The parameters of a request` {
    private static let declared = [
        Parameter("id", .text, ""), Parameter("limit", .integer(1...100), ""),
        Parameter("status", .choice(["open"]), ""),
        Parameter("since", .time, ""), Parameter("capital", .decimal, ""), Parameter("marked", .flag, ""),
    ]

    private func parameters(_ query: String?) throws -> Parameters {
        try Parameters(path: ["id": "t/1"], query: query, of: Self.declared)
    }

    @Test func `are read from the path and the query, decoded`() throws {
        let parameters = try parameters("limit=100&status=open&since=2026-01-05&capital=1e3&marked=true")
        #expect(parameters["id"] == "t/1")
        #expect(parameters.integer("limit") == 100)
        #expect(parameters.time("since")?.description == "2026-01-05T00:00:00.000000Z")
        #expect(parameters.decimal("capital")?.description == "1000")
        #expect(parameters.flag("marked"))
        #expect(try !self.parameters(nil).flag("marked"))
    }

    @Test(arguments: [
        "limit=0", "limit=101", "limit=-1", "limit=+1", "limit=", "limit=1&limit=2", "status=closed", "since=yesterday",
        "since=1767225600", "capital=a", "marked=1", "other=1", "id=t-2", "limit=%", "%ff=1", "li%6dit=x", "=",
    ])
    func `are refused where they are not those of the route`(_ query: String) {
        #expect(throws: Problem.self) { try parameters(query) }
    }

    @Test func `are decoded as forms are`() {
        #expect(PercentEncoding.decodedQuery("a+b%2Bc%C3%a9".utf8) == "a b+cé")
        #expect(PercentEncoding.decodedPath("a+b%2Fc".utf8) == "a+b/c")
        for text in ["%", "%1", "%zz", "%ff", "%C3"] { #expect(PercentEncoding.decodedPath(text.utf8) == nil) }
    }
}

@Suite struct `The table of routes` {
    private let table = RouteTable([
        Route("/v1/trades", .everybody, "", [], .special(.live)),
        Route(method: "POST", "/v1/trades", .everybody, "", [], .special(.append)),
        Route("/v1/trades/{id}", .everybody, "", [Parameter("id", .text, "")], .special(.ready)),
    ])

    @Test func `finds a route by method and path`() throws {
        #expect(try table.match("HEAD", "/v1/trades").route.summary == "")
        #expect(try table.match("GET", "/v1/trades/a%2Fb%20c").path == ["id": "a/b c"])
    }

    @Test(arguments: ["", "/", "/v1", "/v1/trades/", "/v1/trades/a/b", "/v1/trade", "/v1/trades/%zz"])
    func `finds nothing at other paths`(_ path: String) {
        #expect(throws: Problem.self) { try table.match("GET", path) }
    }

    @Test func `names the methods that a path has`() {
        #expect { try table.match("DELETE", "/v1/trades") } throws: { error in
            (error as? Problem)?.allowedMethods == ["GET", "POST"]
        }
    }
}
