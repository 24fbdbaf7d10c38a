package import HTTP
internal import TradeModel

/// What identifies a request in log lines, in events and in answers.
package struct RequestIdentity: Sendable {
    /// The `X-Request-ID` of the request, or a new one.
    package let requestID: String
    /// The `traceparent` of the request (W3C Trace Context); nil where there is none, or it is malformed.
    package let traceparent: String?

    /// The id of a request, or `newID` if it has none that can be used.
    package init(_ head: HTTPRequestHead, newID: @autoclosure () -> String) {
        requestID = head["X-Request-ID"].flatMap { Self.isUsable($0) ? $0 : nil } ?? newID()
        traceparent = head["traceparent"].flatMap { Self.isTraceparent($0) ? $0 : nil }
    }

    /// The headers of the answer.
    package var headers: [HTTPHeader] {
        [HTTPHeader("X-Request-ID", requestID)] + (traceparent.map { [HTTPHeader("traceparent", $0)] } ?? [])
    }

    /// Whether an id can be an event's `correlation_id` and can go into a header: 1 to 128 visible ASCII characters.
    private static func isUsable(_ text: String) -> Bool {
        (1...Limits.identifierByteCountMax).contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    /// Whether a text is `VERSION-TRACE-PARENT-FLAGS` in hexadecimal digits of lower case.
    private static func isTraceparent(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        return parts.map(\.count) == [2, 32, 16, 2]
            && parts.allSatisfy { $0.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) } }
    }
}
