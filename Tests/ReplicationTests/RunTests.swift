import Ledger
import LedgerTestSupport
import PostgresTestSupport
import Testing

/// The index runs find closed trades, so that memory does not grow with history.
@Suite(.needsServer) struct `Replicating by the index runs` {
    private static let eventCount = 6000

    @Test(arguments: TestServer.all)
    func `ships events of trades that were closed long before`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            _ = try appendUntilThereAreRuns(ledger)
            try ledger.ship()
            try ledger.expectEqual()
        }
    }

    /// A run that is damaged at its beginning is not opened; damage at its end is found later.
    @Test(arguments: TestServer.all, [0.1, 0.75])
    func `continues without them if each is damaged`(server: TestServer, from share: Double) throws {
        try ReplicatedLedger.with(server) { ledger in
            let runs = try appendUntilThereAreRuns(ledger)
            ledger.ledger.close()
            for name in runs {
                let run = ledger.directory.damaged(name)
                let byteCount = try run.bytes().count
                let start = Int(Double(byteCount) * share)
                for offset in stride(from: start, to: byteCount, by: 64) { try run.flipBit(at: offset) }
            }
            try ledger.ship()
            try ledger.expectEqual()
        }
    }

    /// The names of the runs, which cover the trades that later events are about.
    private func appendUntilThereAreRuns(_ ledger: ReplicatedLedger) throws -> [String] {
        var generator = EventGenerator(seed: 31)
        try ledger.append(&generator, count: Self.eventCount)
        func runs() -> [String] { ledger.directory.files.filter { $0.hasPrefix("identities-") } }
        try waitUntil("there are index runs") { !runs().isEmpty }
        return runs()
    }
}
