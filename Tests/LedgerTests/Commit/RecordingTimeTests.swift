import LedgerTestSupport
import Testing
import TradeModel

@testable import Ledger

@Suite struct `The time at which an event is recorded` {
    private static let pastYear9999 = Timestamp(microsecondsSince1970: Timestamp.max.microsecondsSince1970 + 1)

    @Test func `is in the years 1970 to 9999, or the event is not accepted`() throws {
        let directory = try TemporaryDirectory.withLedger()
        let clock = ManualClock(.max)
        let ledger = try Ledger(opening: directory.path, clock: clock.clock)
        let last = try ledger.append(TradeEvents.opened("a"))
        #expect(last.recordedAt == .max)
        clock.advance(microseconds: 1)
        for _ in 0..<2 {
            let error = try #require(throws: AppendError.self) { try ledger.append(TradeEvents.opened("b")) }
            guard case .failed(let fault) = error else { throw error }
            #expect(fault.message.contains("10000-01-01T00:00:00") && fault.remedy.contains("set the clock"))
        }
        clock.advance(microseconds: -1)
        #expect(try ledger.append(TradeEvents.opened("b")).sequence == last.sequence + 1)
        ledger.close()
        #expect(try LedgerReader(opening: directory.path).all().map(\.body.subject) == ["a", "b"])
    }

    @Test func `creates no ledger if the clock is past them`() throws {
        let directory = TemporaryDirectory()
        let error = try #require(throws: LedgerError.self) {
            try Ledger.create(in: directory.path, clock: ManualClock(Self.pastYear9999).clock)
        }
        #expect(error.message.contains("10000-01-01T00:00:00"))
        #expect(directory.files == [])
    }

    @Test(arguments: [pastYear9999.microsecondsSince1970, -1, .max, .min] as [Int64])
    func `is checked when a log is read, although its checksums are valid`(microseconds: Int64) throws {
        let directory = try TemporaryDirectory.withLedger()
        let storage = PosixStorage(directory: directory.path)
        var appender = try FrameAppender(
            storage,
            continuing: try SegmentScan(storage, SegmentName(firstSequence: 1).fileName) { _ in }
        )
        let event = Event(
            sequence: 1,
            recordedAt: Timestamp(microsecondsSince1970: microseconds),
            eventID: EventID(high: 1, low: 2),
            body: try TradeEvents.opened("a").body
        )
        var frame = [UInt8](repeating: 0, count: FrameHeader.byteCount)
        EventRecord.encodeFramed(event, into: &frame)
        try appender.append(&frame, count: 1)
        // Without an assertion of durability it would be a torn write.
        try OpenFile(storage, DurableWatermark.fileName, .readingAndWriting).write(DurableWatermark.encode(1), at: 0)
        let error = try #require(throws: LedgerError.self) { _ = try LogReader(storage).audit { _ in } }
        #expect(error.code == .damaged)
        #expect(throws: LedgerError.self) { _ = try LedgerReader(opening: directory.path).all() }
        #expect(refusal(directory)?.code == .damaged)
    }
}
