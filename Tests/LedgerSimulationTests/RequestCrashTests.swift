import LedgerTestSupport
import Testing
import TradeModel

@testable import Ledger
@testable import LedgerSimulation

/// Commands leave and withdraw requests, and a writer takes them; a crash comes before each call of either.
@Suite struct `A crash while a request is left, taken or withdrawn` {
    /// What both disks hold at a moment, and what commands know then.
    private struct Moment {
        let log: DiskImage
        let requests: DiskImage
        let left: [Int]
        let withdrawn: [Int]
        let refused: [Int]
    }

    private final class History {
        var left: [Int] = []
        var withdrawn: [Int] = []
        /// Those whose command has read that they were rejected.
        var refused: [Int] = []
        var moments: [Moment] = []
    }

    private let log = SimulatedDisk(DiskImage())
    private let requests = SimulatedDisk(DiskImage())
    private let clock = ManualClock()
    private let history = History()

    private static func line(_ number: Int, _ event: String? = nil) -> EventLine {
        let type = number.isMultiple(of: 2) ? "risk.resumed" : "risk.halted"
        return EventLine(
            Array(
                (#"{\#(event ?? #""type":"\#(type)","scope":"all""#),"reason":"\#(number)","actor":"a","#
                    + #""event_id":"00000000-0000-4000-8000-00000000000\#(number)","#
                    + #""occurred_at":"2026-01-02T03:04:05Z"}"#).utf8
            )
        )
    }

    /// The open of the trade of which a request makes a note before.
    private static let opened = EventLine(
        Array(
            (#"{"type":"trade.opened","trade_id":"t","occurred_at":"2026-01-02T03:04:05Z","symbol":"BTC/USDT","#
                + #""side":"buy","order_type":"market","amount":"2","price":"100"}"#).utf8
        )
    )

    @Test func `loses no request, doubles none, keeps their order, and brings none back`() throws {
        try LedgerLayout.create(
            log,
            ledgerID: Machine.ledgerID,
            configuration: Machine.configuration,
            clock: clock.clock
        )
        for disk in [log, requests] {
            disk.beforeCall = { note() }
        }
        let outbox = RequestOutbox(requests, clock: clock.clock)
        var core = try LedgerCore(opening: log, Machine.configuration, clock.clock)
        for number in 1...3 { _ = try leave(number, outbox) }
        try takeAll(&core, requests)
        let name = try leave(4, outbox)
        _ = try leave(5, outbox)
        // While it is withdrawn, either may happen.
        history.left.removeAll { $0 == 4 }
        try #require(try outbox.withdraw(name))
        history.withdrawn.append(4)
        try takeAll(&core, requests)
        let early = try outbox.put(Self.line(6, #""type":"trade.annotated","trade_id":"t""#))
        try takeAll(&core, requests)
        try #require(try outbox.answer(to: early) == .rejected(.unknownTrade))
        history.refused.append(6)
        // The request would break no rule any more.
        _ = try core.append(Self.opened).get()
        for disk in [log, requests] { disk.beforeCall = nil }
        #expect(history.moments.count > 50)
        var random = SeededGenerator(seed: 1)
        for moment in history.moments {
            try check(moment, moment.log, moment.requests)
            for survivors in [Survivors.flushed, .subset] {
                let requests = moment.requests.afterPowerCut(survivors, &random)
                try check(moment, moment.log.afterPowerCut(survivors, &random), requests)
            }
        }
    }

    private func note() {
        history.moments.append(
            Moment(
                log: log.image,
                requests: requests.image,
                left: history.left,
                withdrawn: history.withdrawn,
                refused: history.refused
            )
        )
    }

    private func leave(_ number: Int, _ outbox: RequestOutbox<SimulatedDisk>) throws -> RequestName {
        let name = try outbox.put(Self.line(number))
        history.left.append(number)
        return name
    }

    private func takeAll(_ core: inout LedgerCore<SimulatedDisk>, _ requests: SimulatedDisk) throws {
        var inbox = RequestInbox(requests, clock: clock.clock)
        _ = try inbox.takeAll(
            append: { core.append($0) },
            report: { Issue.record("\($0)") }
        )
    }

    /// The next writer has each request that was left once, in their order, and none that was withdrawn or refused.
    private func check(_ moment: Moment, _ log: DiskImage, _ requests: DiskImage) throws {
        let (log, requests) = (SimulatedDisk(log), SimulatedDisk(requests))
        var core = try LedgerCore(opening: log, Machine.configuration, clock.clock)
        for _ in 0..<2 { try takeAll(&core, requests) }
        var cursor = try LogReader(log).cursor(from: 1)
        var numbers: [Int] = []
        while let event = try cursor.next(upTo: core.durableSequence) {
            guard event.body.type != .opened else { continue }
            numbers.append(try #require(event.body.text(.reason).flatMap { Int($0) }))
        }
        #expect(numbers == numbers.sorted() && Set(numbers).count == numbers.count)
        #expect(Set(numbers).isSuperset(of: moment.left))
        #expect(Set(numbers).isDisjoint(with: moment.withdrawn + moment.refused))
        let waiting = try requests.list().compactMap(RequestFile.init(fileName:)).filter(\.isWaiting)
        #expect(waiting.isEmpty)
    }
}

@Suite struct `A request that comes between two commits` {
    @Test func `is taken before the second one, however close to the last change of the folder it comes`() throws {
        let disk = SimulatedDisk(DiskImage())
        let clock = ManualClock().clock
        let outbox = RequestOutbox(disk, clock: clock)
        var inbox = RequestInbox(disk, clock: clock)
        var random = SeededGenerator(seed: 1)
        var sequence: UInt64 = 0
        func takeNew() throws -> Int {
            try inbox.takeNew(
                append: { _ in
                    sequence += 1
                    let id = Machine.ledgerID
                    return .success(Receipt(.appended, sequence: sequence, recordedAt: clock.now(), eventID: id))
                },
                report: { Issue.record("\($0)") }
            )
        }
        var left: UInt64 = 0
        for _ in 0..<1000 {
            for _ in 0..<random.next(below: 3) {
                _ = try outbox.put(EventLine(Array(requestLine(1).utf8)))
                left += 1
            }
            _ = try takeNew()
            #expect(sequence == left)
            // Commits without a request between them.
            for _ in 0..<random.next(below: 4) { _ = try takeNew() }
        }
        #expect(left > 900)
    }

    @Test func `is the only reason to list the folder again, once the clock has moved`() throws {
        let disk = SimulatedDisk(DiskImage())
        let clock = ManualClock().clock
        var inbox = RequestInbox(disk, clock: clock)
        _ = try RequestOutbox(disk, clock: clock).put(EventLine(Array(requestLine(1).utf8)))
        func callCount(ofLooks count: Int) throws -> Int {
            let before = disk.callCount
            for _ in 0..<count {
                try inbox.takeNew(
                    append: { _ in .failure(.rejected(Rejection(.halted, "for the test"))) },
                    report: { Issue.record("\($0)") }
                )
            }
            return disk.callCount - before
        }
        _ = try callCount(ofLooks: 10)
        #expect(try callCount(ofLooks: 100) == 100)
    }
}

private func requestLine(_ number: Int) -> String {
    #"{"type":"risk.halted","scope":"all","event_id":"00000000-0000-4000-8000-00000000000\#(number)","#
        + #""occurred_at":"2026-01-02T03:04:05Z","reason":"r","actor":"a"}"#
}

@Suite struct `A request on a full disk` {
    @Test func `takes the space that a writer has kept for it, and a writer reads it`() throws {
        let disk = SimulatedDisk(DiskImage())
        let clock = ManualClock().clock
        let outbox = RequestOutbox(disk, clock: clock)
        var inbox = RequestInbox(disk, clock: clock)
        var taken: [EventDraft] = []
        func takeAll() throws {
            try inbox.takeAll(
                append: { line in
                    do throws(Rejection) { taken.append(try EventJSON.decode(line: line.bytes)) } catch {
                        return .failure(.rejected(error))
                    }
                    return .failure(.rejected(Rejection(.halted, "for the test")))
                },
                report: { Issue.record("\($0)") }
            )
        }
        try takeAll()
        disk.byteCountMax = disk.image.byteCount
        let line = EventLine(Array(requestLine(1).utf8))
        let name = try outbox.put(line)
        let error = #expect(throws: LedgerError.self) { _ = try outbox.put(line) }
        #expect(error?.isDiskFull == true)
        try takeAll()
        #expect(taken.map(\.body.type) == [.riskHalted])
        #expect(try outbox.answer(to: name) == .rejected(.halted))
    }
}
