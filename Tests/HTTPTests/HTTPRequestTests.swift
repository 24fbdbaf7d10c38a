import HTTP
import Testing

@Suite struct `A request's header` {
    @Test func `is found in whatever letter case`() {
        let head = HTTPRequestHead(
            method: "GET",
            path: "/",
            query: nil,
            headers: [HTTPHeader("X-Request-ID", "a"), HTTPHeader("x-request-id", "b")],
            peer: .unixSocket
        )
        #expect(head["x-REQUEST-id"] == "a")
        #expect(head["x_request_id"] == nil)
    }
}
