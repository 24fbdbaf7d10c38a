import LedgerTestSupport
import Testing
import TradeModel

@testable import Ledger

/// Headers with valid checksums that no writer writes; fuzzing found them.
@Suite struct `A forged header` {
    @Test(arguments: [
        (firstSequence: UInt64.max, count: 0, isHeader: true),
        (UInt64.max, 1, false),
        (UInt64.max - 1, 1, true),
        (1 << 63, 0xFFFF_FFFF, true),
    ])
    func `of a frame whose sequences overflow is refused`(
        firstSequence: UInt64,
        count: Int,
        isHeader: Bool
    ) {
        let header = frameHeader(firstSequence: firstSequence, count: count)
        var frame = [UInt8](repeating: 0, count: FrameHeader.byteCount)
        _ = header.seal(&frame)
        #expect((FrameHeader.decode(frame[...], at: 0)?.header == header) == isHeader)
    }

    @Test func `of a file that begins at sequence 0 is refused`() {
        let error = #expect(throws: FileHeader.Fault.self) {
            _ = try FileHeader.decode(fileHeader(firstSequence: 0, durableUpTo: 0).encoded()[...])
        }
        #expect(error == .notAHeader)
    }

    @Test(arguments: [2, 3, UInt64.max])
    func `that asserts the durability of later events is refused`(assertion: UInt64) throws {
        let header = fileHeader(firstSequence: 2, durableUpTo: assertion).encoded()
        #expect(throws: FileHeader.Fault.notAHeader) { _ = try FileHeader.decode(header[...]) }
        var frame = [UInt8](repeating: 0, count: FrameHeader.byteCount)
        _ = frameHeader(firstSequence: 2, durableUpTo: assertion).seal(&frame)
        #expect(FrameHeader.decode(frame[...], at: 0) == nil)
    }

    @Test func `is damage for readers and for the writer`() throws {
        let directory = try TemporaryDirectory.withLedger()
        let ledger = try Ledger(opening: directory.path, configuration: neverIdle)
        ledger.close()
        let header = fileHeader(ledgerID: ledger.ledgerID, firstSequence: 1, durableUpTo: 2).encoded()
        try directory.damaged(directory.segments[0]).replace(header)
        #expect(throws: LedgerError.self) { _ = try LogReader(PosixStorage(directory: directory.path)) }
        #expect(refusal(directory)?.code == .damaged)
    }

    @Test func `of a frame that claims more events than it has bytes for is damage for an audit`() throws {
        let directory = try TemporaryDirectory.withLedger()
        let storage = PosixStorage(directory: directory.path)
        var appender = try FrameAppender(
            storage,
            continuing: try SegmentScan(storage, SegmentName(firstSequence: 1).fileName) { _ in }
        )
        let time = Timestamp(microsecondsSince1970: 1_700_000_000_000_000)
        let body = try TradeEvents.opened("a").body
        var frame = [UInt8](repeating: 0, count: FrameHeader.byteCount)
        EventRecord.encodeFramed(
            Event(sequence: 1, recordedAt: time, eventID: EventID(high: 1, low: 2), body: body),
            into: &frame
        )
        try appender.append(&frame, count: 0xFFFF_FFFF)
        try OpenFile(storage, DurableWatermark.fileName, .readingAndWriting).write(DurableWatermark.encode(2), at: 0)
        let error = try #require(throws: LedgerError.self) {
            _ = try HistoryAudit(of: try LogReader(storage), on: .segments, threadCount: 2) { _ in }
        }
        #expect(error.message.contains("acknowledged events 1 to 2 cannot be read"))
    }

    private func fileHeader(
        ledgerID: EventID = EventID(high: 1, low: 2),
        firstSequence: UInt64,
        durableUpTo: UInt64
    ) -> FileHeader {
        FileHeader(
            kind: .events,
            ledgerID: ledgerID,
            firstSequence: firstSequence,
            createdAt: Timestamp(microsecondsSince1970: 1_750_000_000_000_000),
            durableUpTo: durableUpTo,
            previousChecksum: 0
        )
    }

    private func frameHeader(
        firstSequence: UInt64,
        count: Int = 0,
        durableUpTo: UInt64 = 0
    ) -> FrameHeader {
        FrameHeader(
            payloadByteCount: 0,
            count: count,
            firstSequence: firstSequence,
            durableUpTo: durableUpTo,
            previousChecksum: 0,
            payloadChecksum: Checksum.crc32c([])
        )
    }
}
