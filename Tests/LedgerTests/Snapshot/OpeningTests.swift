import LedgerTestSupport
import Testing
import TradeModel

@testable import Ledger

@Suite struct `Opening after a snapshot` {
    private static func posix(_ directory: TemporaryDirectory) -> PosixStorage {
        PosixStorage(directory: directory.path)
    }

    private static let firstID = EventID(high: 0xA, low: 0xB)

    /// A trade with fills that is closed, one that is voided, one that stays open, and many segments after them.
    private static func aged(segmentCount: Int = 9) throws -> KeptLedger<PosixStorage> {
        var ledger = try KeptLedger(posix)
        let outcomes = ledger.send(try old + open)
        #expect(outcomes == (1...7).map { "appended \($0)" })
        try ledger.fill(segmentCount: segmentCount)
        try ledger.maintain()
        return ledger
    }

    private static var old: [EventDraft] {
        get throws {
            try [
                TradeEvents.opened("old", eventID: firstID, fillID: "f1"),
                TradeEvents.increased("old", fillID: "f2"),
                TradeEvents.closed("old", fillID: "f3"),
                TradeEvents.opened("void"),
                TradeEvents.voided("void"),
            ]
        }
    }

    private static var open: [EventDraft] {
        get throws {
            try [TradeEvents.opened("open", fillID: "f1"), TradeEvents.increased("open", price: "12", fillID: "f2")]
        }
    }

    /// Every rule about recorded events, for trades that are not in memory.
    private func checkOldEvents(_ ledger: inout KeptLedger<PosixStorage>) throws {
        let ids = ledger.send(try Self.old + Self.open)
        #expect(ids.prefix(4) == ["duplicate 1", "duplicate 2", "duplicate 3", "duplicate 4"])
        #expect(ids.suffix(2) == ["duplicate 6", "duplicate 7"])
        let conflicts = try [
            TradeEvents.opened("new", eventID: Self.firstID),
            TradeEvents.increased("old", amount: "9", fillID: "f2"),
            TradeEvents.increased("open", amount: "9", fillID: "f1"),
        ]
        #expect(ledger.send(conflicts) == conflicts.map { _ in "event_id_conflict" })
        #expect(ledger.send([try TradeEvents.opened("old", price: "3")]) == ["trade_exists"])
        #expect(ledger.send([try TradeEvents.reduced("old", fillID: "f9")]) == ["trade_closed"])
        #expect(ledger.send([try TradeEvents.annotated("void", "late")]) == ["trade_voided"])
        #expect(ledger.send([try TradeEvents.annotated("nobody", "late")]) == ["unknown_trade"])
    }

    @Test func `knows every earlier event and trade`() throws {
        var ledger = try Self.aged()
        #expect(!ledger.runs.isEmpty && (1...2).contains(ledger.snapshots.count))
        try checkOldEvents(&ledger)
        let (open, old) = (try ledger.openTrades(), try ledger.trade("old"))
        #expect(old?.status == .closed && old?.eventCount == 3)
        for _ in 0..<2 {
            ledger.kill()
            try ledger.open()
            #expect(try ledger.openTrades() == open)
            #expect(try ledger.trade("old") == old)
            try checkOldEvents(&ledger)
        }
        // A late fee and a void, years later, and both again.
        let fee = try EventDraft(eventID: EventID(high: 5, low: 5), body: TradeEvents.adjusted("old", "-0.5").body)
        let outcome = ledger.send([fee])
        #expect(outcome == ["appended \(ledger.durableSequence)"])
        #expect(try ledger.trade("old")?.eventCount == 4)
        try ledger.fill(segmentCount: 3, prefix: "more")
        try ledger.maintain()
        ledger.kill()
        try ledger.open()
        #expect(ledger.send([fee]) == ["duplicate \(outcome[0].split(separator: " ")[1])"])
        #expect(try ledger.trade("old")?.eventCount == 4)
        #expect(ledger.send([try TradeEvents.voided("old")])[0].hasPrefix("appended"))
        #expect(ledger.send([try TradeEvents.adjusted("old", "-1")]) == ["trade_voided"])
    }

