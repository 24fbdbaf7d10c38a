import LedgerTestSupport
import Testing
import TradeModel

@testable import Ledger

@Suite struct `Snapshots` {
    /// A snapshot of the open trades that random events make.
    private static func snapshot(seed: UInt64) throws -> Snapshot {
        var generator = EventGenerator(seed: seed)
        var tradeState = TradeState<OpenTrade>()
        var identities = IdentityIndex<PosixStorage>()
        var events: [Event] = []
        for sequence in 1...400 as ClosedRange<UInt64> {
            let event = Event(
                sequence: sequence,
                recordedAt: Timestamp(microsecondsSince1970: Int64(sequence)),
                eventID: EventID(high: seed, low: sequence),
                body: sequence == 1 ? try TradeEvents.opened("stays", fillID: "f").body : try generator.next().body
            )
            events.append(event)
            let trade = Fingerprint.subject(of: event.body)
            let applied = try tradeState.apply(
                event,
                ofSubject: trade,
                identities,
                lookup: { events[Int($0) - 1] }
            )
            guard case .recorded(let ordinal?) = applied else { preconditionFailure("no event was lost") }
            identities.insertPlace(ofSubject: trade, ordinal: ordinal, at: sequence)
        }
        #expect(tradeState.open.count > 0)
        return Snapshot(
            ledgerID: EventID(high: 1, low: 2),
            sequence: 400,
            endChecksum: 77,
            lastRecordedAt: Timestamp(microsecondsSince1970: 400),
            reservedIDs: (0..<seed).map { EventID(high: $0, low: seed) },
            tradeState: tradeState
        )
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `return what was stored`(seed: UInt64) throws {
        let snapshot = try Self.snapshot(seed: seed)
        let read = try #require(Snapshot(snapshot.encoded()), "seed \(seed)")
        #expect(read.ledgerID == snapshot.ledgerID)
        #expect(read.sequence == snapshot.sequence)
        #expect(read.endChecksum == snapshot.endChecksum)
        #expect(read.lastRecordedAt == snapshot.lastRecordedAt)
        #expect(read.reservedIDs == snapshot.reservedIDs && read.reservedIDs.count == seed)
        let (readTrades, trades) = (read.tradeState.open.byID, snapshot.tradeState.open.byID)
        #expect(readTrades.mapValues(\.trade) == trades.mapValues(\.trade))
        #expect(readTrades.mapValues(\.orderedFills) == trades.mapValues(\.orderedFills))
    }

    @Test func `count lost events`() throws {
        let tradeState = TradeState<OpenTrade>(lostCount: 3, leftOutCount: 5)
        let snapshot = Snapshot(
            ledgerID: EventID(high: 1, low: 2),
            sequence: 9,
            endChecksum: 1,
            lastRecordedAt: Timestamp(microsecondsSince1970: 2),
            tradeState: tradeState
        )
        let read = try #require(Snapshot(snapshot.encoded()))
        #expect(read.tradeState.lostCount == 3 && read.tradeState.leftOutCount == 5 && read.tradeState.open.count == 0)
    }

    @Test func `are refused if a bit has changed or the end is missing`() throws {
        let bytes = try Self.snapshot(seed: 4).encoded()
        for offset in stride(from: 0, to: bytes.count, by: 3) {
            var damaged = bytes
            damaged[offset] ^= 0x10
            #expect(Snapshot(damaged) == nil)
        }
        #expect(Snapshot(Array(bytes.dropLast())) == nil)
        #expect(Snapshot(bytes + [0]) == nil)
        #expect(Snapshot([]) == nil)
    }
}
