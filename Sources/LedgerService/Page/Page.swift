internal import HTTP
internal import Ledger

/// The page for people, which holds no data and fetches it with the token that its reader enters.
enum Page {
    /// The response with the page.
    ///
    /// Only what has the nonce of this response runs, and nothing is loaded from elsewhere.
    static func response(_ identity: RequestIdentity, _ clock: LedgerClock) -> HTTPResponse {
        let random = clock.random()
        let nonce = String(random.0, radix: 16) + String(random.1, radix: 16)
        let parts = String(decoding: PackageResources.page_html, as: UTF8.self)
            .split(separator: "NONCE", omittingEmptySubsequences: false)
        let policy =
            "default-src 'none'; script-src 'nonce-\(nonce)'; style-src 'nonce-\(nonce)'; connect-src 'self'; "
            + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        return HTTPResponse(
            200,
            headers: HTTPResponse.headers("text/html; charset=utf-8") + identity.headers + [
                HTTPHeader("Content-Security-Policy", policy), HTTPHeader("Referrer-Policy", "no-referrer"),
            ],
            .bytes(Array(parts.joined(separator: nonce).utf8))
        )
    }
}
