import Foundation
import LedgerTestSupport
import Testing
import TradeModel

@testable import Ledger

@Suite struct `The golden segment` {
    @Test func `is written again byte for byte`() throws {
        let ledger = try GoldenLedger()
        if ProcessInfo.processInfo.environment["TRADELEDGER_RECORD_FIXTURES"] == "1" {
            try ProjectFile.write(try ledger.segment(), to: ProjectFile.goldenSegment)
            try ProjectFile.write(try ledger.events(), to: ProjectFile.goldenEvents)
            try ProjectFile.write(
                Array(try LedgerOutput.root(of: ledger.directory.path).utf8),
                to: ProjectFile.goldenRoot
            )
        }
        #expect(try ledger.segment() == ProjectFile.bytes(ProjectFile.goldenSegment))
        if ProcessInfo.processInfo.environment["TRADELEDGER_RECORD_FIXTURES"] == "1" {
            try ProjectFile.write(try ledger.sealed(), to: ProjectFile.goldenSealed)
        }
    }

    @Test func `is the content of the golden sealed segment`() throws {
        let directory = TemporaryDirectory()
        let name = SegmentName(firstSequence: 1).fileName(.sealed)
        try directory.damaged(name).replace(try ProjectFile.bytes(ProjectFile.goldenSealed))
        var image = try SegmentImage(PosixStorage(directory: directory.path), fileName: name)
        let bytes = try image.bytes(0..<image.byteCount)
        #expect(bytes == (try ProjectFile.bytes(ProjectFile.goldenSegment)))
        let (blockCount, isWhole) = (image.table?.blocks.count ?? 0, try image.isWhole())
        #expect(blockCount > 1 && isWhole)
    }

    @Test func `gives the recorded events and root`() throws {
        let ledger = try GoldenLedger()
        try Data(try ProjectFile.bytes(ProjectFile.goldenSegment)).write(to: URL(filePath: ledger.segmentPath))
        #expect(try ledger.events() == ProjectFile.bytes(ProjectFile.goldenEvents))
        #expect(try LedgerOutput.root(of: ledger.directory.path) == ProjectFile.text(ProjectFile.goldenRoot))
    }

    /// `EventPrintingTests` and its neighbours have every type: the golden log stays as it is when a family gets one.
    @Test func `has events of every family and every field`() throws {
        let ledger = try GoldenLedger()
        var events = try LedgerReader(opening: ledger.directory.path).events()
        var subjects: Set<Field?> = []
        var fields: Set<Field> = []
        while let event = try events.next() {
            subjects.insert(event.body.type.subject)
            for (field, _) in event.body.fields { fields.insert(field) }
        }
        #expect(subjects == Set(EventType.sentByProducers.map(\.subject)))
        #expect(fields == Set(Field.all).subtracting([.scope, .predictionID, .alertID]))
    }

    @Test func `is refused with a bit flipped in any byte, or gives every event`() throws {
        let ledger = try GoldenLedger()
        let segment = try ledger.segment()
        let emptyFrameOffset = segment.count - 40
        let file = URL(filePath: ledger.segmentPath)
        try Data(segment).write(to: file)
        #expect(try eventCount(ledger) == GoldenLedger.eventCount)
        var readable: [Int] = []
        for offset in segment.indices {
            var flipped = segment
            flipped[offset] ^= 1 << (offset % 8)
            try Data(flipped).write(to: file)
            if let count = try eventCount(ledger), offset < emptyFrameOffset || count != GoldenLedger.eventCount {
                readable.append(offset)
            }
        }
        #expect(readable == [])
    }

    /// The events that a reader finds, nil if it refuses the segment.
    private func eventCount(_ ledger: GoldenLedger) throws -> UInt64? {
        do throws(LedgerError) {
            let reader = try LogReader(PosixStorage(directory: ledger.directory.path))
            return try reader.audit { (_) throws(LedgerError) in }.eventCount
        } catch {
            #expect(error.code == .damaged || error.code == .newerFormat)
            return nil
        }
    }

    @Test func `is the example on the page about the format`() throws {
        let segment = try ProjectFile.bytes(ProjectFile.goldenSegment)
        // As `hexdump -C` prints it, indented: an offset of eight digits, bytes in two digits, and text.
        let line = /^ {4}([0-9a-f]{8})  ((?:[0-9a-f]{2} {1,2}){1,16}) *\|.*$/
        var shownCount = 0
        for text in try ProjectFile.text(ProjectFile.formatPage).split(separator: "\n") {
            guard let match = text.wholeMatch(of: line) else { continue }
            let bytes = match.2.split(separator: " ").compactMap { UInt8($0, radix: 16) }
            #expect(Int(match.1, radix: 16) == shownCount)
            #expect(segment.dropFirst(shownCount).prefix(bytes.count).elementsEqual(bytes))
            shownCount += bytes.count
        }
        let firstPayloadByteCount = segment[72..<76].reversed().reduce(0) { $0 << 8 | Int($1) }
        #expect(shownCount == (64 + 40 + firstPayloadByteCount + 7) / 8 * 8)
    }
}
