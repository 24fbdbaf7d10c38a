import LedgerTestSupport
import Testing
import TradeModel

@Suite struct `Derived event ids` {
    private let ledgerID = EventID(high: 0x0190_A5B4_7C3E_7D21, low: 0x9F3A_5B6C_7D8E_9F00)

    private func time(_ microseconds: Int64) -> Timestamp { Timestamp(microsecondsSince1970: microseconds) }

    /// The example on the page of the format.
    @Test func `follow from ledger, sequence and time as the format says`() {
        let ids = DerivedEventIDs(of: ledgerID)
        let id = ids.id(at: 2, recordedAt: time(1_750_000_002_123_458))
        #expect(id?.description == "01977420-e44b-7d21-9f3a-5b6c7d8e9f02")
    }

    @Test(arguments: [1, 2, 0xFFFF, 1 << 40, DerivedEventIDs.sequenceMax] as [UInt64])
    func `are UUIDs of version 7 that give their sequence back`(sequence: UInt64) throws {
        // Any bits of a ledger's id, also those of another version.
        for ledgerID in [ledgerID, EventID(high: 1, low: 2), EventID(high: .max, low: .max)] {
            let ids = DerivedEventIDs(of: ledgerID)
            for recordedAt in [Timestamp.min, time(1_750_000_002_123_458), .max] {
                let id = try #require(ids.id(at: sequence, recordedAt: recordedAt))
                #expect(id.version7Milliseconds == UInt64(recordedAt.microsecondsSince1970 / 1000))
                #expect(ids.sequence(of: id) == sequence)
            }
        }
    }

    @Test func `end with the last sequence, so that few other ids look like one`() {
        let ids = DerivedEventIDs(of: ledgerID)
        #expect(ids.id(at: DerivedEventIDs.sequenceMax + 1, recordedAt: .min) == nil)
        #expect(ids.id(at: .max, recordedAt: .min) == nil)
        var random = SeededGenerator(seed: 17)
        let count = (0..<100_000).count { _ in
            ids.sequence(of: EventID.version7(at: time(1_750_000_000_000_000), random: (random.next(), random.next())))
                != nil
        }
        #expect(count == 0)
        // Not derived for the sequence 0, and no UUID of another version or variant.
        #expect(ids.sequence(of: EventID(high: 0x7D21, low: ledgerID.low)) == nil)
        #expect(ids.sequence(of: EventID(high: 0x4D21, low: ledgerID.low ^ 5)) == nil)
        #expect(ids.sequence(of: EventID(high: 0x7D21, low: ledgerID.low & .max >> 1 ^ 5)) == nil)
        #expect(ids.sequence(of: EventID(high: 0x7D21, low: ledgerID.low ^ 5)) == 5)
    }

    @Test func `of two ledgers differ`() throws {
        let other = DerivedEventIDs(of: EventID(high: ledgerID.high, low: ledgerID.low ^ 1 << 50))
        let id = try #require(DerivedEventIDs(of: ledgerID).id(at: 9, recordedAt: .min))
        #expect(other.id(at: 9, recordedAt: .min) != id && other.sequence(of: id) == nil)
    }

    @Test func `are in the order of their times`() throws {
        let ids = DerivedEventIDs(of: ledgerID)
        let times = [0, 1000, 2000, 1_750_000_002_123_458] as [Int64]
        let texts = try times.enumerated().map { index, microseconds in
            try #require(ids.id(at: UInt64(9 - index), recordedAt: time(microseconds))).description
        }
        #expect(texts == texts.sorted())
    }
}
