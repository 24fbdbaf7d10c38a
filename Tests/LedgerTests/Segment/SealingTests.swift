import Glibc
import LedgerTestSupport
import Testing
import TradeModel

@testable import Ledger

@Suite struct Sealing {
    @Test func `keeps every event, the root, and the audit`() throws {
        let log = try SealedLog()
        let reader = try LedgerReader(opening: log.directory.path)
        #expect(try reader.all() == log.events)
        let audit = try reader.log.audit { (_) throws(LedgerError) in }
        #expect(audit.eventCount == UInt64(log.events.count) && audit.segmentCount == log.directory.segments.count)
        #expect(try reader.segmentCount() == log.directory.segments.count)
        #expect(try reader.sealedSegmentCount() == log.directory.sealedSegments.count)
        #expect(try LedgerRepair(of: log.directory.path).corruptions() == [])
    }

    @Test func `returns exactly the bytes of the plain segment, for every range`() throws {
        let log = try SealedLog()
        var random = SeededGenerator(seed: 5)
        for name in log.directory.sealedSegments {
            let segment = try #require(SegmentName(fileName: name))
            let plain = try #require(log.plain[segment.fileName])
            var image = try SegmentImage(PosixStorage(directory: log.directory.path), segment)
            let byteCount = image.byteCount
            #expect(plain[byteCount...].allSatisfy { $0 == 0 })
            for _ in 0..<20 {
                let start = Int(random.next(below: UInt64(byteCount)))
                let end = start + Int(random.next(below: UInt64(20_000)))
                let bytes = try image.bytes(start..<end)
                #expect(bytes == Array(plain[start..<min(end, byteCount)]))
            }
        }
    }

    @Test func `lets reading begin at every event, and continue with new events`() throws {
        let log = try SealedLog()
        let ledger = try Ledger(opening: log.directory.path, configuration: smallSegments)
        let receipt = try ledger.append(try TradeEvents.opened("after"))
        #expect(receipt.sequence == UInt64(log.events.count) + 1)
        let retry = log.events[3]
        #expect(try ledger.append(EventDraft(eventID: retry.eventID, body: retry.body)).sequence == 4)
        ledger.close()
        let reader = try LedgerReader(opening: log.directory.path)
        for event in log.events where event.sequence.isMultiple(of: 41) {
            var stream = try reader.events(from: event.sequence)
            #expect(try stream.next() == event)
        }
    }

    /// The thread that seals has the lowest priority, so on a busy machine it takes its time; a hang ends the test.
    @Test(.timeLimit(.minutes(10))) func `happens while a ledger is open`() throws {
        let directory = try TemporaryDirectory.withLedger()
        let configuration = LedgerConfiguration(segmentByteCount: 64 << 10)
        let ledger = try Ledger(opening: directory.path, configuration: configuration)
        var generator = EventGenerator(seed: 11)
        while directory.sealedSegments.isEmpty {
            let lines = (0..<100).map { _ in EventLine(Array(generator.nextLine().utf8)) }
            for outcome in ledger.append(lines: lines) { _ = try outcome.get() }
        }
        #expect(ledger.backgroundFault == nil)
        ledger.close()
        let reader = try LedgerReader(opening: directory.path)
        #expect(try reader.all().count == Int(try reader.durableSequence()))
    }

    @Test func `does not disturb readers`() throws {
        let log = try LogOfSegments()
        let path = log.directory.path
        let failures = Lock<[String]>([])
        for _ in 0..<8 {
            let isSealed = Lock(false)
            onThreads(3) { thread in
                do {
                    if thread == 0 {
                        defer { isSealed.withLock { $0 = true } }
                        try log.directory.seal()
                        return
                    }
                    repeat {
                        let count = try LedgerReader(opening: path).all().count
                        if count != Int(log.eventCount) { failures.withLock { $0.append("\(count) events") } }
                        _ = try LogReader(PosixStorage(directory: path)).audit { (_) throws(LedgerError) in }
                    } while !isSealed.withLock { $0 }
                } catch {
                    failures.withLock { $0.append("\(error)") }
                }
            }
            // Only this test calls this, so there is no reader meanwhile.
            try log.directory.unseal()
        }
        #expect(failures.withLock { $0 } == [])
    }

