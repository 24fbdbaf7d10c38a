import Ledger
import LedgerTestSupport
import TradeModel

/// Moments in the history of a ledger, on an event and a microsecond off, the same for the same seed.
struct RandomMoments {
    private let recorded: [Timestamp]
    private var random: SeededGenerator

    /// Appends a history full of special cases to the ledger, one event every two hours.
    init(in ledger: ReplicatedLedger, seed: UInt64) {
        var special = SpecialTrades(seed: seed)
        recorded = special.nextLines(tradeCount: 60).map { line in
            _ = ledger.ledger.append(lines: [EventLine(Array(line.utf8))])
            defer { ledger.clock.advance(microseconds: 7_200_000_000) }
            return ledger.clock.clock.now()
        }
        random = SeededGenerator(seed: seed + 1)
    }

    /// The next moment.
    mutating func next() -> Timestamp {
        let moment = recorded[Int(random.next(below: UInt64(recorded.count)))]
        return Timestamp(microsecondsSince1970: moment.microsecondsSince1970 + Int64(random.next(below: 3)) - 1)
    }
}
