import LedgerTestSupport
import Testing
import TradeModel

@testable import Ledger

/// Producers that send ids which a ledger has derived, or would derive.
@Suite struct `An id that the ledger made` {
    private let directory = TemporaryDirectory()
    private let clock = ManualClock()
    private let ledgerID: EventID

    init() throws {
        ledgerID = try Ledger.create(in: directory.path, configuration: smallSegments, clock: clock.clock)
    }

    private func opened(_ directory: TemporaryDirectory, _ clock: ManualClock? = nil) throws -> Ledger {
        try Ledger(opening: directory.path, configuration: smallSegments, clock: (clock ?? self.clock).clock)
    }

    /// A copy of the ledger, as a backup that was restored gives one.
    private func restoredBackup() throws -> TemporaryDirectory {
        let (backup, copy) = (TemporaryDirectory(), TemporaryDirectory())
        _ = try LedgerBackup(of: directory.path, in: backup.path).run()
        _ = try LedgerRestore(from: backup.path, to: copy.path).run(configuration: smallSegments)
        return copy
    }

    private func events(_ directory: TemporaryDirectory) throws -> [Event] {
        try LedgerReader(opening: directory.path).all()
    }

    /// The same body with the id of a receipt, as a producer sends it again that kept the acknowledgement.
    private func again(_ draft: EventDraft, _ receipt: Receipt) -> EventDraft {
        EventDraft(eventID: receipt.eventID, body: draft.body)
    }

    /// Checks that no two events have one id, and that the ledger knows each event by its id.
    private func checkIDs(_ directory: TemporaryDirectory) throws {
        let events = try events(directory)
        #expect(Set(events.map(\.eventID)).count == events.count)
        let ledger = try opened(directory)
        for event in events {
            let receipt = try ledger.append(EventDraft(eventID: event.eventID, body: event.body))
            #expect(receipt.status == .duplicate && receipt.sequence == event.sequence)
        }
        ledger.close()
    }

    @Test func `is in no record, and two events in a millisecond have two ids`() throws {
        let ledger = try opened(directory)
        let receipts = try ledger.append(batch: [TradeEvents.opened("a"), TradeEvents.annotated("a", "x")])
        ledger.close()
        let events = try events(directory)
        #expect(events.map(\.idOrigin) == [.derived, .derived])
        #expect(events.map(\.eventID) == receipts.map(\.eventID))
        #expect(receipts[0].recordedAt == receipts[1].recordedAt && receipts[0].eventID != receipts[1].eventID)
        let ids = DerivedEventIDs(of: ledgerID)
        #expect(events.map(\.eventID) == events.map { ids.id(at: $0.sequence, recordedAt: $0.recordedAt) })
        let bytes = try directory.damaged(directory.segments[0]).bytes()
        var id: [UInt8] = []
        receipts[0].eventID.append(to: &id)
        #expect(!(0..<(bytes.count - id.count)).contains { bytes[$0..<($0 + id.count)].elementsEqual(id) })
        try checkIDs(directory)
    }

    @Test func `is recognised if it is sent again, with its own body only`() throws {
        var ledger = try opened(directory)
        let (open, remark) = (try TradeEvents.opened("a"), try TradeEvents.annotated("a", "x"))
        _ = try ledger.append(open)
        let receipt = try ledger.append(remark)
        for _ in 0..<2 {
            #expect(try ledger.append(again(remark, receipt)).status == .duplicate)
            let other = EventDraft(eventID: receipt.eventID, body: try TradeEvents.annotated("a", "y").body)
            let error = #expect(throws: AppendError.self) { try ledger.append(other) }
            #expect(error.flatMap(code) == .eventIDConflict)
            ledger.close()
            ledger = try opened(directory)
        }
        // With one bit of the time changed it is some producer's id.
        let foreign = EventID(high: receipt.eventID.high ^ 1 << 16, low: receipt.eventID.low)
        #expect(try ledger.append(EventDraft(eventID: foreign, body: remark.body)).sequence == 3)
        ledger.close()
        #expect(try events(directory).map(\.idOrigin) == [.derived, .derived, .stored])
        try checkIDs(directory)
    }

    /// The producer sends the events of the lost tail again, in another order, and the ledger has a new event by then.
    @Test func `from a lost tail is stored`() throws {
        var ledger = try opened(directory)
        _ = try ledger.append(TradeEvents.opened("a"))
        ledger.close()
        let restored = try restoredBackup()
        ledger = try opened(directory)
        let remarks = try (0..<3).map { try TradeEvents.annotated("a", "\($0)") }
        let lost = try remarks.map { try ledger.append($0) }
        ledger.close()
        clock.advance(microseconds: 5000)
        ledger = try opened(restored)
        _ = try ledger.append(TradeEvents.annotated("a", "new"))
        for index in [2, 0, 1] {
            let receipt = try ledger.append(again(remarks[index], lost[index]))
            #expect(receipt.status == .appended && receipt.eventID == lost[index].eventID)
        }
        ledger.close()
        #expect(try events(restored).map(\.idOrigin) == [.derived, .derived, .stored, .stored, .stored])
        try checkIDs(restored)
    }

