import LedgerTestSupport
import Testing
import TradeModel

@testable import Ledger

@Suite struct `Rejected events` {
    private let directory: TemporaryDirectory
    private let clock = ManualClock()

    init() throws {
        directory = try TemporaryDirectory.withLedger()
    }

    private func open() throws -> Ledger {
        try Ledger(opening: directory.path, configuration: neverIdle, clock: clock.clock)
    }

    private func kept() throws -> [RejectedEvent] {
        var events: [RejectedEvent] = []
        try LedgerReader(opening: directory.path).rejectedEvents { events.append($0) }
        return events
    }

    private func reject(_ lines: [String], by ledger: Ledger) {
        for outcome in ledger.append(lines: lines.map { EventLine(Array($0.utf8)) }) {
            #expect(throws: AppendError.self) { try outcome.get() }
        }
    }

    @Test func `a rejected line is kept with its code, message and time, and survives opening again`() throws {
        var ledger = try open()
        reject(["{nonsense", #"{"type":"trade.annotated","trade_id":"ü","occurred_at":1700000000001}"#], by: ledger)
        let before = try kept()
        #expect(before.map(\.code) == ["invalid_json", "unknown_trade"])
        #expect(before.map { String(decoding: $0.line, as: UTF8.self) }[0] == "{nonsense")
        #expect(before[1].message.contains("there is no trade ü"))
        #expect(before[1].lineByteCount == before[1].line.count)
        #expect(before.allSatisfy { $0.rejectedAt == clock.clock.now() })
        ledger.close()
        ledger = try open()
        reject(["{more"], by: ledger)
        ledger.close()
        #expect(try kept().map(\.code) == ["invalid_json", "unknown_trade", "invalid_json"])
        #expect(Array(try kept().prefix(2)) == before)
    }

    @Test func `every event of a rejected batch is kept`() throws {
        let ledger = try open()
        let batch = [try TradeEvents.opened("t"), try TradeEvents.closed("unknown")]
        #expect(throws: AppendError.self) { _ = try ledger.append(batch: batch) }
        ledger.close()
        let drafts = try kept().map { try EventJSON.decode(line: $0.line) }
        #expect(drafts == batch)
    }

    @Test func `the first bytes and the length of a line beyond every limit are kept`() throws {
        let ledger = try open()
        let line = [UInt8](repeating: 0x78, count: Limits.printedLineByteCountMax + 10)
        let outcomes = ledger.append(lines: [
            EventLine(line), EventLine(line.prefix(100), byteCount: 1 << 30),
            EventLine(Array(line.prefix(Limits.eventLineByteCountMax))),
        ])
        ledger.close()
        #expect(outcomes.count == 3)
        #expect(try kept().map(\.code) == ["event_too_large", "event_too_large", "invalid_json"])
        #expect(try kept().map(\.lineByteCount) == [line.count, 1 << 30, Limits.eventLineByteCountMax])
        #expect(try kept().map(\.line.count) == [Limits.printedLineByteCountMax, 100, Limits.eventLineByteCountMax])
    }

    @Test func `a duplicate is not kept`() throws {
        let ledger = try open()
        let draft = try TradeEvents.opened("t")
        for _ in 0..<2 { _ = try ledger.append(draft) }
        ledger.close()
        #expect(try kept().isEmpty)
    }

    @Test(arguments: ["half a frame", "garbage", "a flipped bit"])
    func `a torn tail is copied aside and cut, and earlier rejected events stay`(corruption: String) throws {
        let ledger = try open()
        reject(["first"], by: ledger)
        reject(["second"], by: ledger)
        let crashed = try directory.crashed()
        ledger.close()
        let name = DeadLetterLog<PosixStorage>.fileName
        let last = try #require(try crashed.frames(of: name).last)
        let file = crashed.damaged(name)
        switch corruption {
        case "half a frame": try file.truncate(to: last.offset + 50)
        case "garbage": try file.overwrite([UInt8](repeating: 0x5A, count: 60), at: last.offset)
        default: try file.flipBit(at: last.offset + 45)
        }
        let torn = try file.bytes()[last.offset...]

        let reopened = try Ledger(opening: crashed.path, configuration: smallSegments)
        let write = try #require(reopened.recovery.tornWrites.first)
        #expect(write.file == name)
        #expect(write.offset == last.offset)
        #expect(try crashed.damaged(write.evidence).bytes() == Array(torn.prefix(write.byteCount)))
        reject(["third"], by: reopened)
        reopened.close()
        var lines: [String] = []
        try LedgerReader(opening: crashed.path).rejectedEvents {
            lines.append(String(decoding: $0.line, as: UTF8.self))
        }
        #expect(lines == ["first", "third"])
    }

    @Test func `remains of a longer write after a shorter frame are a torn write, not damage`() throws {
        let ledger = try open()
        reject([String(repeating: "x", count: 4000)], by: ledger)
        reject(["first"], by: ledger)
        ledger.close()
        let name = DeadLetterLog<PosixStorage>.fileName
        let frames = try directory.frames(of: name)
        // As if the first write had failed half way and a shorter one had overwritten it.
        let long = Array(try directory.damaged(name).bytes()[frames[0].offset..<(frames[0].endOffset - 1000)])
        let crashed = try TemporaryDirectory.withLedger()
        let reopened = try Ledger(opening: crashed.path, configuration: neverIdle)
        reject(["first"], by: reopened)
        let copy = try crashed.crashed()
        reopened.close()
        let end = try #require(try copy.frames(of: name).last).endOffset
        try copy.damaged(name).overwrite(Array(long.dropFirst(end - FileHeader.byteCount)), at: end)
        let mended = try Ledger(opening: copy.path, configuration: neverIdle)
        #expect(mended.recovery.tornWrites.map(\.offset) == [end])
        reject(["second"], by: mended)
        mended.close()
        #expect(try copy.frames(of: name).count >= 2)
    }

    @Test func `damage to a rejected event that a later one asserts to be durable is refused`() throws {
        let ledger = try open()
        reject(["first"], by: ledger)
        reject(["second"], by: ledger)
        ledger.close()
        let name = DeadLetterLog<PosixStorage>.fileName
        let first = try directory.frames(of: name)[0]
        try directory.damaged(name).flipBit(at: first.offset + FrameHeader.byteCount + 20)
        let error = try #require(refusal(directory))
        #expect(error.code == .damaged)
        #expect(error.message.contains("\(name) at offset \(first.offset)"))
    }
}
