import LedgerTestSupport
import Testing
import TradeModel

@testable import Ledger

@Suite struct `The id of an event without one` {
    private let ledgerID = EventID(high: 0x7ABC, low: 0x8000_0000_0123_4567)
    private let time = Timestamp(microsecondsSince1970: 1_750_000_000_123_456)
    private let later = Timestamp(microsecondsSince1970: 1_750_000_000_124_000)

    private func derived(_ sequence: UInt64, _ time: Timestamp) throws -> EventID {
        try #require(DerivedEventIDs(of: ledgerID).id(at: sequence, recordedAt: time))
    }

    @Test func `is derived, and takes no random number`() throws {
        let ids = EventIDAssignment(of: ledgerID)
        #expect(ids.idToStore(at: 3, recordedAt: time) { preconditionFailure("the id is derived") } == nil)
    }

    @Test func `is random if an earlier event stores the one that would be derived`() throws {
        var ids = EventIDAssignment(of: ledgerID)
        ids.reserve(try derived(9, time), storedAt: 3, recordedAt: time)
        #expect(ids.idToStore(at: 9, recordedAt: time) { (7, 8) } == EventID.version7(at: time, random: (7, 8)))
        // In any other millisecond, and for any other sequence, it is derived.
        #expect(ids.idToStore(at: 9, recordedAt: later) { (7, 8) } == nil)
        #expect(ids.idToStore(at: 8, recordedAt: time) { (7, 8) } == nil)
        ids.release(try derived(9, time))
        #expect(ids.idToStore(at: 9, recordedAt: time) { (7, 8) } == nil)
    }

    @Test func `is random after the last sequence for which one is derived`() {
        let ids = EventIDAssignment(of: ledgerID)
        let last = DerivedEventIDs.sequenceMax
        #expect(ids.idToStore(at: last, recordedAt: time) { (7, 8) } == nil)
        #expect(ids.idToStore(at: last + 1, recordedAt: time) { (7, 8) } != nil)
    }

    @Test func `is reserved only while the ledger could derive it`() throws {
        var ids = EventIDAssignment(of: ledgerID)
        ids.reserve(try derived(9, time), storedAt: 9, recordedAt: time)
        ids.reserve(try derived(9, time), storedAt: 8, recordedAt: later)
        ids.reserve(EventID(high: 5, low: 5), storedAt: 1, recordedAt: time)
        #expect(ids.reserved(after: 0, recordedAt: .min) == [])
        let kept = try [derived(9, time), derived(7, later), derived(12, later)]
        for id in kept.reversed() { ids.reserve(id, storedAt: 3, recordedAt: time) }
        #expect(ids.reserved(after: 3, recordedAt: time) == kept.sorted { ($0.high, $0.low) < ($1.high, $1.low) })
        #expect(ids.reserved(after: 8, recordedAt: later) == [kept[2]])
        #expect(kept.allSatisfy(EventIDAssignment(of: ledgerID, reserved: kept).isReserved))
    }
}