    @Test func `reads only the segments after it`() throws {
        var ledger = try KeptLedger(CountingStorage.init)
        try ledger.fill(segmentCount: 20)
        try ledger.maintain()
        try ledger.close()
        let storage = CountingStorage(ledger.directory)
        _ = try LogReplay(storage, clock: ManualClock().clock)
        // Of the others at most the header is read, to check that runs and snapshots belong to them.
        let segments = ledger.directory.segments
        let read = segments.filter { storage.byteCounts[$0] ?? 0 > 4 * FileHeader.byteCount }
        #expect(segments.count >= 20)
        #expect(read.count <= 2 && segments.suffix(2).contains(read.last ?? ""))
    }

    /// A UUIDv7 of a producer, in a millisecond of its own.
    private static func producersID(_ millisecond: Int64) -> EventID {
        let time = Timestamp(microsecondsSince1970: 1_750_000_000_000_000 + millisecond * 1000)
        return EventID.version7(at: time, random: (UInt64(millisecond), 0x1234_5678_9ABC))
    }

    @Test func `queries no run for a new event, and one run at most for an old one`() throws {
        var ledger = try KeptLedger(CountingStorage.init)
        var millisecond: Int64 = 0
        for index in 0..<1000 {
            for draft in try [TradeEvents.opened("a \(index)"), TradeEvents.closed("a \(index)")] {
                millisecond += 1
                ledger.send([EventDraft(eventID: Self.producersID(millisecond), body: draft.body)])
            }
            try ledger.maintain()
        }
        ledger.send([try TradeEvents.opened("adopts the runs")])
        let covered = ledger.coveredSequence
        #expect(ledger.runs.count >= 3 && covered > 1000)
        func readCount() -> Int { ledger.storage.byteCounts.filter { $0.key.hasSuffix(".run") }.values.reduce(0, +) }
        let before = readCount()
        // New ids of a producer, and new events without ids, of new trades: no filter of a run lets these pass.
        for index in 0..<20 {
            millisecond += 1
            let open = try TradeEvents.opened("new \(index)")
            let id = index.isMultiple(of: 2) ? Self.producersID(millisecond) : nil
            #expect(ledger.send([EventDraft(eventID: id, body: open.body)])[0].hasPrefix("appended"))
            #expect(ledger.send([try TradeEvents.closed("new \(index)")])[0].hasPrefix("appended"))
        }
        #expect(readCount() == before)
        let old = EventDraft(eventID: Self.producersID(1), body: try TradeEvents.opened("a 0").body)
        #expect(ledger.send([old]) == ["duplicate 1"])
        #expect(readCount() > before)
    }

