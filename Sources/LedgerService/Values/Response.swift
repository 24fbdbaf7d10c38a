internal import HTTP

extension HTTPResponse {
    /// The response for an answer.
    init(_ answer: Answer, _ identity: RequestIdentity) {
        var headers = Self.headers(answer.contentType) + identity.headers
        if let sequence = answer.sequence { headers.append(HTTPHeader("ETag", EntityTag.text(sequence))) }
        self.init(answer.status, headers: headers, .bytes(answer.body))
    }

    /// The response for a problem.
    init(_ problem: Problem, _ identity: RequestIdentity) {
        var headers = Self.headers("application/problem+json") + identity.headers
        if let seconds = problem.retryAfterSeconds { headers.append(HTTPHeader("Retry-After", String(seconds))) }
        if problem.code.status == 401 { headers.append(HTTPHeader("WWW-Authenticate", "Bearer")) }
        if !problem.allowedMethods.isEmpty {
            headers.append(HTTPHeader("Allow", problem.allowedMethods.joined(separator: ", ")))
        }
        self.init(problem.code.status, headers: headers, .bytes(problem.json))
    }

    /// The response to a client that has the newest answer already.
    init(notModifiedSince sequence: UInt64, _ identity: RequestIdentity) {
        let tag = HTTPHeader("ETag", EntityTag.text(sequence))
        self.init(304, headers: [tag] + Self.usualHeaders + identity.headers, .bytes([]))
    }

    /// The headers of every response with a body of some type.
    static func headers(_ contentType: String) -> [HTTPHeader] {
        [HTTPHeader("Content-Type", contentType)] + usualHeaders
    }

    /// What keeps answers out of caches that serve others, and browsers from guessing another type.
    private static let usualHeaders = [
        HTTPHeader("Cache-Control", "private, no-cache"), HTTPHeader("X-Content-Type-Options", "nosniff"),
    ]
}

/// The entity tag of answers: the last event that they rest on.
package enum EntityTag {
    static func text(_ sequence: UInt64) -> String { "\"\(sequence)\"" }

    /// Whether the value of `If-None-Match` names the answer at a sequence.
    package static func isNamed(_ value: String?, at sequence: UInt64) -> Bool {
        guard let value else { return false }
        return value.split(separator: ",").contains { tag in
            let tag = tag.drop { $0 == " " }.prefix { $0 != " " }
            return tag == "*" || (tag.hasPrefix("W/") ? tag.dropFirst(2) : tag) == text(sequence)
        }
    }
}
