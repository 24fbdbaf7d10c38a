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
                // Few slots and few fingerprints, so that entries collide and probes are long.
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
        }
        for high in 0..<41 as Range<UInt64> {
            for low in 0..<51 as Range<UInt64> {
                let fingerprint = high << 32 | low
                var found: [UInt64] = []
                let end: Never? = table.find(fingerprint) { number in
                    found.append(number)
                    return nil
                }
                #expect(end == nil)
                #expect(Set(found) == model[fingerprint, default: []], "seed \(seed)")
                #expect(Set(found).count == found.count)
            }
        }
    }

    @Test func `equal bytes of different kinds and divisions have different fingerprints`() {
        let id = EventID(high: 1, low: 2)
        var bytes: [UInt8] = []
        id.append(to: &bytes)
        let (a, ab) = (Fingerprint.trade(Array("a".utf8).span), Fingerprint.trade(Array("ab".utf8).span))
        let fingerprints = [
            Fingerprint.event(id), Fingerprint.trade(bytes.span),
            Fingerprint.event(ofSubject: Fingerprint.trade(bytes.span), ordinal: 0),
            Fingerprint.event(ofSubject: Fingerprint.trade(bytes.span), ordinal: 1),
            Fingerprint.fill(bytes.span, ofTrade: a), Fingerprint.fill(Array("bc".utf8).span, ofTrade: a),
            Fingerprint.fill(Array("c".utf8).span, ofTrade: ab), a, ab,
        ]
        #expect(Set(fingerprints).count == fingerprints.count)
    }

    @Test func `a candidate of another trade with the same fingerprint is skipped`() throws {
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
        var identities = IdentityIndex<PosixStorage>()
        func insert(_ event: Event, ordinal: UInt64) {
            let trade = Fingerprint.subject(of: event.body)
            let identity = EventIdentity(storedID: event.storedID, ofSubject: trade, ordinal: ordinal)
            identities.insert(identity, at: event.sequence, recordedAt: event.recordedAt)
        }
        for (event, ordinal) in zip(events, [0, 0, 1, 1] as [UInt64]) { insert(event, ordinal: ordinal) }
        let (a, b) = (Array("a".utf8)[...], Array("b".utf8)[...])
        // As after a collision: the places of b's events under the fingerprints of a's, and vice versa.
        let crossed = zip(events, [1, 0, 3, 2]).map { event, other in
            Event(
                sequence: event.sequence,
                recordedAt: .min,
                eventID: event.eventID,
                body: events[other].body
            )
        }
        for (event, ordinal) in zip(crossed, [0, 0, 1, 1] as [UInt64]) { insert(event, ordinal: ordinal) }
        for (id, expected) in [(a, [events[0], events[2]]), (b, [events[1], events[3]])] {
            #expect(
                try identities.events(of: .tradeID, id, Fingerprint.trade(id.span), before: 9, lookup: lookup)
                    == expected
            )
        }
    }

    /// The vectors that the page of the format gives.
    @Test(
        arguments: [
            ("a", 0xAEF8_817D_B81F_F48F),
            ("trade-1", 0xC240_DA77_0493_A0FC),
            ("12345678", 0xBAED_D6AD_4797_E368),
            ("a trade id of 25 bytes --", 0x8CBB_019B_8A6D_43FB),
        ] as [(String, UInt64)]
    )
    func `a trade has the fingerprint that the format says`(id: String, fingerprint: UInt64) {
        #expect(Fingerprint.trade(Array(id.utf8).span) == fingerprint)
    }
}
