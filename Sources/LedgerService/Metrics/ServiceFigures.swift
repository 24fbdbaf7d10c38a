package import TradeModel

/// The values that metrics have at the time of a request, from the parts of the service that know them.
package struct ServiceFigures: Sendable {
    /// The time of the request.
    package let now: Timestamp
    /// Connections that are open.
    package var openConnectionCount = 0
    /// Streams of events that are open.
    package var openStreamCount = 0
    /// How many events the slowest open stream is behind.
    package var streamLagEventCount: UInt64 = 0
    /// The sequence of the last event that was admitted.
    package var lastSequence: UInt64 = 0
    /// The sequence of the last event that is durable.
    package var durableSequence: UInt64 = 0
    /// The sequence of the last event in the database; nil while that is not known.
    package var replicatedSequence: UInt64?
    /// When the oldest durable event was recorded that the database lacks; nil where there is none.
    package var oldestUnreplicatedAt: Timestamp?
    /// Trades that are open.
    package var openTradeCount = 0
    /// Halts that are in force.
    package var haltCount = 0
    /// Segments of the log.
    package var segmentCount = 0
    /// Bytes that the log takes on disk.
    package var diskByteCount = 0
    /// Rejected events that the ledger keeps.
    package var keptRejectionCount = 0
    /// The background tasks.
    package var tasks: [TaskStatus] = []
    /// The resources that the process has.
    package var process = ProcessFigures()

    /// Figures of a ledger without events, at a time.
    package init(at now: Timestamp) { self.now = now }

    /// Writes the values, except for those of the process.
    func write(to text: inout MetricsText) {
        text.gauge(.openConnections, openConnectionCount)
        text.gauge(.openStreams, openStreamCount)
        text.gauge(.streamLag, streamLagEventCount)
        text.gauge(.lastSequence, lastSequence)
        text.gauge(.durableSequence, durableSequence)
        text.gauge(.replicatedSequence, replicatedSequence)
        text.gauge(.replicationLagEvents, replicatedSequence.map { durableSequence - min($0, durableSequence) })
        text.gauge(.replicationLagSeconds, replicatedSequence.map { _ in lagMicroseconds })
        text.gauge(.openTrades, openTradeCount)
        text.gauge(.halts, haltCount)
        text.gauge(.segments, segmentCount)
        text.gauge(.diskBytes, diskByteCount)
        text.gauge(.keptRejections, keptRejectionCount)
        guard !tasks.isEmpty else { return }
        text.begin(.taskState)
        for task in tasks {
            for state in TaskState.allCases {
                text.sample(.taskState, [task.name, state.rawValue], state == task.state ? 1 : 0)
            }
        }
        text.begin(.taskFailures)
        for task in tasks { text.sample(.taskFailures, [task.name], UInt64(task.failureCount)) }
    }

    /// The age of the oldest event that the database lacks; 0 where the clock went back meanwhile.
    private var lagMicroseconds: Int64 {
        oldestUnreplicatedAt.map { max(0, now.microsecondsSince1970 - $0.microsecondsSince1970) } ?? 0
    }
}
