import LedgerTestSupport
import Testing
import TradeModel

@testable import Ledger

@Suite struct `Reading by sequence` {
    /// A log of several segments with an index of its frames, as opening makes it.
    private static func withLookup(
        _ body: (inout EventLookup<PosixStorage>, [Event]) throws -> Void
    ) throws {
        let log = try LogOfSegments(eventCount: 1500)
        let storage = PosixStorage(directory: log.directory.path)
        var lookup = EventLookup(storage)
        _ = try LogScan(storage).run { (segment, frame) throws(LedgerError) in
            lookup.index.note(
                firstSequence: frame.header.firstSequence,
                at: LogPosition(segment: segment, offset: frame.offset)
            )
        }
        try body(&lookup, try LedgerReader(opening: log.directory.path).all())
    }

    @Test func `every event is found by its sequence, in order`() throws {
        try Self.withLookup { (lookup, events) throws in
            for event in events { #expect(try lookup.event(at: event.sequence) == event) }
        }
    }

    @Test func `every event is found by its sequence, backwards`() throws {
        try Self.withLookup { (lookup, events) throws in
            for event in events.reversed().prefix(300) { #expect(try lookup.event(at: event.sequence) == event) }
        }
    }

    @Test(arguments: [21, 22] as [UInt64])
    func `every event is found by its sequence, at random`(seed: UInt64) throws {
        try Self.withLookup { (lookup, events) throws in
            var random = SeededGenerator(seed: seed)
            for _ in 0..<500 {
                let event = events[Int(random.next(below: UInt64(events.count)))]
                #expect(try lookup.event(at: event.sequence) == event, "seed \(seed)")
            }
        }
    }

    @Test func `the index names the last recorded frame that does not begin after a sequence`() {
        var index = SequenceIndex()
        #expect(index.position(before: 1) == nil)
        let (first, second) = (SegmentName(firstSequence: 1), SegmentName(firstSequence: 500))
        for step in 0..<64 {
            index.note(firstSequence: UInt64(1 + step * 4), at: LogPosition(segment: first, offset: 64 + step * 1024))
        }
        index.note(firstSequence: 500, at: LogPosition(segment: second, offset: 64))
        #expect(index.position(before: 0) == nil)
        #expect(index.position(before: 1) == LogPosition(segment: first, offset: 64))
        #expect(index.position(before: 499)?.segment == first)
        #expect(index.position(before: 500) == LogPosition(segment: second, offset: 64))
        #expect(index.position(before: .max) == LogPosition(segment: second, offset: 64))
        for sequence in 1...256 as ClosedRange<UInt64> {
            // At most one stride is left to read.
            let offset = index.position(before: sequence)?.offset ?? 0
            #expect((0..<(17 << 10)).contains(64 + Int(sequence - 1) / 4 * 1024 - offset))
        }
    }

    @Test func `a record that has moved is damage`() throws {
        let log = try LogOfSegments(eventCount: 100)
        let storage = PosixStorage(directory: log.directory.path)
        let frame = try #require(try log.directory.frames(of: log.names[0]).first)
        var lookup = EventLookup(storage)
        lookup.index.note(
            firstSequence: 1,
            at: LogPosition(segment: SegmentName(firstSequence: 1), offset: frame.offset)
        )
        try log.directory.damaged(log.names[0]).flipBit(at: frame.offset + 50)
        do throws(LedgerError) {
            _ = try lookup.event(at: 2)
            Issue.record("a damaged frame was read")
        } catch {
            #expect(error.code == .damaged)
            #expect(error.message.contains(log.names[0]))
        }
    }
}

@Suite struct `Reading the durable position` {
    @Test func `what was written is read`() {
        for sequence in [0, 1, 255, 1 << 40, .max - 1] as [UInt64] {
            #expect(DurableWatermark.decode(DurableWatermark.encode(sequence)) == sequence)
        }
    }

    @Test func `a file with a changed byte or a shorter file is ignored`() {
        let bytes = DurableWatermark.encode(300)
        for index in bytes.indices {
            var damaged = bytes
            damaged[index] ^= 0x40
            #expect(DurableWatermark.decode(damaged) == nil)
            #expect(DurableWatermark.decode(Array(bytes[..<index])) == nil)
        }
    }

    @Test func `a position that is written while it is read is seen whole, and never goes back`() throws {
        let directory = try TemporaryDirectory.withLedger()
        let storage = PosixStorage(directory: directory.path)
        onThreads(2) { index in
            do {
                if index == 0 {
                    let file = try OpenFile(storage, DurableWatermark.fileName, .readingAndWriting)
                    for sequence in 1...100_000 as ClosedRange<UInt64> {
                        try file.write(DurableWatermark.encode(sequence), at: 0)
                    }
                    return
                }
                var last: UInt64 = 0
                while last < 100_000 {
                    let now = try DurableWatermark.read(storage)
                    if now < last { Issue.record("\(now) after \(last)"); return }
                    last = now
                }
            } catch {
                Issue.record("\(error)")
            }
        }
    }
}
