import LedgerTestSupport
import Testing
import TradeModel

@testable import Ledger

@Suite struct `Recovery decision` {
    @Test(arguments: [
        (remainder: 100..<100, asserted: UInt64(0), decision: RecoveryDecision.open),
        (100..<100, 7, .open),
        (100..<100, 8, .damaged(through: 8)),
        (100..<100, 12, .damaged(through: 12)),
        (100..<130, 0, .cut(100..<130)),
        (100..<130, 7, .cut(100..<130)),
        (100..<130, 8, .damaged(through: 8)),
        (100..<130, 12, .damaged(through: 12)),
    ])
    func `the bytes after the frames and the assertions of durability decide, with event 8 next`(
        remainder: Range<Int>,
        asserted: UInt64,
        decision: RecoveryDecision
    ) {
        #expect(RecoveryDecision(nextSequence: 8, remainder: remainder, assertedSequence: asserted) == decision)
    }

    @Test func `the remainder ends after its last byte that is not zero`() {
        #expect(TailRemainder([0, 0, 0][...], endOffset: 64).range.isEmpty)
        #expect(TailRemainder([][...], endOffset: 64).range.isEmpty)
        #expect(TailRemainder([0, 5, 0, 7, 0][...], endOffset: 64).range == 64..<68)
    }

    @Test func `an intact frame header after a gap asserts what was durable`() {
        var frame = [UInt8](repeating: 0, count: FrameHeader.byteCount)
        _ = FrameHeader(
            payloadByteCount: 0,
            count: 0,
            firstSequence: 9,
            durableUpTo: 8,
            previousChecksum: 1,
            payloadChecksum: 0
        ).seal(&frame)
        let hole = [UInt8](repeating: 0, count: 48)
        #expect(TailRemainder((hole + frame)[...], endOffset: 64).assertedSequence == 8)
        frame[30] ^= 1
        #expect(TailRemainder((hole + frame)[...], endOffset: 64).assertedSequence == 0)
    }
}

