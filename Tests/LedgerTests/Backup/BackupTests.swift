import LedgerTestSupport
import Testing
import TradeModel

@testable import Ledger

@Suite struct `A backup` {
    private let log: LogOfSegments
    /// The segments before anything is appended.
    private let names: [String]
    private let backup = TemporaryDirectory()
    private var source: TemporaryDirectory { log.directory }

    init() throws {
        log = try LogOfSegments(eventCount: 1000)
        names = log.names
    }

    @discardableResult
    private func backUp(_ directory: TemporaryDirectory? = nil) throws(LedgerError) -> BackupReport {
        try LedgerBackup(of: (directory ?? source).path, in: backup.path).run()
    }

    private func restore() throws -> TemporaryDirectory {
        let directory = TemporaryDirectory()
        _ = try LedgerRestore(from: backup.path, to: directory.path).run(configuration: smallSegments)
        return directory
    }

    /// The content of a ledger that was restored from the backup.
    private func restoredEvents() throws -> [Event] {
        let directory = try restore()
        return try withExtendedLifetime(directory) { try LedgerReader(opening: directory.path).all() }
    }

    private func append(_ count: Int, as seed: Int = 8, to directory: TemporaryDirectory? = nil) throws {
        let ledger = try Ledger(opening: (directory ?? source).path, configuration: smallSegments)
        for first in stride(from: 0, to: count, by: 50) {
            let batch = try (first..<min(count, first + 50)).map { try TradeEvents.opened("later-\(seed)-\($0)") }
            _ = try ledger.append(batch: batch)
        }
        ledger.close()
    }

    @Test func `is a ledger with the same events, without derived files`() throws {
        let report = try backUp()
        #expect(report.sequence == 1000 && report.copied.eventCount == 1000 && report.present.eventCount == 0)
        #expect(report.copied.fileCount == names.count + 1)
        #expect(try LedgerReader(opening: backup.path).all() == LedgerReader(opening: source.path).all())
        #expect(Set(backup.files) == Set(names + ["backup", "durable", "lock", "rejected.log"]))
        #expect(try LedgerRepair(of: backup.path).corruptions() == [])
        // Zeros follow the last event.
        let last = try #require(names.last)
        #expect(try backup.damaged(last).bytes().count < source.damaged(last).bytes().count)
    }

    @Test func `copies only new events the next time`() throws {
        try backUp()
        let again = try backUp()
        #expect(again.copied.fileCount == 0 && again.copied.eventCount == 0)
        #expect(again.present.fileCount == names.count + 1 && again.present.eventCount == 1000)
        try append(900)
        let report = try backUp()
        let segmentCount = source.segments.count
        #expect(segmentCount > names.count)
        #expect(report.sequence == 1900 && report.copied.eventCount == 900 && report.present.eventCount == 1000)
        // The previous last segment has grown to its end; all earlier ones are there.
        #expect(report.copied.fileCount == segmentCount - names.count + 1)
        #expect(report.present.fileCount == names.count)
        #expect(try LedgerReader(opening: backup.path).all() == LedgerReader(opening: source.path).all())
    }

    @Test func `has the rejected events too`() throws {
        try backUp()
        let ledger = try Ledger(opening: source.path, configuration: smallSegments)
        #expect(throws: AppendError.self) { _ = try ledger.append(try TradeEvents.closed("nobody")) }
        ledger.close()
        #expect(try backUp().copied.fileCount == 1)
        var lines = 0
        let restored = try restore()
        try LedgerReader(opening: restored.path).rejectedEvents { _ in lines += 1 }
        #expect(lines == 1)
    }

    @Test func `of a ledger without events can be restored and grows with it`() throws {
        let empty = try TemporaryDirectory.withLedger()
        #expect(try backUp(empty).sequence == 0)
        #expect(try restoredEvents() == [])
        try append(3, to: empty)
        #expect(try backUp(empty).sequence == 3)
        #expect(try restoredEvents() == LedgerReader(opening: empty.path).all())
    }

    @Test func `is restored to a ledger that accepts events`() throws {
        try backUp()
        let restored = try restore()
        #expect(try LedgerRepair(of: restored.path).corruptions() == [])
        #expect(Set(restored.files) == Set(names + ["durable", "lock", "rejected.log", "spare.segment"]))
        try append(1, to: restored)
        let events = try LedgerReader(opening: restored.path).all()
        #expect(try Array(events.prefix(1000)) == LedgerReader(opening: source.path).all() && events.count == 1001)
    }

