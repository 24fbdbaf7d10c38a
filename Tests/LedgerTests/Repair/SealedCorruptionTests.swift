import LedgerTestSupport
import Testing
import TradeModel

@testable import Ledger

@Suite struct `Damage of sealed segments` {
    private let log: SealedLog
    /// The damaged sealed segment, and its blocks.
    private let name: String
    private let blocks: [SealedBlock]
    private let endSequence: UInt64

    init() throws {
        log = try SealedLog()
        name = log.directory.sealedSegments[1]
        let image = try SegmentImage(PosixStorage(directory: log.directory.path), fileName: name)
        let table = image.table
        blocks = table?.blocks ?? []
        endSequence = table?.header.endSequence ?? 0
        #expect(blocks.count > 3)
    }

    /// The events of a block.
    private func sequences(_ index: Int) -> ClosedRange<UInt64> {
        let end = index + 1 < blocks.count ? blocks[index + 1].firstSequence : endSequence
        return blocks[index].firstSequence...(end - 1)
    }

    @Test func `in a block names file, offset and events, and leaves the other blocks readable`() throws {
        for index in [0, 1, blocks.count - 1] {
            let directory = try log.directory.copy()
            try directory.damaged(name).flipBit(at: blocks[index].stored.lowerBound + 7)
            var repair = LedgerRepair(of: directory.path)
            let corruptions = try repair.corruptions()
            #expect(corruptions.map(\.file) == [name])
            #expect(corruptions.map(\.offset) == [blocks[index].stored.lowerBound])
            #expect(corruptions.map(\.sequences) == [sequences(index)])
            let reader = try LedgerReader(opening: directory.path)
            for other in blocks.indices where other != index {
                let range = sequences(other)
                var stream = try reader.events(from: range.lowerBound, to: range.upperBound)
                for sequence in range { #expect(try stream.next() == log.events[Int(sequence) - 1]) }
            }
            let error = #expect(throws: LedgerError.self) { try reader.all() }
            #expect(error?.corruption == corruptions[0])
            _ = try repair.acceptLoss(of: sequences(index), reason: "disk", actor: "maria")
            let left = try LedgerReader(opening: directory.path).all()
            #expect(left.count == log.events.count && refusal(directory) == nil)
            for (event, known) in zip(left, log.events) {
                #expect(sequences(index).contains(event.sequence) ? event.body.type == .lost : event == known)
            }
            try directory.seal()
            #expect(try LedgerReader(opening: directory.path).all() == left)
        }
    }

    @Test func `outside of the blocks loses no event and is repaired`() throws {
        let bytes = try log.directory.damaged(name).bytes()
        let table = blocks[blocks.count - 1].stored.upperBound
        var offsets = [0, 8, 12, 16, 24, 32, 40, 44, 60, 108]
        for block in [blocks[0], blocks[blocks.count - 1]] {
            offsets += [block.stored.lowerBound - 40, block.stored.lowerBound - 1]
        }
        offsets += stride(from: table, to: bytes.count, by: 101)
        for offset in offsets {
            var flipped = bytes
            flipped[offset] ^= 1 << UInt8(offset % 8)
            try log.directory.damaged(name).replace(flipped)
            #expect(try LedgerReader(opening: log.directory.path).all() == log.events, "\(offset)")
            var repair = LedgerRepair(of: log.directory.path)
            #expect(try repair.mend().map(\.file) == [name], "\(offset)")
            #expect(try repair.corruptions() == [])
            #expect(log.directory.files.contains { $0.hasPrefix("damaged-") && $0.hasSuffix(name) })
            try log.directory.seal()
            #expect(try log.directory.damaged(name).bytes() == bytes)
        }
    }

    @Test func `by truncation loses the events that were cut, and no other`() throws {
        let bytes = try log.directory.damaged(name).bytes()
        for count in [0, 50, 112, blocks[1].stored.upperBound, bytes.count / 2, bytes.count - 200, bytes.count - 1] {
            let directory = try log.directory.copy()
            try directory.damaged(name).truncate(to: count)
            var repair = LedgerRepair(of: directory.path)
            _ = try repair.mend()
            let whole = blocks.last { $0.stored.upperBound <= count && count >= SealedHeader.byteCount }
            let kept = whole.map { block in sequences(blocks.firstIndex(of: block) ?? 0).upperBound }
            let first = blocks[0].firstSequence
            let lost = ((kept ?? first - 1) + 1)..<endSequence
            let expected = lost.isEmpty ? [] : [lost.lowerBound...(endSequence - 1)]
            #expect(try repair.corruptions().map(\.sequences) == expected)
        }
    }

    @Test func `to one form of a segment is repaired from the other form`() throws {
        let plainName = try #require(SegmentName(fileName: name)).fileName
        let plain = try #require(log.plain[plainName])
        for damagedName in [name, plainName] {
            let directory = try log.directory.copy()
            try directory.damaged(plainName).replace(plain)
            try directory.damaged(damagedName).flipBit(at: blocks[1].stored.lowerBound)
            var repair = LedgerRepair(of: directory.path)
            #expect(try repair.mend().map(\.file) == [damagedName])
            #expect(try LedgerReader(opening: directory.path).all() == log.events)
            #expect(refusal(directory) == nil)
        }
    }

    @Test func `is reported if the segment after the last sealed one is missing`() throws {
        let last = try #require(log.directory.segments.last)
        try log.directory.damaged(last).remove()
        #expect(refusal(log.directory)?.code == .damaged)
        let repair = LedgerRepair(of: log.directory.path)
        let first = try #require(SegmentName(fileName: last)).firstSequence
        #expect(try repair.corruptions().map(\.sequences) == [first...UInt64(log.events.count)])
    }
}