    @Test func `keeps the ids that the ledger must not derive`() throws {
        var ledger = try Self.aged()
        let last = ledger.durableSequence
        // The clock of this ledger stands still, so each id would be derived when its sequence comes.
        let ids = DerivedEventIDs(of: EventID(high: 1, low: 2))
        let time = ManualClock().clock.now()
        let reserved = try (5..<1000).filter { $0.isMultiple(of: 5) }.map { number in
            try #require(ids.id(at: last + 500 + UInt64(number), recordedAt: time))
        }
        let drafts = try reserved.map { EventDraft(eventID: $0, body: try TradeEvents.annotated("open", "x").body) }
        #expect(ledger.send(drafts).allSatisfy { $0.hasPrefix("appended") })
        try ledger.fill(segmentCount: 6, prefix: "more")
        try ledger.maintain()
        let (storage, name) = (ledger.storage, try #require(ledger.snapshots.last))
        let sequence = try #require(SnapshotFile(fileName: name))
        let snapshot = sequence.read(storage, try SegmentCatalog(storage), of: EventID(high: 1, low: 2))
        #expect(snapshot?.reservedIDs == reserved.filter { ids.sequence(of: $0) ?? 0 > sequence.sequence })
        #expect(snapshot?.reservedIDs.isEmpty == false)
        ledger.kill()
        try ledger.open()
        try ledger.fill(segmentCount: 9, prefix: "last")
        try ledger.close()
        let events = try LedgerReader(opening: ledger.directory.path).all()
        #expect(events.count > Int(last) + 1500)
        #expect(Set(events.map(\.eventID)).count == events.count)
        #expect(events.suffix(from: Int(last) + 500).contains { $0.idOrigin == .stored && $0.body.type == .closed })
    }

    @Test func `holds in memory only what no run covers`() throws {
        var ledger = try KeptLedger(Self.posix)
        var slotCounts: [Int] = []
        for round in 0..<12 {
            try ledger.fill(segmentCount: 3, prefix: "round \(round)")
            try ledger.maintain()
            ledger.send([try TradeEvents.annotated("nobody", "adopts the runs")])
            #expect(ledger.coveredSequence > 0)
            slotCounts.append(ledger.identitySlotCount)
        }
        // All events would need twelve times as much.
        #expect(slotCounts[11] <= 2 * slotCounts[1])
        #expect(ledger.runs.count <= 9)
        #expect(ledger.snapshots.count <= 2)
    }

    @Test func `falls back to the files that are left`() throws {
        var ledger = try Self.aged()
        let open = try ledger.openTrades()
        let names = ledger.runs + ledger.snapshots
        ledger.kill()
        for name in names {
            let file = ledger.directory.damaged(name)
            let bytes = try file.bytes()
            let corruptions: [() throws -> Void] = [
                { try file.remove() },
                { try file.flipBit(at: 30) },
                { try file.truncate(to: bytes.count / 2) },
                { try file.replace([]) },
            ]
            for corruption in corruptions {
                let copy = try ledger.directory.copy()
                try corruption()
                try ledger.open()
                #expect(try ledger.openTrades() == open)
                try checkOldEvents(&ledger)
                // Maintenance recreates the missing files.
                try ledger.maintain()
                #expect(ledger.snapshots.contains { $0 == names.last } || !ledger.snapshots.isEmpty)
                ledger.kill()
                for other in ledger.directory.files { try ledger.directory.damaged(other).remove() }
                for (other, contents) in try copy.contents() { try ledger.directory.damaged(other).replace(contents) }
            }
        }
    }

    @Test func `accepts no run or snapshot of another log`() throws {
        var other = try KeptLedger(Self.posix)
        try other.fill(segmentCount: 9, prefix: "another")
        try other.maintain()
        // The same ledger, which has diverged since, like a restored backup.
        var ledger = try Self.aged()
        let open = try ledger.openTrades()
        ledger.kill()
        for name in ledger.runs + ledger.snapshots { try ledger.directory.damaged(name).remove() }
        for name in other.runs + other.snapshots {
            try ledger.directory.damaged(name).replace(try other.directory.damaged(name).bytes())
        }
        try ledger.open()
        #expect(try ledger.openTrades() == open)
        try checkOldEvents(&ledger)
        #expect(!ledger.send([try TradeEvents.opened("another 0")])[0].hasPrefix("duplicate"))
    }

    @Test func `works although an old segment is damaged, and fails only requests that need it`() throws {
        var ledger = try Self.aged()
        ledger.kill()
        try ledger.directory.damaged(ledger.directory.segments[0]).flipBit(at: 300)
        try ledger.open()
        let retry = ledger.send([try Self.old[0]])[0]
        #expect(retry.contains("damaged") || retry.contains(ledger.directory.segments[0]))
        #expect(ledger.send([try TradeEvents.opened("new")])[0].hasPrefix("appended"))
        #expect(ledger.send([try TradeEvents.increased("open", fillID: "f7")])[0].hasPrefix("appended"))
        try ledger.close()
        try ledger.open()
        #expect(ledger.send([try TradeEvents.closed("new")])[0].hasPrefix("appended"))
    }

    @Test func `fails one request if the entries of a run are damaged`() throws {
        var ledger = try Self.aged()
        ledger.kill()
        let name = try #require(ledger.runs.first)
        let file = ledger.directory.damaged(name)
        let runName = try #require(IndexRunName(fileName: name))
        let run = try #require(try IndexRun(ledger.storage, runName, of: EventID(high: 1, low: 2)))
        for offset in stride(from: run.header.headRange.upperBound, to: run.header.fileByteCount, by: 100) {
            try file.flipBit(at: offset)
        }
        try ledger.open()
        let outcome = ledger.send([try Self.old[0]])[0]
        #expect(outcome.contains(name) && outcome.contains("remove that file"))
        // For an open trade, and without an event id, the ledger reads no run.
        let note = EventDraft(eventID: nil, body: try TradeEvents.annotated("open", "still here").body)
        #expect(ledger.send([note])[0].hasPrefix("appended"))
        ledger.kill()
        try file.remove()
        try ledger.open()
        try checkOldEvents(&ledger)
    }

    @Test func `finds all events of an old trade without reading the log`() throws {
        var ledger = try Self.aged(segmentCount: 20)
        ledger.send([try TradeEvents.adjusted("old", "-0.5")])
        try ledger.close()
        let storage = CountingStorage(ledger.directory)
        let reader = try LogReader(storage)
        let durable = try reader.durableSequence()
        let events = try reader.events(ofTrade: Array("old".utf8), upTo: durable)
        #expect(events.map(\.sequence) == [1, 2, 3, durable])
        #expect(try reader.events(ofTrade: Array("nobody".utf8), upTo: durable).isEmpty)
        let read = ledger.directory.segments.filter { storage.byteCounts[$0] ?? 0 > 4 * FileHeader.byteCount }
        #expect(read.count <= 4)
        // And without any run.
        for name in ledger.runs { try ledger.directory.damaged(name).remove() }
        #expect(try reader.events(ofTrade: Array("old".utf8), upTo: durable) == events)
        var follower = try TradeFollower(continuing: reader)
        while try follower.next(upTo: durable) != nil {}
        #expect(follower.folding.openCount == 1)
    }

    @Test func `finds how many events of finished segments have no index run yet`() throws {
        var ledger = try KeptLedger { PosixStorage(directory: $0.path) }
        try ledger.fill(segmentCount: 4)
        let reader = try LogReader(ledger.storage)
        let finished = try SegmentCatalog(ledger.storage).last.firstSequence - 1
        #expect(try reader.maintenanceLag() == finished && finished > 4)
        try ledger.maintain()
        #expect(try reader.maintenanceLag() == 0)
        for name in ledger.runs.dropFirst() { try ledger.directory.damaged(name).remove() }
        let first = try #require(IndexRunName(fileName: ledger.runs[0]))
        #expect(try reader.maintenanceLag() == finished - first.sequences.upperBound)
    }

    @Test func `undoes a batch, including fills of trades that it closed`() throws {
        let directory = try TemporaryDirectory.withLedger()
        let ledger = try Ledger(opening: directory.path, configuration: neverIdle)
        _ = try ledger.append(batch: [TradeEvents.opened("t", fillID: "f1"), TradeEvents.increased("t", fillID: "f2")])
        #expect(throws: AppendError.self) {
            _ = try ledger.append(batch: [
                TradeEvents.increased("t", fillID: "f3"), TradeEvents.closed("t", fillID: "f4"),
                TradeEvents.opened("u", fillID: "f1"), TradeEvents.opened("u"),
            ])
        }
        #expect(try ledger.append(try TradeEvents.increased("t", fillID: "f2")).status == .duplicate)
        #expect(try ledger.append(try TradeEvents.increased("t", fillID: "f3")).status == .appended)
        #expect(try ledger.append(try TradeEvents.opened("u", fillID: "f1")).status == .appended)
        ledger.close()
    }
}
