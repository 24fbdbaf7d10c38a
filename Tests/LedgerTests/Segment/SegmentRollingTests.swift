import LedgerTestSupport
import Testing
import TradeModel

@testable import Ledger

@Suite struct `Segment rolling` {
    @Test func `events that span many segments are read in order`() throws {
        let log = try LogOfSegments()
        #expect(log.names.count >= 5)
        let events = try LedgerReader(opening: log.directory.path).all()
        #expect(events.map(\.sequence) == Array(1...log.eventCount))
    }

    @Test func `reopening a ledger after every few events changes nothing`() throws {
        let directory = try TemporaryDirectory.withLedger()
        var generator = EventGenerator(seed: 3)
        var lines: [[UInt8]] = []
        for round in 0..<50 {
            let ledger = try Ledger(opening: directory.path, configuration: smallSegments)
            #expect(try ledger.durableSequence == UInt64(round * 30))
            let some = (0..<30).map { _ in Array(generator.nextLine().utf8) }
            lines += some
            for outcome in ledger.append(lines: some.map { EventLine($0) }) { _ = try outcome.get() }
            ledger.close()
        }
        #expect(directory.segments.count >= 3)
        let bodies = try LedgerReader(opening: directory.path).all().map(\.body)
        #expect(bodies == (try lines.map { try EventJSON.decode(line: $0).body }))
    }

    @Test(arguments: ["spare.tmp", "spare.segment"], [0, 100, 64 << 10])
    func `a spare segment that a crash left is harmless`(name: String, byteCount: Int) throws {
        let directory = try TemporaryDirectory.withLedger()
        for _ in 0..<4 {
            try directory.damaged(name).replace([UInt8](repeating: 0, count: byteCount))
            let ledger = try Ledger(opening: directory.path, configuration: smallSegments)
            try fillSegment(of: ledger)
            ledger.close()
        }
        #expect(directory.segments.count >= 4)
        let reader = try LedgerReader(opening: directory.path)
        #expect(try reader.all().count == Int(try reader.durableSequence()))
    }

    @Test func `a spare segment that got its header before a crash becomes the next segment`() throws {
        let directory = try TemporaryDirectory.withLedger()
        let head = try directory.damaged(directory.segments[0]).bytes().prefix(FileHeader.byteCount)
        try directory.damaged("spare.segment").overwrite(Array(head), at: 0)
        let ledger = try Ledger(opening: directory.path, configuration: smallSegments)
        try fillSegment(of: ledger)
        ledger.close()
        #expect(directory.segments.count >= 2)
        #expect(refusal(directory) == nil)
    }

    @Test func `a segment that a crash left without events is continued`() throws {
        let directory = try TemporaryDirectory.withLedger()
        let ledger = try Ledger(opening: directory.path, configuration: smallSegments)
        try fillSegment(of: ledger)
        ledger.close()
        let last = try #require(directory.segments.last)
        let first = try #require(SegmentName(fileName: last)).firstSequence
        try directory.damaged(last).zero(FileHeader.byteCount..<(64 << 10))
        try directory.damaged(DurableWatermark.fileName).replace(DurableWatermark.encode(first - 1))
        let reopened = try Ledger(opening: directory.path, configuration: smallSegments)
        #expect(try reopened.append(try TradeEvents.opened("next")).sequence == first)
        reopened.close()
        #expect(try LedgerReader(opening: directory.path).durableSequence() == first)
    }

    @Test func `another segment size takes effect with the next segment`() throws {
        let directory = try TemporaryDirectory.withLedger()
        let configuration = LedgerConfiguration(segmentByteCount: 128 << 10)
        let ledger = try Ledger(opening: directory.path, configuration: configuration)
        try fillSegment(of: ledger)
        try fillSegment(of: ledger)
        ledger.close()
        let last = try #require(directory.segments.last)
        #expect(try directory.damaged(last).bytes().count == 128 << 10)
        #expect(refusal(directory) == nil)
    }

    @Test func `a batch of the largest size is accepted and a larger one is refused`() throws {
        let directory = try TemporaryDirectory.withLedger()
        let ledger = try Ledger(opening: directory.path, configuration: smallSegments)
        _ = try ledger.append(try TradeEvents.opened("t"))
        let remark = String(repeating: "r", count: 900)
        let one = try TradeEvents.annotated("t", remark)
        let count = smallSegments.framePayloadByteCountMax / EventRecord.framedByteCount(one.body, .stored)
        let batch = [EventDraft](repeating: one, count: count)
        #expect(try ledger.append(batch: batch).map(\.sequence) == Array(2...UInt64(count + 1)))
        let error = #expect(throws: AppendError.self) { _ = try ledger.append(batch: batch + [one]) }
        guard case .failed(let reason) = error else {
            Issue.record("\(String(describing: error)) is no failure")
            return
        }
        #expect(reason.code == .invalidRequest)
        #expect(try ledger.append(one).sequence == UInt64(count + 2))
        ledger.close()
        #expect(refusal(directory) == nil)
    }

    /// Appends until another segment has begun.
    private func fillSegment(of ledger: Ledger) throws {
        let id = "t\(try ledger.durableSequence)"
        _ = try ledger.append(try TradeEvents.opened(id))
        let remark = String(repeating: "r", count: 900)
        let batch = try (0..<35).map { try TradeEvents.annotated(id, remark + String($0)) }
        for _ in 0..<2 { _ = try ledger.append(batch: batch) }
    }
}
