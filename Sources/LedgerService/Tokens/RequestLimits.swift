internal import Glibc
package import HTTP
internal import Ledger

/// How many requests the service takes from each token and from each address, and how many failed attempts.
///
/// A failed attempt is a request with a wrong token or a wrong signature. It never keeps a right one from being
/// accepted: programs behind one address may each have their own token.
package final class RequestLimits: Sendable {
    private struct State {
        var addresses: RateLimit<ClientAddress>
        var tokens: RateLimit<String>
        var failures: RateLimit<ClientAddress>
    }

    private let state: Lock<State>

    /// Many more than programs use one ledger, in a few megabytes.
    private static let keyCountMax = 10_000

    /// Limits for the requests of each token, for those of each address, and for the failed attempts of each address.
    package init(
        requests: Rate = Rate(100_000, per: .seconds(1)),
        failures: Rate = Rate(100, per: .seconds(60))
    ) {
        state = Lock(
            State(
                addresses: RateLimit(requests, keyCountMax: Self.keyCountMax),
                tokens: RateLimit(requests, keyCountMax: Self.keyCountMax),
                failures: RateLimit(failures, keyCountMax: Self.keyCountMax)
            )
        )
    }

    /// Counts a request; nil where it is within the limits, else after how many seconds to try again (429).
    ///
    /// Requests over the Unix socket have no address, and without a token no limit.
    package func take(_ peer: HTTPPeer, _ token: Token?, at now: ContinuousClock.Instant) -> Int? {
        state.withLock { state in
            if let seconds = ClientAddress(peer).flatMap({ state.addresses.take($0, at: now) }) { return seconds }
            return token.flatMap { state.tokens.take($0.id, at: now) }
        }
    }

    /// Counts a failed attempt; nil where it is answered as such (401), else after how many seconds to try again (429).
    package func fail(_ peer: HTTPPeer, at now: ContinuousClock.Instant) -> Int? {
        state.withLock { state in ClientAddress(peer).flatMap { state.failures.take($0, at: now) } }
    }
}

/// The address of a client as far as it tells clients from each other: all of IPv4, and the first half of IPv6, because
/// one client usually has the whole second half.
struct ClientAddress: Hashable, Sendable {
    private let bytes: [UInt8]

    /// Nil for a client of the Unix socket.
    init?(_ peer: HTTPPeer) {
        guard case .address(let text) = peer else { return nil }
        var address = in6_addr()
        guard unsafe inet_pton(AF_INET6, text, &address) == 1 else {
            bytes = Array(text.utf8)
            return
        }
        let all = unsafe withUnsafeBytes(of: &address) { unsafe Array($0) }
        let isMapped = all.starts(with: Self.mappedPrefix)
        bytes = isMapped ? Array(all.dropFirst(12).map(String.init).joined(separator: ".").utf8) : Array(all.prefix(8))
    }

    /// What an IPv4 address begins with on a socket of IPv6 (RFC 4291, section 2.5.5.2).
    private static let mappedPrefix = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]
}
