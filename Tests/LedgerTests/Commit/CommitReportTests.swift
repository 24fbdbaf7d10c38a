import LedgerTestSupport
import Testing
import TradeModel

@testable import Ledger

@Suite struct `Commit that is observed` {
    private let directory: TemporaryDirectory
    private let storage: RefusingStorage
    /// A clock that stands still, except while the disk works.
    private let clock = Lock<UInt64>(1000)
    private let reports = Lock<[CommitReport]>([])

    private static let writeNanoseconds: UInt64 = 5
    private static let flushNanoseconds: UInt64 = 70

    init() throws {
        directory = try TemporaryDirectory.withLedger()
        storage = RefusingStorage(directory)
    }

    /// A writer on a disk whose writes and flushes take so long.
    private func openObserved() throws -> LedgerCore<RefusingStorage> {
        var core = try LedgerCore(opening: storage, smallSegments, ManualClock().clock)
        let (clock, reports) = (clock, reports)
        storage.before(.write) { clock.withLock { $0 += Self.writeNanoseconds } }
        storage.before(.synchronize) { clock.withLock { $0 += Self.flushNanoseconds } }
        core.observer = CommitObserver(nanoseconds: { clock.withLock { $0 } }) { report in
            reports.withLock { $0.append(report) }
        }
        return core
    }

    private func request(_ drafts: [EventDraft]) -> AppendRequest {
        AppendRequest(drafts.map { Submission($0) }, .each, .none)
    }

    @Test func `has a report of its requests, events, bytes and stages`() throws {
        var core = try openObserved()
        let before = try storage.endOfLog()
        let opened = try TradeEvents.opened("t")
        core.commit([request([opened, try TradeEvents.increased("t")]), request([opened])], queuedAt: 988)
        let report = try #require(reports.withLock { $0 }.last)
        #expect(
            report
                == CommitReport(
                    requestCount: 2,
                    eventCount: 3,
                    appendedCount: 2,
                    durableSequence: 2,
                    byteCount: try storage.endOfLog() - before,
                    queueNanoseconds: 12,
                    admissionNanoseconds: 0,
                    writeNanoseconds: Self.writeNanoseconds,
                    flushNanoseconds: Self.flushNanoseconds
                )
        )
    }

    @Test func `has one if it appended nothing, and the time to keep rejected events is that of a flush`() throws {
        var core = try openObserved()
        core.commit([request([try TradeEvents.closed("nobody")])])
        let report = try #require(reports.withLock { $0 }.last)
        #expect((report.eventCount, report.appendedCount, report.durableSequence) == (1, 0, 0))
        #expect((report.byteCount, report.queueNanoseconds, report.writeNanoseconds) == (0, 0, 0))
        #expect(report.flushNanoseconds == Self.writeNanoseconds + Self.flushNanoseconds)
    }

    @Test func `counts the frames and the segment that it fills on the way, apart from admission`() throws {
        var core = try openObserved()
        let remark = String(repeating: "r", count: 1000)
        let drafts = try [TradeEvents.opened("t")] + (0..<100).map { _ in try TradeEvents.annotated("t", remark) }
        core.commit([request(drafts)])
        #expect(directory.segments.count == 2)
        let report = try #require(reports.withLock { $0 }.last)
        #expect(report.appendedCount == 101)
        #expect(report.byteCount > 100 * 1000)
        #expect(report.writeNanoseconds == 2 * Self.writeNanoseconds)
        // Two frames and the header of the segment.
        #expect(report.flushNanoseconds >= 3 * Self.flushNanoseconds)
        // Only the durable watermark is written then.
        #expect(report.admissionNanoseconds == Self.writeNanoseconds)
    }

    @Test func `has a report after a failure too`() throws {
        var core = try openObserved()
        storage.refuse(.synchronize, .error(5))
        core.commit([request([try TradeEvents.opened("t")])])
        let report = try #require(reports.withLock { $0 }.last)
        #expect((report.requestCount, report.appendedCount, report.durableSequence) == (1, 0, 0))
    }

    @Test func `of many producers is reported in order, after the events are durable`() throws {
        let ledger = try Ledger(opening: directory.path, configuration: smallSegments)
        _ = try ledger.append(try TradeEvents.opened("before"))
        let reader = try LedgerReader(opening: directory.path)
        let reports = reports
        try ledger.observeCommits(
            CommitObserver { report in
                #expect(reader.has(report.durableSequence))
                reports.withLock { $0.append(report) }
            }
        )
        onThreads(8) { producer in
            for index in 0..<50 {
                #expect(throws: Never.self) { try ledger.append(try TradeEvents.opened("\(producer)/\(index)")) }
            }
        }
        // Answered before the ledger closes.
        ledger.submit([Submission(try TradeEvents.opened("last"))]) { _ in }
        ledger.close()
        let all = reports.withLock { $0 }
        #expect(all.reduce(0) { $0 + $1.requestCount } == 401)
        #expect(all.reduce(0) { $0 + $1.eventCount } == 401)
        var last: UInt64 = 1
        for report in all {
            #expect(report.durableSequence == last + UInt64(report.appendedCount))
            last = report.durableSequence
            #expect(report.flushNanoseconds > 0 && report.byteCount > 0)
        }
        #expect(last == 402)
    }

    @Test func `can no more be observed once the ledger is closed`() throws {
        let ledger = try Ledger(opening: directory.path, configuration: smallSegments)
        ledger.close()
        #expect(throws: LedgerError.self) { try ledger.observeCommits(CommitObserver { _ in }) }
    }
}
