import Ledger
import LedgerTestSupport
import TradeModel

/// A ledger whose log has many small segments; the same for the same seed.
struct LogOfSegments {
    let directory: TemporaryDirectory
    let eventCount: UInt64
    var names: [String] { directory.segments }

    init(eventCount: UInt64 = 3600, seed: UInt64 = 7) throws {
        directory = try TemporaryDirectory.withLedger()
        self.eventCount = eventCount
        let ledger = try Ledger(opening: directory.path, configuration: neverIdle)
        var generator = EventGenerator(seed: seed)
        for _ in 0..<(eventCount / 50) {
            let lines = (0..<50).map { _ in EventLine(Array(generator.nextLine().utf8)) }
            for outcome in ledger.append(lines: lines) { _ = try outcome.get() }
        }
        ledger.close()
    }
}
