import LedgerTestSupport
import Testing
import TradeModel

@testable import Ledger

@Suite struct `Snapshots` {
    /// A snapshot of the open trades and orders and of the halts that random events make.
    private static func snapshot(seed: UInt64) throws -> Snapshot {
        var generator = EventGenerator(seed: seed)
        var subjects = SubjectState()
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
            let terms = TradeTerms(event.body.bytes.span)
            let fill = Fingerprint.fill(of: event.body, terms, ofTrade: trade)
            let applied = try subjects.apply(event, terms, ofSubject: trade, fill: fill) { () throws(LedgerError) in
                try identities.events(ofSubjectOf: event, trade) { (sequence) throws(LedgerError) in
                    events[Int(sequence) - 1]
                }
            }
            // Accounts, prices and scopes have no beginning, and so no ordinals.
            guard let ordinal = applied?.ordinal else { continue }
            identities.insertPlace(ofSubject: trade, ordinal: ordinal, at: sequence)
        }
        #expect(subjects.openTrades.count > 0 && subjects.openLives.count > 0 && !subjects.halts.inForce.isEmpty)
        return Snapshot(
            end: SegmentEnd(ledgerID: EventID(high: 1, low: 2), sequence: 400, checksum: 77),
            lastRecordedAt: Timestamp(microsecondsSince1970: 400),
            reservedIDs: (0..<seed).map { EventID(high: $0, low: seed) },
            subjects: subjects
        )
    }

    private static func bytes(of snapshot: Snapshot) throws -> [UInt8] {
        let directory = TemporaryDirectory()
        return try withExtendedLifetime(directory) {
            let storage = PosixStorage(directory: directory.path)
            try SnapshotFile.write(snapshot, storage)
            let file = try OpenFile(storage, SnapshotFile(sequence: snapshot.end.sequence).fileName, .reading)
            return try file.bytes(0..<file.byteCount())
        }
    }

    private static func read(_ bytes: [UInt8]) throws -> Snapshot? {
        let directory = TemporaryDirectory()
        return try withExtendedLifetime(directory) {
            let file = try OpenFile(creating: "file", PosixStorage(directory: directory.path))
            try file.write(bytes, at: 0)
            return try Snapshot(reading: file)
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `return what was stored`(seed: UInt64) throws {
        let snapshot = try Self.snapshot(seed: seed)
        let read = try #require(try Self.read(Self.bytes(of: snapshot)), "seed \(seed)")
        #expect(read.end == snapshot.end)
        #expect(read.lastRecordedAt == snapshot.lastRecordedAt)
        #expect(read.reservedIDs == snapshot.reservedIDs && read.reservedIDs.count == seed)
        let (trades, stored) = (read.subjects.openTrades, snapshot.subjects.openTrades)
        #expect(trades.count == stored.count)
        for slot in 0..<stored.count {
            #expect(trades.id(at: slot) == stored.id(at: slot))
            #expect(trades[slot].trade == stored[slot].trade)
            #expect(trades[slot].orderedFills == stored[slot].orderedFills)
        }
        #expect(read.subjects.hasSameLives(as: snapshot.subjects) && read.subjects.halts == snapshot.subjects.halts)
    }

    @Test func `count lost events`() throws {
        let subjects = SubjectState(lostCount: 3, leftOutCount: 5)
        let snapshot = Snapshot(
            end: SegmentEnd(ledgerID: EventID(high: 1, low: 2), sequence: 9, checksum: 1),
            lastRecordedAt: Timestamp(microsecondsSince1970: 2),
            subjects: subjects
        )
        let read = try #require(try Self.read(Self.bytes(of: snapshot)))
        #expect(read.subjects.lostCount == 3 && read.subjects.leftOutCount == 5 && read.subjects.openTrades.count == 0)
    }

    @Test func `are refused if a bit has changed or the end is missing`() throws {
        let bytes = try Self.bytes(of: Self.snapshot(seed: 4))
        for offset in stride(from: 0, to: bytes.count, by: 3) {
            var damaged = bytes
            damaged[offset] ^= 0x10
            #expect(try Self.read(damaged) == nil)
        }
        #expect(try Self.read(Array(bytes.dropLast())) == nil)
        #expect(try Self.read(bytes + [0]) == nil)
        #expect(try Self.read([]) == nil)
    }
}
