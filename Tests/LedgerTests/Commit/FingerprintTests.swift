import LedgerTestSupport
import Testing
import TradeModel

@testable import Ledger

@Suite struct `Commit identities` {
    @Test(arguments: [11, 12, 13] as [UInt64])
    func `a table of fingerprints answers as a dictionary of sets does`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var table = FingerprintTable()
        var model: [UInt64: Set<UInt64>] = [:]
        var entries: [(fingerprint: UInt64, sequence: UInt64)] = []
        for step in 1...6000 as ClosedRange<UInt64> {
            if entries.isEmpty || random.next(below: 100) < 60 {
                // Few places and few fingerprints, so that entries collide and probes are long.
                let fingerprint = random.next(below: 40) << 32 | random.next(below: 50)
                table.insert(fingerprint, step)
                model[fingerprint, default: []].insert(step)
                entries.append((fingerprint, step))
            } else {
                let index = Int(random.next(below: UInt64(entries.count)))
                let (fingerprint, sequence) = entries.remove(at: index)
                table.remove(fingerprint, sequence)
                model[fingerprint]?.remove(sequence)
            }
            #expect(table.count == entries.count, "seed \(seed)")
        }
        for high in 0..<41 as Range<UInt64> {
            for low in 0..<51 as Range<UInt64> {
                let fingerprint = high << 32 | low
                let found = table.candidates(fingerprint)
                #expect(Set(found) == model[fingerprint, default: []], "seed \(seed)")
                #expect(Set(found).count == found.count)
            }
        }
    }

    @Test func `equal bytes of different kinds and divisions have different fingerprints`() {
        let id = EventID(high: 1, low: 2)
        var bytes: [UInt8] = []
        id.append(to: &bytes)
        let fingerprints = [
            Fingerprint.eventID(id), Fingerprint.event(ofTrade: bytes, ordinal: 0),
            Fingerprint.event(ofTrade: bytes, ordinal: 1), Fingerprint.fill(bytes, ofTrade: []),
            Fingerprint.fill([], ofTrade: bytes), Fingerprint.fill("bc".utf8, ofTrade: "a".utf8),
            Fingerprint.fill("c".utf8, ofTrade: "ab".utf8),
        ]
        #expect(Set(fingerprints).count == fingerprints.count)
    }

    @Test func `a candidate of another trade under the same fingerprint is passed over`() throws {
        let bodies = try [
            TradeEvents.opened("a"), TradeEvents.opened("b"), TradeEvents.closed("a"), TradeEvents.closed("b"),
        ].map(\.body)
        let events = bodies.enumerated().map { index, body in
            Event(
                sequence: UInt64(index + 1),
                recordedAt: .min,
                eventID: EventID(high: 0, low: UInt64(index)),
                body: body
            )
        }
        let lookup = { (sequence: UInt64) throws(LedgerError) in events[Int(sequence) - 1] }
        var book = TradeBook<Trade>()
        for event in events { _ = try book.apply(event, lookup: lookup) }
        let (first, second) = try (
            book.trade(Array("a".utf8), event: lookup), book.trade(Array("b".utf8), event: lookup)
        )

        // What a collision would leave: places of b's events under the fingerprints of a's, and the other way round.
        let closed = try #require(first)
        book.record(closed, id: Array("a".utf8), sequence: 4)
        book.record(closed, id: Array("b".utf8), sequence: 3)
        #expect(try book.trade(Array("a".utf8), event: lookup) == first)
        #expect(try book.trade(Array("b".utf8), event: lookup) == second)
    }
}
