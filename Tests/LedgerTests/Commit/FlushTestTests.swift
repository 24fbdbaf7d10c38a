import Glibc
import LedgerTestSupport
import Testing
import TradeModel

@testable import Ledger

@Suite struct `A flush that tests the disk` {
    private let directory: TemporaryDirectory
    private let storage: RefusingStorage
    private let flushCount = Lock(0)

    init() throws {
        directory = try TemporaryDirectory.withLedger()
        storage = RefusingStorage(directory)
        let flushCount = flushCount
        storage.before(.synchronize) { flushCount.withLock { $0 += 1 } }
    }

    private func open() throws -> LedgerCore<RefusingStorage> {
        try LedgerCore(opening: storage, smallSegments, ManualClock().clock)
    }

    /// The bytes of every segment, by name.
    private func contents() throws -> [String: [UInt8]] {
        var contents: [String: [UInt8]] = [:]
        for name in directory.segments {
            let file = try OpenFile(storage, name, .reading)
            contents[name] = try file.bytes(0..<file.byteCount())
        }
        return contents
    }

    /// Tests many times; returns how many flushes there were.
    private func test(_ core: inout LedgerCore<RefusingStorage>) throws -> Int {
        let before = flushCount.withLock { $0 }
        for _ in 0..<100 { try core.testFlush() }
        return flushCount.withLock { $0 } - before
    }

    @Test(arguments: [false, true])
    func `is one flush each, and leaves the log as it is`(isAsserted: Bool) throws {
        var core = try open()
        #expect(core.code(try TradeEvents.opened("t")) == nil)
        if isAsserted { try core.assertDurable() }
        let before = try contents()
        #expect(try test(&core) == 100)
        #expect(try contents() == before)
        #expect(core.code(try TradeEvents.closed("t")) == nil)
        #expect(try LedgerReader(opening: directory.path).all().count == 2)
        _ = consume core
        #expect(try open().durableSequence == 2)
    }

    @Test func `works in a segment that is full`() throws {
        var core = try open()
        #expect(core.code(try TradeEvents.opened("t")) == nil)
        // Each frame is as long as the one before, until the rest of the segment has no room for a frame's header.
        while try storage.endOfLog() + FrameHeader.byteCount <= 64 << 10 {
            let room = try (64 << 10) - storage.endOfLog() - FrameHeader.byteCount
            let remark = String(repeating: "r", count: max(0, min(900, room - 120)))
            let segmentCount = directory.segments.count
            #expect(core.code(try TradeEvents.annotated("t", remark)) == nil)
            if directory.segments.count > segmentCount { break }
        }
        let before = try contents()
        #expect(try test(&core) == 100)
        #expect(try contents() == before)
    }

    @Test(arguments: [RefusingStorage.Operation.write, .synchronize])
    func `throws what the disk answers, and no event is accepted afterwards`(
        operation: RefusingStorage.Operation
    ) throws {
        var core = try open()
        #expect(core.code(try TradeEvents.opened("t")) == nil)
        storage.refuse(operation, .error(EIO))
        let error = #expect(throws: LedgerError.self) { try core.testFlush() }
        #expect(error?.message.contains("refused by the test") == true)
        storage.permit(operation)
        #expect(throws: LedgerError.self) { try core.testFlush() }
        #expect(!core.append([try TradeEvents.closed("t")], .each)[0].isSuccess)
        _ = consume core
        #expect(try open().durableSequence == 1)
    }

    @Test func `takes a full disk for no fault of the disk`() throws {
        var core = try open()
        storage.refuse(.write, .error(ENOSPC))
        #expect(try test(&core) == 100)
        storage.permit(.write)
        #expect(core.code(try TradeEvents.opened("t")) == nil)
    }

    @Test func `is refused by a closed ledger`() throws {
        let ledger = try Ledger(opening: directory.path, configuration: smallSegments)
        _ = try ledger.append(try TradeEvents.opened("t"))
        try ledger.testFlush()
        ledger.close()
        let error = #expect(throws: LedgerError.self) { try ledger.testFlush() }
        #expect(error?.code == .unusable)
    }
}
