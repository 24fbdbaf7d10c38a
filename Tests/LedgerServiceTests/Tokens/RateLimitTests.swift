import HTTP
import LedgerTestSupport
import Testing

@testable import LedgerService

@Suite struct `A rate limit` {
    private let start = ContinuousClock.now

    private func after(_ milliseconds: Int) -> ContinuousClock.Instant { start + .milliseconds(milliseconds) }

    @Test func `takes as many at once as it counts in a period, and then says when to try again`() {
        var limit = RateLimit<String>(Rate(10, per: .seconds(60)), keyCountMax: 100)
        for _ in 0..<10 { #expect(limit.take("a", at: start) == nil) }
        #expect(limit.take("a", at: start) == 6)
        #expect(limit.take("a", at: after(5001)) == 1)
        #expect(limit.take("b", at: start) == nil)
        #expect(limit.take("a", at: after(6000)) == nil)
        #expect(limit.take("a", at: after(6000)) == 6)
    }

    @Test func `counts nothing that it refuses`() {
        var limit = RateLimit<String>(Rate(1, per: .seconds(1)), keyCountMax: 100)
        #expect(limit.take("a", at: start) == nil)
        for _ in 0..<1000 { #expect(limit.take("a", at: after(500)) == 1) }
        #expect(limit.take("a", at: after(1000)) == nil)
    }

    @Test func `is full again after a period and no fuller`() {
        var limit = RateLimit<String>(Rate(3, per: .seconds(1)), keyCountMax: 100)
        for _ in 0..<3 { #expect(limit.take("a", at: start) == nil) }
        for _ in 0..<3 { #expect(limit.take("a", at: after(3_600_000)) == nil) }
        #expect(limit.take("a", at: after(3_600_000)) == 1)
    }

    @Test func `never takes more in any time than its rate and one period`() {
        var limit = RateLimit<String>(Rate(100, per: .seconds(1)), keyCountMax: 100)
        var random = SeededGenerator(seed: 21)
        var milliseconds = 0
        var (taken, excessCount) = (0, 0)
        for _ in 0..<50_000 {
            milliseconds += Int(random.next(below: 3))
            if limit.take("a", at: after(milliseconds)) == nil { taken += 1 }
            if taken > 100 + milliseconds / 10 { excessCount += 1 }
        }
        #expect(excessCount == 0)
        #expect(taken > milliseconds / 10)
    }

    @Test func `remembers the busiest of more keys than it has room for`() throws {
        var limit = RateLimit<Int>(Rate(2, per: .seconds(60)), keyCountMax: 100)
        for _ in 0..<2 { #expect(limit.take(-1, at: start) == nil) }
        for key in 0..<10_000 { #expect(limit.take(key, at: start) == nil) }
        #expect(limit.take(-1, at: start) == 30)
        let remembered = Mirror(reflecting: limit).descendant("fullAt") as? [Int: ContinuousClock.Instant]
        #expect((1...100).contains(try #require(remembered).count))
    }

    @Test func `of requests is counted for each address and each token`() throws {
        let ledger = try TokenLedger()
        let tokens = try (0..<2).map { _ in try ledger.file.create(.read, name: nil).token }
        let limits = RequestLimits(requests: Rate(2, per: .seconds(1)), failures: Rate(1, per: .seconds(60)))
        let (a, b) = (HTTPPeer.address("192.0.2.1"), HTTPPeer.address("192.0.2.2"))
        for _ in 0..<2 { #expect(limits.take(a, tokens[0], at: start) == nil) }
        #expect(limits.take(a, tokens[1], at: start) == 1)
        #expect(limits.take(b, tokens[0], at: start) == 1)
        #expect(limits.take(b, tokens[1], at: start) == nil)
        #expect(limits.take(b, tokens[1], at: start) == 1)
        #expect(limits.take(.unixSocket, nil, at: start) == nil)
        #expect(limits.fail(a, at: start) == nil)
        #expect(limits.fail(a, at: start) == 60)
        #expect(limits.fail(b, at: start) == nil)
    }

    @Test func `lets a busy client send 100,000 requests a second`() {
        let limits = RequestLimits()
        let refused = (0..<100_000).count { _ in limits.take(.address("::1"), nil, at: start) != nil }
        #expect(refused == 0)
        #expect(limits.take(.address("::1"), nil, at: start) == 1)
    }

    @Test(arguments: [
        ("192.0.2.1", "::ffff:192.0.2.1", true), ("2001:db8::1", "2001:db8:0:0:ffff::2", true),
        ("2001:db8::1", "2001:0db8::1", true), ("192.0.2.1", "192.0.2.2", false),
        ("2001:db8::1", "2001:db8:1::1", false), ("::1", "::ffff:127.0.0.1", false),
    ])
    func `knows a client by its IPv4 address or the first half of its IPv6 address`(
        first: String,
        second: String,
        isSame: Bool
    ) {
        #expect((ClientAddress(.address(first)) == ClientAddress(.address(second))) == isSame)
    }
}
