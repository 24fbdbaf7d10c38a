internal import HTTP
internal import Ledger
internal import Projections
internal import Replication
internal import TradeModel

/// Reads the values that metrics have now, at most once a second, because anybody may ask for them.
final class FiguresReader: Sendable {
    private let reader: LedgerReader
    private let live: LiveFold
    private let supervisor: Supervisor
    private let clock: LedgerClock
    private let connectionCounts = Lock<[@Sendable () -> Int]>([])
    private let known = Lock<(figures: ServiceFigures, at: ContinuousClock.Instant)?>(nil)

    private static let lifetime: Duration = .seconds(1)

    init(_ reader: LedgerReader, _ live: LiveFold, _ supervisor: Supervisor, _ clock: LedgerClock) {
        (self.reader, self.live, self.supervisor, self.clock) = (reader, live, supervisor, clock)
    }

    /// Counts the connections of these servers too.
    func count(_ servers: [HTTPServer]) {
        // A server holds what answers its requests, and with it this.
        connectionCounts.withLock { $0 = servers.map { server in { [weak server] in server?.connectionCount ?? 0 } } }
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
        figures.openConnectionCount = connectionCounts.withLock { $0 }.reduce(0) { $0 + $1() }
        figures.openStreamCount = live.recent.streamCount
        figures.streamLagEventCount = live.recent.lagEventCount
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
    /// Records a transaction of the replicator.
    func record(_ batch: ShippedBatch) {
        recordBatch(
            eventCount: batch.eventCount,
            byteCount: batch.byteCount,
            copyNanoseconds: batch.copyNanoseconds,
            transactionNanoseconds: batch.transactionNanoseconds
        )
    }

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
