import LedgerTestSupport
import Testing
import TradeModel

@testable import Ledger

/// Headers whose checksums hold and that no writer writes; found by fuzzing.
@Suite struct `A forged header` {
    @Test(arguments: [
        (firstSequence: UInt64.max, count: 0, isHeader: true),
        (UInt64.max, 1, false),
        (UInt64.max - 1, 1, true),
        (1 << 63, 0xFFFF_FFFF, true),
    ])
    func `of a frame whose sequences pass the greatest number is none`(
        firstSequence: UInt64,
        count: Int,
        isHeader: Bool
    ) {
        let header = frameHeader(firstSequence: firstSequence, count: count)
        var frame = [UInt8](repeating: 0, count: FrameHeader.byteCount)
        _ = header.seal(&frame)
        #expect((FrameHeader.decode(frame[...], at: 0)?.header == header) == isHeader)
    }

    @Test func `of a file that begins at sequence 0 is none`() {
        let error = #expect(throws: FileHeader.Fault.self) {
            _ = try FileHeader.decode(fileHeader(firstSequence: 0, durableUpTo: 0).encoded()[...])
        }
        #expect(error == .notAHeader)
    }

    @Test(arguments: [2, 3, UInt64.max])
    func `that asserts more than the log holds is damage to readers and to the writer`(assertion: UInt64) throws {
        let directory = try TemporaryDirectory.withLedger()
        let ledger = try Ledger(opening: directory.path, configuration: neverIdle)
        _ = try ledger.append(try TradeEvents.opened("t1"))
        let segment = directory.segments[0]
        let frame = try #require(try directory.frames(of: segment).first)
        ledger.close()
        let header = fileHeader(ledgerID: ledger.ledgerID, firstSequence: 1, durableUpTo: assertion).encoded()
        var bytes = [UInt8](repeating: 0, count: FrameHeader.byteCount) + frame.payload
        _ = frameHeader(
            firstSequence: 1,
            count: 1,
            previousChecksum: header.littleEndian32(at: FileHeader.byteCount - 4),
            payload: frame.payload
        ).seal(&bytes)
        try directory.damaged(segment).replace(header + bytes)

        let audit = #expect(throws: LedgerError.self) {
            _ = try LogReader(PosixStorage(directory: directory.path)).audit { _ in }
        }
        #expect(audit?.code == .damaged)
        #expect(audit?.message.contains("events 2 to \(assertion) were acknowledged") == true)
        #expect(refusal(directory)?.code == .damaged)
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
        count: Int,
        previousChecksum: UInt32 = 0,
        payload: ArraySlice<UInt8> = []
    ) -> FrameHeader {
        FrameHeader(
            payloadByteCount: payload.count,
            count: count,
            firstSequence: firstSequence,
            durableUpTo: 0,
            previousChecksum: previousChecksum,
            payloadChecksum: Checksum.crc32c(payload)
        )
    }
}
