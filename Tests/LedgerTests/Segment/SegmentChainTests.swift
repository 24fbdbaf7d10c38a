import LedgerTestSupport
import Testing
import TradeModel

@testable import Ledger

@Suite struct `Segment chain` {
    private let log: LogOfSegments

    init() throws {
        log = try LogOfSegments()
        try #require(log.names.count >= 5)
        // With derived files, which a fast machine has already written, a writer opens without reading these segments.
        for name in try log.directory.contents().keys where name.hasSuffix(".snapshot") || name.hasSuffix(".run") {
            try log.directory.damaged(name).remove()
        }
    }

    /// Expects that opening is refused as damage of a file, with the reason, and that it changed nothing.
    private func expectRefusal(
        of file: String,
        saying reason: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let before = try log.directory.contents()
        let error = try #require(refusal(log.directory), sourceLocation: sourceLocation)
        #expect(error.code == .damaged, sourceLocation: sourceLocation)
        #expect(error.message.contains(file), sourceLocation: sourceLocation)
        #expect(error.message.contains(reason), "\(error.message)", sourceLocation: sourceLocation)
        #expect(try log.directory.contents() == before, sourceLocation: sourceLocation)
    }

    @Test func `an intact log opens`() throws {
        #expect(refusal(log.directory) == nil)
    }

    @Test func `a missing middle segment is reported with its events`() throws {
        let (first, second) = try (sequence(1), sequence(2))
        try log.directory.damaged(log.names[1]).remove()
        try expectRefusal(of: log.names[0], saying: "acknowledged events \(first) to \(second - 1) cannot be read")
    }

    @Test func `a missing first segment is refused`() throws {
        let names = log.names
        let second = try sequence(1)
        try log.directory.damaged(names[0]).remove()
        try expectRefusal(of: names[0], saying: "acknowledged events 1 to \(second - 1) cannot be read")
    }

    @Test func `a missing last segment is refused because of the file durable`() throws {
        let names = log.names
        try log.directory.damaged(names[names.count - 1]).remove()
        try expectRefusal(of: names[names.count - 2], saying: "to \(log.eventCount) cannot be read")
    }

    @Test func `a renamed segment is refused`() throws {
        let name = SegmentName(firstSequence: try sequence(1) + 1).fileName
        try log.directory.damaged(log.names[1]).rename(to: name)
        try expectRefusal(of: name, saying: "the file was renamed")
    }

    @Test func `two segments whose names were swapped are refused`() throws {
        let names = log.names
        let (left, right) = (log.directory.damaged(names[1]), log.directory.damaged(names[2]))
        try left.rename(to: "aside")
        try right.rename(to: names[1])
        try log.directory.damaged("aside").rename(to: names[2])
        try expectRefusal(of: names[1], saying: "the file was renamed")
    }

    @Test func `a copy of an earlier segment in place of a later one is refused`() throws {
        let names = log.names
        try log.directory.damaged(names[2]).replace(try log.directory.damaged(names[0]).bytes())
        try expectRefusal(of: names[2], saying: "\(names[0]) has the same place in the log")
    }

    @Test func `a segment of another ledger is refused`() throws {
        let other = try LogOfSegments(seed: 8)
        let foreign = try other.directory.damaged(other.names[1]).bytes()
        let header = try FileHeader.decode(foreign[...]).header
        try log.directory.damaged(log.names[1]).replace(
            rebuilt(foreign, header, firstSequence: try sequence(1))
        )
        try expectRefusal(of: log.names[1], saying: "belongs to another ledger, \(header.ledgerID)")
    }

    @Test func `a segment that follows another history of the same ledger is refused`() throws {
        let name = log.names[1]
        let bytes = try log.directory.damaged(name).bytes()
        let header = try FileHeader.decode(bytes[...]).header
        try log.directory.damaged(name).replace(
            rebuilt(bytes, header, firstSequence: header.firstSequence, previousChecksum: header.previousChecksum ^ 1)
        )
        try expectRefusal(of: name, saying: "does not follow the one before it")
    }

    @Test func `a segment of a newer format is refused as such`() throws {
        let name = log.names[2]
        var head = Array(try log.directory.damaged(name).bytes().prefix(FileHeader.byteCount - 4))
        head.replaceSubrange(8..<12, with: [9, 0, 0, 0])
        head.appendLittleEndian(Checksum.crc32c(head[...]))
        try log.directory.damaged(name).overwrite(head, at: 0)
        let error = try #require(refusal(log.directory))
        #expect(error.code == .newerFormat)
        #expect(error.message.contains("\(name) has format version 9"))
    }

    @Test(arguments: [0, 64, 4096, 20_000])
    func `a truncated middle segment is refused`(byteCount: Int) throws {
        try log.directory.damaged(log.names[2]).truncate(to: byteCount)
        let reason = byteCount < FileHeader.byteCount ? "header is not intact" : "acknowledged events"
        try expectRefusal(of: log.names[2], saying: reason)
    }

    @Test func `a flipped bit in a middle segment is refused with its offset`() throws {
        let frame = try log.directory.frames(of: log.names[2])[3]
        try log.directory.damaged(log.names[2]).flipBit(at: frame.offset + 100)
        try expectRefusal(of: "\(log.names[2]) at offset \(frame.offset)", saying: "checksum")
    }

    @Test func `a reader reads up to the damage and reports it`() throws {
        let frame = try log.directory.frames(of: log.names[2])[3]
        try log.directory.damaged(log.names[2]).flipBit(at: frame.offset + 100)
        var events = try LedgerReader(opening: log.directory.path).events()
        for sequence in 1..<frame.header.firstSequence { #expect(try events.next()?.sequence == sequence) }
        let error = try #require(throws: LedgerError.self) { _ = try events.next() }
        #expect(error.message.contains("\(log.names[2]) at offset \(frame.offset)"))
    }

    private func sequence(_ index: Int) throws -> UInt64 {
        try #require(SegmentName(fileName: log.names[index])).firstSequence
    }

    /// The segment with an intact header that has other values.
    private func rebuilt(
        _ bytes: [UInt8],
        _ header: FileHeader,
        firstSequence: UInt64,
        previousChecksum: UInt32? = nil
    ) -> [UInt8] {
        let forged = FileHeader(
            kind: header.kind,
            ledgerID: header.ledgerID,
            firstSequence: firstSequence,
            createdAt: header.createdAt,
            durableUpTo: firstSequence - 1,
            previousChecksum: previousChecksum ?? header.previousChecksum
        )
        return forged.encoded() + bytes.dropFirst(FileHeader.byteCount)
    }
}
