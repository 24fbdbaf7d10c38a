import Foundation
import Ledger
import LedgerSimulation
import Testing

@testable import FuzzTargets
@testable import TradeModel

@Suite struct `The properties of the decoders` {
    /// Bodies that validation refuses, as a decoder without that check would hand them out.
    @Test(
        arguments: [
            (what: "a trade id that is not UTF-8", tradeID: [0xFF], microseconds: 0),
            ("a trade id with U+0000", [0x61, 0], 0),
            ("a time behind the year 9999", [0x61], 253_402_300_800_000_000),
        ] as [(String, [UInt8], Int64)]
    )
    func `are broken by an event that should have been refused`(
        what: String,
        tradeID: [UInt8],
        microseconds: Int64
    ) {
        let occurredAt = Timestamp(microsecondsSince1970: microseconds)
        let body = BodyWriter(type: .voided, occurredAt: occurredAt, subject: tradeID).finish()
        let event = Event(sequence: 1, recordedAt: .min, eventID: EventID(high: 0, low: 1), body: body)
        let error = #expect(throws: BrokenProperty.self) { try LineProperties.checkIsPrinted(event) }
        #expect(error?.sentence.hasPrefix("a line that was written is taken, but: ") == true, "\(what)")
    }

    /// Byte 0x9A of the golden segment is the last letter of the first trade's id.
    @Test(arguments: [(firstByte: UInt8(1), eventCount: UInt64(39)), (0, 0)])
    func `are reached after the checksum checks if checksums are recomputed`(
        firstByte: UInt8,
        eventCount: UInt64
    ) throws {
        var segment = try ProjectFile.goldenSegment()
        segment[0x9A] ^= 1
        let prepared = Preparation.segment([firstByte] + segment)
        #expect(prepared.count == segment.count)
        let name = SegmentName(firstSequence: 1).fileName
        var events: [Event] = []
        let storage = SimulatedDisk(DiskImage([name: prepared]))
        _ = try SegmentScan(storage, name) { (frame) throws(LedgerError) in
            var records = RecordIterator(frame)
            do throws(BodyFault) { while let event = try records.next() { events.append(event) } } catch {
                Issue.record("\(error.message)")
            }
        }
        #expect(UInt64(events.count) == eventCount)
        #expect(events.first.map { $0.body.subject != "btc-1" } ?? true)
    }

    /// The same byte, so that the text is not UTF-8: readers trust the checksum, and an audit trusts nothing.
    @Test func `let an audit find a record that is not canonical under a valid checksum`() throws {
        var segment = try ProjectFile.goldenSegment()
        segment[0x9A] = 0xFF
        let name = SegmentName(firstSequence: 1).fileName
        let disk = SimulatedDisk(DiskImage([name: Preparation.segment([1] + segment), "lock": [], "durable": []]))
        let reader = try LogReader(disk)
        var cursor = reader.cursor(from: 1)
        #expect(try cursor.next(upTo: 1)?.body.subject == "btc\u{FFFD}1")
        let error = #expect(throws: LedgerError.self) { _ = try reader.audit { _ in } }
        #expect(error?.code == .damaged)
    }
}