    @Test func `accepts no events and no repair, and says what to do`() throws {
        try backUp()
        let before = try backup.contents()
        let error = try #require(refusal(backup))
        #expect(error.code == .invalidRequest && error.remedy.contains("tradeledger restore"))
        #expect(throws: LedgerError.self) { _ = try Ledger.create(in: backup.path) }
        try backup.damaged("durable").remove()
        #expect(throws: LedgerError.self) {
            var repair = LedgerRepair(of: backup.path)
            _ = try repair.mend()
        }
        try backUp()
        #expect(try backup.contents().filter { $0.key != "backup" } == before.filter { $0.key != "backup" })
    }

    @Test func `refuses a directory that holds something else`() throws {
        let other = try TemporaryDirectory.withLedger()
        let before = try other.contents()
        let full = try #require(throws: LedgerError.self) {
            _ = try LedgerBackup(of: source.path, in: other.path).run()
        }
        #expect(full.code == .invalidRequest && full.message.contains("is not a backup"))
        #expect(try other.contents() == before)
        try backUp()
        let foreign = try #require(throws: LedgerError.self) { try backUp(other) }
        #expect(foreign.code == .invalidRequest && foreign.message.contains("another ledger"))
    }

    @Test func `refuses a ledger that was rolled back, and one that has diverged`() throws {
        let old = try source.copy()
        try append(10)
        try backUp()
        let before = try backup.contents()
        let behind = try #require(throws: LedgerError.self) { try backUp(old) }
        #expect(behind.code == .diverged && behind.message.contains("more events"))
        try append(20, as: 9, to: old)
        let fork = try #require(throws: LedgerError.self) { try backUp(old) }
        #expect(fork.code == .diverged && fork.message.contains("other events"))
        #expect(try backup.contents() == before)
    }

    @Test func `names the damaged file of the ledger, and does not change the backup`() throws {
        try backUp()
        let kept = try backup.contents()
        try append(900)
        let name = names[names.count - 1]
        let frame = try #require(try source.frames(of: name).last)
        try source.damaged(name).flipBit(at: frame.offset + 60)
        let error = try #require(throws: LedgerError.self) { try backUp() }
        #expect(error.code == .damaged && error.message.contains("\(source.path)/\(name)"))
        #expect(try backup.contents().filter { kept[$0.key] != nil } == kept)
        #expect(try LedgerReader(opening: backup.path).all().count == 1000)
    }

    @Test func `continues an interrupted run`() throws {
        try backUp()
        let before = try backup.contents()
        try append(900)
        try backUp()
        // The marker of the first run, and half a copy.
        for name in ["backup", "durable"] { try backup.damaged(name).replace(try #require(before[name])) }
        try backup.damaged("copying.tmp").replace([1, 2, 3])
        #expect(try backUp().sequence == 1900)
        #expect(try restoredEvents() == LedgerReader(opening: source.path).all())
    }

    @Test func `continues a run that was interrupted between a sealed segment and its plain copy`() throws {
        // Up to the last event before a segment is finished: its copy lacks the frame that finishing adds.
        let segmentCount = { source.files.count { $0.hasSuffix(".segment") && !$0.hasPrefix("spare") } }
        let count = segmentCount()
        var before: [String: [UInt8]] = [:]
        var seed = 100
        while segmentCount() == count {
            try backUp()
            before = try backup.contents()
            try append(1, as: seed)
            seed += 1
        }
        try append(900)
        try source.seal()
        let plain = try #require(before.keys.filter { $0.hasSuffix(".segment") }.max())
        let sealed = plain.replacing(".segment", with: ".sealed")
        try #require(source.files.contains(sealed))
        for name in try backup.contents().keys where before[name] == nil { try backup.damaged(name).remove() }
        for (name, bytes) in before { try backup.damaged(name).replace(bytes) }
        try backup.damaged(sealed).replace(source.damaged(sealed).bytes())
        try backUp()
        #expect(!backup.files.contains(plain))
        #expect(try restoredEvents() == LedgerReader(opening: source.path).all())
    }

    @Test func `does not trust files after its marker`() throws {
        let other = try source.copy()
        try backUp()
        let marker = try backup.damaged("backup").bytes()
        try append(600)
        try backUp()
        try backup.damaged("backup").replace(marker)
        // The same length, with another history after event 1,000.
        try append(600, as: 9, to: other)
        #expect(try backUp(other).sequence == 1600)
        #expect(try restoredEvents() == LedgerReader(opening: other.path).all())
    }

    @Test func `is not restored if it is damaged, and the file and offset are named`() throws {
        try backUp()
        let pristine = try backup.contents()
        for (name, offset) in [(names[0], 200), (names[1], 70), ("backup", 40), ("rejected.log", 20)] {
            try backup.damaged(name).flipBit(at: offset)
            let target = TemporaryDirectory()
            let error = try #require(throws: LedgerError.self) {
                _ = try LedgerRestore(from: backup.path, to: target.path).run(configuration: smallSegments)
            }
            #expect(error.code == .damaged && error.message.contains("\(backup.path)/\(name) at offset"), "\(error)")
            #expect(refusal(target)?.code == .notALedger)
            try backup.damaged(name).replace(try #require(pristine[name]))
        }
        try backup.damaged(names[0]).remove()
        #expect(throws: LedgerError.self) { _ = try restore() }
    }

    @Test func `is restored over the files of an interrupted restore, but not over others`() throws {
        try backUp()
        let target = TemporaryDirectory()
        try target.damaged("note.txt").replace([1])
        let restore = LedgerRestore(from: backup.path, to: target.path)
        let error = try #require(throws: LedgerError.self) { _ = try restore.run(configuration: smallSegments) }
        #expect(error.code == .invalidRequest && error.message.contains("note.txt"))
        try target.damaged("note.txt").rename(to: "restoring")
        try target.damaged(SegmentName(firstSequence: 77).fileName).replace([1, 2, 3])
        #expect(refusal(target)?.message.contains("is incomplete: a restore") == true)
        #expect(throws: LedgerError.self) { _ = try LedgerReader(opening: target.path) }
        #expect(throws: LedgerError.self) { _ = try Ledger.create(in: target.path) }
        #expect(try restore.run(configuration: smallSegments).sequence == 1000)
        #expect(try LedgerReader(opening: target.path).all() == LedgerReader(opening: source.path).all())
    }
}
