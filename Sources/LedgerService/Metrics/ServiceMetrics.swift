package import TradeModel

/// What operators measure of the service: the values that are recorded as things happen, and the text that
/// `/metrics` answers.
///
/// Any thread may record: that takes well under a microsecond and, except for the first time, allocates nothing.
package final class ServiceMetrics: Sendable {
    /// The content type of `text`.
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"
    private let version: String
    private let startedAt: Timestamp
    private let appendSeconds = RecordedMetric(.appendSeconds, known: AppendStage.allCases)
    private let commitRequests = RecordedMetric(.commitRequests, known: [NoLabels()])
    private let commitEvents = RecordedMetric(.commitEvents, known: [NoLabels()])
    private let commitBytes = RecordedMetric(.commitBytes, known: [NoLabels()])
    private let events = RecordedMetric(.events, known: EventOutcome.allCases)
    private let rejections = RecordedMetric(.rejections, known: RejectionCode.allCases)
    private let batchEvents = RecordedMetric(.batchEvents, known: [NoLabels()])
    private let batchBytes = RecordedMetric(.batchBytes, known: [NoLabels()])
    private let copySeconds = RecordedMetric(.copySeconds, known: [NoLabels()])
    private let transactionSeconds = RecordedMetric(.transactionSeconds, known: [NoLabels()])
    private let requestSeconds = RecordedMetric<RequestLabels>(.requestSeconds, known: [])

    /// Metrics of a program of some version, which started at a time.
    package init(version: String, startedAt: Timestamp) {
        self.version = version
        self.startedAt = startedAt
    }

    /// Records a group commit: what it held, and how long its stages took; `queueNanoseconds` is the wait of its
    /// oldest request.
    package func recordCommit(
        requestCount: Int,
        eventCount: Int,
        byteCount: Int,
        queueNanoseconds: UInt64,
        admitNanoseconds: UInt64,
        writeNanoseconds: UInt64,
        flushNanoseconds: UInt64
    ) {
        appendSeconds.observe(queueNanoseconds, .queue)
        appendSeconds.observe(admitNanoseconds, .admit)
        appendSeconds.observe(writeNanoseconds, .write)
        appendSeconds.observe(flushNanoseconds, .flush)
        commitRequests.observe(UInt64(requestCount), NoLabels())
        commitEvents.observe(UInt64(eventCount), NoLabels())
        commitBytes.observe(UInt64(byteCount), NoLabels())
    }

    /// Records events that the ledger has appended, and events that it had already.
    package func recordEvents(appendedCount: Int, duplicateCount: Int) {
        events.add(UInt64(appendedCount), .appended)
        events.add(UInt64(duplicateCount), .duplicate)
    }

    /// Records an event that the ledger has rejected.
    package func recordRejection(_ code: RejectionCode) {
        events.add(1, .rejected)
        rejections.add(1, code)
    }

    /// Records a transaction of the replicator.
    package func recordBatch(
        eventCount: Int,
        byteCount: Int,
        copyNanoseconds: UInt64,
        transactionNanoseconds: UInt64
    ) {
        batchEvents.observe(UInt64(eventCount), NoLabels())
        batchBytes.observe(UInt64(byteCount), NoLabels())
        copySeconds.observe(copyNanoseconds, NoLabels())
        transactionSeconds.observe(transactionNanoseconds, NoLabels())
    }

    /// Records an answer; `route` is the path as the route declares it, nil for a path that no route has.
    package func recordAnswer(route: String?, method: String, status: Int, nanoseconds: UInt64) {
        requestSeconds.observe(nanoseconds, RequestLabels(route: route, method: method, status: status))
    }

    /// All metrics in the text format 0.0.4 of Prometheus, `text/plain; version=0.0.4; charset=utf-8`.
    package func text(_ figures: ServiceFigures) -> [UInt8] {
        var text = MetricsText()
        text.begin(.buildInfo)
        text.sample(.buildInfo, [version], 1)
        text.gauge(.processStart, startedAt.microsecondsSince1970)
        text.gauge(.residentMemory, figures.process.residentByteCount)
        text.gauge(.openDescriptors, figures.process.openDescriptorCount)
        appendSeconds.write(to: &text)
        for metric in [commitRequests, commitEvents, commitBytes] { metric.write(to: &text) }
        events.write(to: &text)
        rejections.write(to: &text)
        for metric in [batchEvents, batchBytes, copySeconds, transactionSeconds] { metric.write(to: &text) }
        requestSeconds.write(to: &text)
        figures.write(to: &text)
        return text.bytes
    }
}

/// The stages of a group commit.
enum AppendStage: String, CaseIterable, MetricLabels {
    case queue, admit, write, flush

    var texts: [String] { [rawValue] }
}

/// What the ledger did with an event that was sent.
enum EventOutcome: String, CaseIterable, MetricLabels {
    case appended, duplicate, rejected

    var texts: [String] { [rawValue] }
}

extension RejectionCode: MetricLabels {
    var texts: [String] { [rawValue] }
}

/// The route, the method and the status of an answer.
struct RequestLabels: MetricLabels {
    /// The methods that have series of their own: a client may send any word.
    private static let methods: Set<String> = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]
    private static let other = "other"

    private let route: String
    private let method: String
    private let status: Int

    init(route: String?, method: String, status: Int) {
        self.route = route ?? Self.other
        self.method = Self.methods.contains(method) ? method : Self.other
        self.status = status
    }

    var texts: [String] { [route, method, String(status)] }
}
