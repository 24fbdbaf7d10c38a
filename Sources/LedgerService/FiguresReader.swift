internal import Ledger
internal import Projections
internal import TradeModel

/// Reads the values that metrics have now, at most once a second, because anybody may ask for them.
final class FiguresReader: Sendable {
    private let reader: LedgerReader
    private let live: LiveFold
    private let supervisor: Supervisor
    private let clock: LedgerClock
    private let known = Lock<(figures: ServiceFigures, at: ContinuousClock.Instant)?>(nil)

    private static let lifetime: Duration = .seconds(1)

    init(_ reader: LedgerReader, _ live: LiveFold, _ supervisor: Supervisor, _ clock: LedgerClock) {
        (self.reader, self.live, self.supervisor, self.clock) = (reader, live, supervisor, clock)
    }

    /// The values; throws faults of the file system.
    func figures() throws -> ServiceFigures {
        try known.withLock { known in
            let now = ContinuousClock.now
            if let known, now < known.at + Self.lifetime { return known.figures }
            let figures = try read()
            known = (figures, now)
            return figures
        }
    }

    private func read() throws -> ServiceFigures {
        var figures = ServiceFigures(at: clock.now())
        let durable = try reader.durableSequence()
        (figures.lastSequence, figures.durableSequence) = (durable, durable)
        figures.openStreamCount = live.recent.streamCount
        (figures.openTradeCount, figures.haltCount) = live.read { state in
            (state.openTrades.count, state.books.halts.rows.count { $0.ending == nil })
        }
        figures.segmentCount = try reader.segmentCount()
        figures.diskByteCount = try reader.byteCount()
        try reader.rejectedEvents { _ in figures.keptRejectionCount += 1 }
        figures.tasks = supervisor.statuses
        figures.replicatedSequence = try ReplicatedWatermark.published(reader.log.storage)
        if let replicated = figures.replicatedSequence, replicated < durable {
            var events = try reader.events(from: replicated + 1, to: replicated + 1)
            figures.oldestUnreplicatedAt = try events.next()?.recordedAt
        }
        return figures
    }
}

extension ServiceMetrics {
    /// Records a group commit.
    func record(_ report: CommitReport) {
        recordCommit(
            requestCount: report.requestCount,
            eventCount: report.eventCount,
            byteCount: report.byteCount,
            queueNanoseconds: report.queueNanoseconds,
            admitNanoseconds: report.admissionNanoseconds,
            writeNanoseconds: report.writeNanoseconds,
            flushNanoseconds: report.flushNanoseconds
        )
    }
}