    @Test(arguments: [true, false])
    func `is never derived a second time, although the clock of a restored backup went back`(
        isReopened: Bool
    ) throws {
        var ledger = try opened(directory)
        _ = try ledger.append(TradeEvents.opened("a"))
        ledger.close()
        let restored = try restoredBackup()
        ledger = try opened(directory)
        let remarks = try (0..<4).map { try TradeEvents.annotated("a", "\($0)") }
        let lost = try remarks.map { try ledger.append($0) }
        ledger.close()
        // The clock stands still, so the restored ledger would derive the same ids for sequences 2 to 5.
        ledger = try opened(restored)
        for index in [3, 1] { _ = try ledger.append(again(remarks[index], lost[index])) }
        if isReopened {
            ledger.close()
            ledger = try opened(restored)
        }
        let receipts = try (0..<4).map { try ledger.append(TradeEvents.annotated("a", "new \($0)")) }
        ledger.close()
        // The second event has the id that belonged to the fifth, and the third its own one.
        #expect(receipts.map(\.sequence) == [4, 5, 6, 7])
        #expect(receipts[1].eventID != lost[3].eventID)
        #expect(
            try events(restored).map(\.idOrigin)
                == [.derived, .stored, .stored, .derived, .stored, .derived, .derived]
        )
        try checkIDs(restored)
    }

    @Test func `of a batch that is refused reserves nothing`() throws {
        let ledger = try opened(directory)
        _ = try ledger.append(TradeEvents.opened("a"))
        let now = clock.clock.now()
        let future = try #require(DerivedEventIDs(of: ledgerID).id(at: 3, recordedAt: now))
        #expect(throws: AppendError.self) {
            _ = try ledger.append(batch: [
                EventDraft(eventID: future, body: TradeEvents.annotated("a", "x").body),
                TradeEvents.opened("a", price: "9"),
            ])
        }
        #expect(try ledger.append(batch: (0..<2).map { try TradeEvents.annotated("a", "\($0)") })[1].eventID == future)
        ledger.close()
        try checkIDs(directory)
    }

    @Test func `in one of two forks is stored in the other`() throws {
        var ledger = try opened(directory)
        _ = try ledger.append(TradeEvents.opened("a"))
        ledger.close()
        let fork = try restoredBackup()
        let forkClock = ManualClock()
        forkClock.advance(microseconds: 2000)
        let ours = try opened(directory)
        let theirs = try opened(fork, forkClock)
        let remarks = try (0..<3).map { try TradeEvents.annotated("a", "\($0)") }
        let receipts = try remarks.map { try theirs.append($0) }
        _ = try ours.append(TradeEvents.annotated("a", "ours"))
        for (remark, receipt) in zip(remarks, receipts) {
            #expect(try ours.append(again(remark, receipt)).status == .appended)
            #expect(try ours.append(again(remark, receipt)).status == .duplicate)
        }
        ours.close()
        theirs.close()
        #expect(try events(directory).map(\.idOrigin) == [.derived, .derived, .stored, .stored, .stored])
        try checkIDs(directory)
        ledger = try opened(fork, forkClock)
        // In the same millisecond, two forks give the same id to different events: the second one is refused.
        let same = try #require(DerivedEventIDs(of: ledgerID).id(at: 2, recordedAt: forkClock.clock.now()))
        let error = #expect(throws: AppendError.self) {
            try ledger.append(EventDraft(eventID: same, body: TradeEvents.annotated("a", "ours").body))
        }
        #expect(error.flatMap(code) == .eventIDConflict)
        ledger.close()
    }

    @Test func `is stored in another ledger that its printed event is appended to`() throws {
        var ledger = try opened(directory)
        for draft in try [TradeEvents.opened("a"), TradeEvents.closed("a")] { _ = try ledger.append(draft) }
        ledger.close()
        let other = TemporaryDirectory()
        let random = EventID(high: 0x7000, low: 0x5555_5555)
        try LedgerLayout.create(
            PosixStorage(directory: other.path),
            ledgerID: random,
            configuration: smallSegments,
            clock: clock.clock
        )
        let originals = try events(directory)
        var lines: [UInt8] = []
        for event in originals { EventJSON.write(event, ledgerID: ledgerID, into: &lines) }
        ledger = try opened(other)
        for line in lines.split(separator: UInt8(ascii: "\n")) {
            #expect(try ledger.append(EventJSON.decode(line: Array(line))).status == .appended)
        }
        ledger.close()
        #expect(try events(other).map(\.eventID) == originals.map(\.eventID))
        #expect(try events(other).map(\.idOrigin) == [.stored, .stored])
        try checkIDs(other)
    }

    @Test(arguments: [[], [1], [0x81], [0x81] + [UInt8](repeating: 0, count: 16), [0x82], [0x81]])
    func `is not read from a record that is too short or of another format`(bytes: [UInt8]) throws {
        #expect(throws: BodyFault.self) {
            _ = try EventRecord.decode(bytes[...], bytes.indices, of: DerivedEventIDs(of: ledgerID), checking: .content)
        }
    }

    @Test func `is missing where a record after the last derived one holds none`() throws {
        let body = try TradeEvents.opened("a").body
        for (sequence, isRead) in [(DerivedEventIDs.sequenceMax, true), (DerivedEventIDs.sequenceMax + 1, false)] {
            var record: [UInt8] = []
            let event = Event(
                sequence: sequence,
                recordedAt: .min,
                eventID: DerivedEventIDs(of: ledgerID).id(at: sequence, recordedAt: .min) ?? ledgerID,
                idOrigin: .derived,
                body: body
            )
            EventRecord.encode(event, into: &record)
            let read: Event?
            do {
                let ids = DerivedEventIDs(of: ledgerID)
                read = try EventRecord.decode(record[...], record.indices, of: ids, checking: .content)
            } catch { read = nil }
            #expect(read == (isRead ? event : nil))
        }
    }
}
