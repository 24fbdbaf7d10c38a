import LedgerTestSupport
import Testing
import TradeModel

@testable import Ledger

@Suite struct `Mending without loss` {
    private let log: DamagedLog
    private let directory: TemporaryDirectory

    init() throws {
        log = try DamagedLog()
        directory = try log.pristine.copy()
    }

    /// The files of a ledger, without those kept as evidence.
    private func files(_ directory: TemporaryDirectory) throws -> [String: [UInt8]] {
        try directory.contents().filter { !$0.key.hasPrefix("damaged-") }
    }

    private func mend() throws(LedgerError) -> [Corruption] {
        var repair = LedgerRepair(of: directory.path)
        return try repair.mend()
    }

    @Test func `changes nothing if nothing is damaged`() throws {
        #expect(try mend() == [])
        #expect(
            try directory.contents().filter { $0.key != "lock" } == log.pristine.contents().filter { $0.key != "lock" }
        )
    }

    @Test(arguments: [[1, 0, 2], [2, 1, 0], [1, 2, 0], [2, 0, 1]])
    func `renames files back to their right names`(order: [Int]) throws {
        let names = directory.segments
        for (index, name) in names.enumerated() { try directory.damaged(name).rename(to: "aside\(index)") }
        for (index, name) in names.enumerated() { try directory.damaged("aside\(order[index])").rename(to: name) }
        #expect(try mend().count >= 2)
        for name in names {
            #expect(try directory.damaged(name).bytes() == log.pristine.damaged(name).bytes())
        }
        #expect(refusal(directory) == nil)
    }

    @Test(arguments: [0, 12, 16, 32, 48, 56, 60])
    func `restores a broken file header, bit for bit`(offset: Int) throws {
        for name in directory.segments { try directory.damaged(name).flipBit(at: offset) }
        #expect(try mend().count == 3)
        for name in directory.segments {
            #expect(try directory.damaged(name).bytes() == log.pristine.damaged(name).bytes())
        }
    }

    @Test func `restores an empty frame, bit for bit`() throws {
        let name = directory.segments[0]
        let last = try #require(try directory.frames(of: name).last)
        try directory.damaged(name).zero(last.offset..<last.endOffset)
        #expect(try mend().map(\.sequences) == [nil])
        #expect(try directory.damaged(name).bytes() == log.pristine.damaged(name).bytes())
    }

    @Test(arguments: ["lock", "durable", "rejected.log"])
    func `recreates a missing file`(name: String) throws {
        try directory.damaged(name).remove()
        #expect(try mend().map(\.file) == [name])
        #expect(refusal(directory) == nil)
        #expect(try LedgerReader(opening: directory.path).all() == log.events)
    }

    @Test(arguments: [0, 1, 2])
    func `continues after a crash`(step: Int) throws {
        let name = directory.segments[1]
        let frame = try directory.frames(of: name)[1]
        try directory.damaged(name).flipBit(at: frame.offset + 50)
        // A crash before the new file gets its name leaves it, or a part of it, and perhaps the evidence.
        if step > 0 { try directory.damaged("repair.tmp").replace([UInt8](repeating: 7, count: 5000)) }
        if step > 1 { try directory.damaged("damaged-1-\(name)").replace(try directory.damaged(name).bytes()) }
        let lost = frame.header.firstSequence...(frame.header.endSequence - 1)
        var repair = LedgerRepair(of: directory.path)
        #expect(try repair.corruptions().map(\.sequences) == [lost])
        _ = try repair.acceptLoss(of: lost, reason: "disk", actor: "maria")
        #expect(try repair.corruptions() == [])
        #expect(refusal(directory) == nil)
        #expect(!directory.files.contains("repair.tmp"))
    }

    @Test func `leaves the choice between two different files to a person`() throws {
        let name = directory.segments[1]
        let bytes = try directory.damaged(name).bytes()
        let frame = try directory.frames(of: name)[1]
        try directory.damaged(name).zero(frame.offset..<bytes.count)
        let copy = SegmentName(firstSequence: 100).fileName
        try directory.damaged(copy).replace(bytes)
        #expect(try mend() == [])
        let corruptions = try LedgerRepair(of: directory.path).corruptions()
        #expect(corruptions.map(\.file) == [copy, name])
        #expect(corruptions.map(\.isMendable) == [false, false])
    }

    @Test func `does not change damage that loses events`() throws {
        let (first, second) = (directory.segments[0], directory.segments[1])
        let frame = try directory.frames(of: first)[1]
        try directory.damaged(first).flipBit(at: frame.offset + 50)
        try directory.damaged(second).flipBit(at: 20)
        #expect(try mend().map(\.file) == [second])
        let left = try LedgerRepair(of: directory.path).corruptions()
        #expect(left.map(\.file) == [first])
        #expect(left.map(\.offset) == [frame.offset])
    }

    @Test func `does not accept rejected events of another ledger`() throws {
        let other = try DamagedLog()
        try directory.damaged("rejected.log").replace(try other.pristine.damaged("rejected.log").bytes())
        let error = try #require(refusal(directory))
        #expect(error.code == .damaged && error.message.contains("rejected.log"))
        let corruptions = try LedgerRepair(of: directory.path).corruptions()
        #expect(corruptions.map(\.file) == ["rejected.log"])
        #expect(corruptions.map(\.isMendable) == [false])
        #expect(throws: LedgerError.self) { _ = try LedgerReader(opening: directory.path) }
    }

    @Test func `a cursor in the middle of a log reads no segment of another ledger`() throws {
        let other = try DamagedLog()
        let name = directory.segments[1]
        let first = try #require(SegmentName(fileName: name)).firstSequence
        let reader = try LedgerReader(opening: directory.path)
        try directory.damaged(name).replace(try other.pristine.damaged(name).bytes())
        var stream = try reader.events(from: first + 2)
        let error = try #require(throws: LedgerError.self) { _ = try stream.next() }
        #expect(error.message.contains("belongs to another ledger"))
        #expect(error.corruption?.sequences == first...(first + 5))
    }
}