    @Test func `removes a plain segment that a crash left, once the sealed one is verified`() throws {
        let log = try SealedLog()
        let name = SegmentName(firstSequence: 1)
        try log.directory.damaged(name.fileName(.plain)).replace(try #require(log.plain[name.fileName]))
        #expect(try LedgerRepair(of: log.directory.path).corruptions() == [])
        try log.directory.seal()
        #expect(!log.directory.files.contains(name.fileName(.plain)))
        #expect(try LedgerReader(opening: log.directory.path).all() == log.events)
    }

    @Test func `rewrites a wrong sealed segment beside the plain one`() throws {
        let log = try SealedLog()
        let name = SegmentName(firstSequence: 1)
        let sealed = try log.directory.damaged(name.fileName(.sealed)).bytes()
        for offset in [0, 20, 112, 400, sealed.count - 150, sealed.count - 1] {
            try log.directory.damaged(name.fileName(.plain)).replace(try #require(log.plain[name.fileName]))
            try log.directory.damaged(name.fileName(.sealed)).flipBit(at: offset)
            try log.directory.seal()
            #expect(!log.directory.files.contains(name.fileName(.plain)))
            #expect(try log.directory.damaged(name.fileName(.sealed)).bytes() == sealed)
        }
    }

    @Test func `does not seal a damaged segment, says so, and seals the others`() throws {
        let log = try LogOfSegments()
        let name = log.names[1]
        try log.directory.damaged(name).flipBit(at: 2000)
        let bytes = try log.directory.damaged(name).bytes()
        let fault = #expect(throws: LedgerError.self) { try log.directory.seal() }
        #expect(fault?.code == .damaged && fault?.message.contains(name) == true)
        #expect(log.directory.segments.contains(name) && log.directory.sealedSegments.count == log.names.count - 2)
        #expect(try log.directory.damaged(name).bytes() == bytes)
    }

    @Test(arguments: [ENOSPC, EIO])
    func `is abandoned if the directory cannot be flushed, and retried`(number: Int32) throws {
        let log = try LogOfSegments()
        let storage = RefusingStorage(log.directory)
        storage.refuse(.synchronizeDirectory, .error(number))
        var sealer = Sealer(storage, blockByteCount: 4096)
        while sealer.step(begunCount: 0) {}
        #expect(log.names.allSatisfy { log.directory.files.contains($0) })
        let fault = sealer.fault
        #expect((fault == nil) == (number == ENOSPC))
        storage.permit(.synchronizeDirectory)
        let hasMore = sealer.step(begunCount: 0)
        #expect(!hasMore)
        while sealer.step(begunCount: 1) {}
        let later = sealer.fault
        #expect(later == nil && log.directory.sealedSegments.count == log.directory.segments.count - 1)
        #expect(try LedgerReader(opening: log.directory.path).all().count == Int(log.eventCount))
    }

    @Test func `seals no segment twice if another begins meanwhile`() throws {
        let log = try LogOfSegments()
        var sealer = Sealer(PosixStorage(directory: log.directory.path), blockByteCount: 4096)
        let hasBegun = sealer.step(begunCount: 0)
        #expect(hasBegun)
        while sealer.step(begunCount: 1) {}
        let fault = sealer.fault
        #expect(fault == nil && log.directory.sealedSegments.count == log.directory.segments.count - 1)
    }

    @Test func `finds the last event of a time before a block without events`() throws {
        let directory = try TemporaryDirectory.withLedger()
        var generator = EventGenerator(seed: 3)
        while directory.segments.count < 2 {
            let ledger = try Ledger(opening: directory.path, configuration: smallSegments)
            let lines = (0..<50).map { _ in EventLine(Array(generator.nextLine().utf8)) }
            for outcome in ledger.append(lines: lines) { _ = try outcome.get() }
            // Ends with a frame without events.
            ledger.close()
        }
        let reader = try LogReader(PosixStorage(directory: directory.path))
        let events = try LedgerReader(opening: directory.path).all()
        // Each frame is a block.
        try directory.seal(blockByteCount: 1)
        for (event, next) in zip(events, events.dropFirst()) where event.recordedAt < next.recordedAt {
            let found = try reader.lastSequence(recordedUpTo: event.recordedAt, durable: UInt64(events.count))
            #expect(found == event.sequence)
        }
    }

    @Test func `finds the last event of a time as a full scan does`() throws {
        let log = try SealedLog()
        let reader = try LogReader(PosixStorage(directory: log.directory.path))
        let durable = try reader.durableSequence()
        let times = log.events.map(\.recordedAt)
        for (index, time) in times.enumerated() where index.isMultiple(of: 97) {
            let expected = times.lastIndex { $0 <= time }.map { UInt64($0 + 1) }
            let found = try reader.lastSequence(recordedUpTo: time, durable: durable)
            #expect(found == expected, "of event \(index + 1), recorded at \(time)")
        }
        let before = Timestamp(microsecondsSince1970: times[0].microsecondsSince1970 - 1)
        #expect(try reader.lastSequence(recordedUpTo: before, durable: durable) == 0)
        let after = Timestamp(microsecondsSince1970: times[times.count - 1].microsecondsSince1970 + 1)
        #expect(try reader.lastSequence(recordedUpTo: after, durable: durable) == durable)
    }
}

extension TemporaryDirectory {
    /// Makes the sealed segments plain again, as a reader may find them: first the plain file, then no sealed one.
    fileprivate func unseal() throws {
        for name in sealedSegments {
            let plainName = try #require(SegmentName(fileName: name)).fileName
            var image = try SegmentImage(PosixStorage(directory: path), fileName: name)
            try damaged("unsealed").replace(try image.bytes(0..<image.byteCount))
            try damaged("unsealed").rename(to: plainName)
            try damaged(name).remove()
        }
    }
}
