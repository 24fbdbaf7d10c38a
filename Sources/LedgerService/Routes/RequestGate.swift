internal import HTTP
internal import Ledger
internal import TradeModel

/// Who asks.
struct Principal: Sendable {
    /// The token that was sent; nil where there was none.
    let token: Token?
    /// Whether an admin token was sent, or the request came through the Unix socket.
    let isAdmin: Bool

    /// Somebody without a token.
    static let anonymous = Principal(token: nil, isAdmin: false)
    /// Somebody who could open the Unix socket.
    static let local = Principal(token: nil, isAdmin: true)
}

/// Decides from the head of a request who asks, and whether that one may.
struct RequestGate: Sendable {
    private let hosts: AllowedHosts
    private let tokens: TokenStore
    private let limits: RequestLimits

    init(_ hosts: AllowedHosts, _ tokens: TokenStore, _ limits: RequestLimits) {
        (self.hosts, self.tokens, self.limits) = (hosts, tokens, limits)
    }

    /// Throws a problem for a request that a web page of another site may have sent.
    func checkHost(_ head: HTTPRequestHead) throws(Problem) {
        guard case .address = head.peer else { return }
        guard let host = head["Host"], hosts.includes(host) else {
            let name = head["Host"].map { "Host \($0)" } ?? "a request without Host"
            throw Problem(.unknownHost, "\(name) is not of this server; serve --host NAME allows a name")
        }
        // A browser says from which site a page is that sends something.
        if let origin = head["Origin"], origin != "http://\(host)", origin != "https://\(host)" {
            throw Problem(.unknownHost, "the request is from a page of \(origin), which is not of this server")
        }
    }

    /// Who asks; throws a problem if that one may not, or asks too often.
    ///
    /// Counts the request.
    func principal(_ head: HTTPRequestHead, _ access: Route.Access) throws(Problem) -> Principal {
        let principal = try check(head, access)
        if let seconds = limits.take(head.peer, principal.token, at: .now) {
            throw Problem(.tooManyRequests, "too many requests a second", retryAfterSeconds: seconds)
        }
        return principal
    }

    /// Who asks; throws a problem if that one may not.
    @discardableResult
    func check(_ head: HTTPRequestHead, _ access: Route.Access) throws(Problem) -> Principal {
        guard case .address = head.peer else { return .local }
        guard let text = try Self.token(head) else { return try anonymous(access) }
        let found = try known { (tokens) throws(LedgerError) in try tokens.check(text, at: .now) }
        guard let token = found else {
            throw failedAttempt(head.peer, Problem(.unauthorized, "the token is not valid; token create makes one"))
        }
        if case .role(let role) = access, token.role != role, token.role != .admin {
            throw Problem(.forbidden, "the token has the role \(token.role.rawValue), and \(role.rawValue) is needed")
        }
        return Principal(token: token, isAdmin: token.role == .admin)
    }

    /// Counts a request with a wrong token or signature, and returns the problem to answer.
    func failedAttempt(_ peer: HTTPPeer, _ problem: Problem) -> Problem {
        guard let seconds = limits.fail(peer, at: .now) else { return problem }
        return Problem(.tooManyRequests, "too many attempts with wrong tokens", retryAfterSeconds: seconds)
    }

    /// Somebody without a token, who may do what needs none.
    ///
    /// Until a token is made, programs on this machine may append and read.
    private func anonymous(_ access: Route.Access) throws(Problem) -> Principal {
        guard case .role = access else { return .anonymous }
        guard try !known({ (tokens) throws(LedgerError) in try tokens.hasEverHadTokens(at: .now) }) else {
            throw Problem(.unauthorized, "a token is needed: Authorization: Bearer TOKEN")
        }
        return .anonymous
    }

    /// What the tokens say; a damaged file of tokens is a problem of the server.
    private func known<Result>(
        _ question: (TokenStore) throws(LedgerError) -> Result
    ) throws(Problem) -> Result {
        do throws(LedgerError) { return try question(tokens) } catch {
            throw Problem(error)
        }
    }

    /// The token of a request; nil where there is none.
    private static func token(_ head: HTTPRequestHead) throws(Problem) -> String? {
        guard let value = head["Authorization"] else { return nil }
        let scheme = "bearer "
        guard value.utf8.count > scheme.utf8.count, value.prefix(scheme.count).lowercased() == scheme else {
            throw Problem(.unauthorized, "Authorization takes Bearer TOKEN")
        }
        return String(value.dropFirst(scheme.count).drop { $0 == " " })
    }
}
