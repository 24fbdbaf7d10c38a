import Testing

@testable import Replication

/// A database and a log of 500 events.
@Suite struct `The histories of a database and a log` {
    private static let fork = Divergence.Fork(lastCommonSequence: 400, firstForeignSequence: 450)

    @Test(
        arguments: [
            (500, nil, nil, .inStep), (499, nil, nil, .behind(1)), (0, nil, nil, .behind(500)),
            (nil, nil, nil, .unknown), (501, nil, nil, .ahead(lastSequence: 501)),
            (500, 700, nil, .ahead(lastSequence: 700)), (300, 500, nil, .behind(200)),
            (nil, 501, nil, .ahead(lastSequence: 501)), (500, nil, fork, .fork(fork)), (450, nil, fork, .fork(fork)),
            (nil, nil, fork, .fork(fork)),
        ] as [(position: UInt64?, lastClaim: UInt64?, fork: Divergence.Fork?, divergence: Divergence)]
    )
    func `follow from the proven claims`(
        position: UInt64?,
        lastClaim: UInt64?,
        fork: Divergence.Fork?,
        divergence: Divergence
    ) {
        let found = Divergence(position: position, lastClaim: lastClaim, durable: 500) { fork }
        #expect(found == divergence)
        #expect(found.isMendable == (fork == nil && max(position ?? 0, lastClaim ?? 0) <= 500))
    }

    @Test func `are not searched for a fork if the database is ahead`() {
        let found = Divergence(position: 501, durable: 500) {
            Issue.record("the log has no root at 501")
            return Self.fork
        }
        #expect(found == .ahead(lastSequence: 501))
    }
}