@Suite struct `Recovery of a ledger whose writer crashed` {
    /// Four events, one per frame, and no empty frame after them.
    private func fourEvents() throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory.withLedger()
        let ledger = try Ledger(opening: directory.path, configuration: neverIdle)
        for index in 1...4 { _ = try ledger.append(try TradeEvents.opened("t\(index)")) }
        let crashed = try directory.crashed()
        ledger.close()
        return crashed
    }

    @Test func `case A, a log that ends cleanly opens and proves frames without an assertion of durability`() throws {
        let directory = try fourEvents()
        try directory.damaged(DurableWatermark.fileName).replace(DurableWatermark.encode(0))
        let ledger = try Ledger(opening: directory.path, configuration: smallSegments)
        #expect(ledger.recovery.tornWrites.isEmpty)
        #expect(ledger.recovery.provenEventCount == 1)
        #expect(try ledger.durableSequence == 4)
        ledger.close()
    }

    @Test func `case B, a last frame that is zero although it was acknowledged is refused`() throws {
        let directory = try fourEvents()
        let segment = directory.segments[0]
        let last = try #require(try directory.frames(of: segment).last)
        try directory.damaged(segment).zero(last.offset..<last.endOffset)
        let before = try directory.contents()
        let error = try #require(refusal(directory))
        #expect(error.code == .damaged)
        #expect(error.message.contains("\(segment) at offset \(last.offset)"))
        #expect(error.message.contains("acknowledged events 4 to 4 cannot be read"))
        #expect(try directory.contents() == before)
    }

    @Test func `case B, an acknowledged tail that the file ends before is refused`() throws {
        let directory = try fourEvents()
        let segment = directory.segments[0]
        let frames = try directory.frames(of: segment)
        try directory.damaged(segment).truncate(to: frames[2].offset)
        let error = try #require(refusal(directory))
        #expect(error.code == .damaged)
        #expect(error.message.contains("acknowledged events 3 to 4 cannot be read"))
    }

    @Test(arguments: ["garbage", "half a frame", "a flipped bit", "half a header at the end of the file"])
    func `case C, a torn write that nothing asserts to be durable is copied aside and cut`(corruption: String) throws {
        let directory = try fourEvents()
        try directory.damaged(DurableWatermark.fileName).replace(DurableWatermark.encode(3))
        let segment = directory.segments[0]
        let last = try #require(try directory.frames(of: segment).last)
        let file = directory.damaged(segment)
        switch corruption {
        case "garbage":
            try file.overwrite([UInt8](repeating: 0xA5, count: last.endOffset - last.offset), at: last.offset)
        case "half a frame": try file.zero((last.offset + 60)..<last.endOffset)
        case "a flipped bit": try file.flipBit(at: last.offset + 70)
        default: try file.truncate(to: last.offset + 20)
        }
        let torn = try file.bytes()

        let ledger = try Ledger(opening: directory.path, configuration: smallSegments)
        let write = try #require(ledger.recovery.tornWrites.first)
        #expect(ledger.recovery.tornWrites.count == 1)
        #expect(write.file == segment)
        #expect(write.offset == last.offset)
        #expect(write.evidence.hasPrefix("torn-"))
        let evidence = try directory.damaged(write.evidence).bytes()
        #expect(evidence == Array(torn[write.offset..<(write.offset + write.byteCount)]))
        #expect(torn[(write.offset + write.byteCount)...].allSatisfy { $0 == 0 })
        #expect(try ledger.append(try TradeEvents.opened("next")).sequence == 4)
        ledger.close()

        let events = try LedgerReader(opening: directory.path).all()
        #expect(events.map(\.body.subject) == ["t1", "t2", "t3", "next"])
        #expect(refusal(directory) == nil)
    }

    @Test(arguments: ["a later frame", "the empty frame", "the durable file"])
    func `case D, a flipped bit in an acknowledged frame is refused`(witness: String) throws {
        let directory: TemporaryDirectory
        if witness == "the empty frame" {
            directory = try TemporaryDirectory.withLedger()
            let ledger = try Ledger(opening: directory.path, configuration: neverIdle)
            for index in 1...4 { _ = try ledger.append(try TradeEvents.opened("t\(index)")) }
            ledger.close()
        } else {
            directory = try fourEvents()
        }
        if witness != "the durable file" {
            try directory.damaged(DurableWatermark.fileName).replace(DurableWatermark.encode(0))
        }
        let segment = directory.segments[0]
        let victim = try directory.frames(of: segment)[witness == "a later frame" ? 2 : 3]
        try directory.damaged(segment).flipBit(at: victim.offset + FrameHeader.byteCount + 9)
        let before = try directory.contents()
        let error = try #require(refusal(directory))
        #expect(error.code == .damaged)
        #expect(error.message.contains("\(segment) at offset \(victim.offset)"))
        let sequence = victim.header.firstSequence
        #expect(error.message.contains("acknowledged events \(sequence) to \(sequence) cannot be read"))
        #expect(try directory.contents() == before)
    }

    @Test func `the disk asserts the last frame once a writer opened and closed the ledger`() throws {
        let directory = try fourEvents()
        try Ledger(opening: directory.path, configuration: smallSegments).close()
        try directory.damaged(DurableWatermark.fileName).replace(DurableWatermark.encode(0))
        let segment = directory.segments[0]
        let last = try directory.frames(of: segment)[3]
        try directory.damaged(segment).flipBit(at: last.offset + FrameHeader.byteCount)
        #expect(refusal(directory)?.code == .damaged)
    }

    @Test func `opening works with any damage to the file durable`() throws {
        let directory = try fourEvents()
        try directory.damaged(DurableWatermark.fileName).truncate(to: 5)
        #expect(refusal(directory) == nil)
        #expect(try LedgerReader(opening: directory.path).durableSequence() == 4)
    }

    @Test func `a reader without a writer sees the last event of a writer that was killed`() throws {
        let directory = try fourEvents()
        try directory.damaged(DurableWatermark.fileName).replace(DurableWatermark.encode(0))
        let events = try LedgerReader(opening: directory.path).all()
        #expect(events.map(\.body.subject) == ["t1", "t2", "t3", "t4"])
    }

    @Test func `a reader without a writer reads up to a torn write and changes nothing`() throws {
        let directory = try fourEvents()
        try directory.damaged(DurableWatermark.fileName).replace(DurableWatermark.encode(3))
        let segment = directory.segments[0]
        let last = try #require(try directory.frames(of: segment).last)
        try directory.damaged(segment).zero((last.offset + 60)..<last.endOffset)
        let before = try directory.contents()
        #expect(try LedgerReader(opening: directory.path).all().map(\.sequence) == [1, 2, 3])
        #expect(try directory.contents() == before)
    }
}
