internal import Ledger

/// The values of the labels of a metric, in the order of its declaration.
protocol MetricLabels: Hashable, Sendable {
    var texts: [String] { get }
}

/// The values of a counter or a histogram that threads record as things happen: one series for each combination of
/// labels.
///
/// Recording takes a lock and a look into a table; it allocates only when labels occur for the first time, so there
/// must be few of them.
final class RecordedMetric<Labels: MetricLabels>: Sendable {
    /// The values of one series.
    private struct Series {
        /// How many values were observed in each bucket; empty for a counter.
        var counts: [UInt64]
        /// The sum of the values, which is all that a counter has.
        var sum: UInt64 = 0

        mutating func observe(_ value: UInt64, in bucket: Int) {
            counts[bucket] &+= 1
            sum &+= value
        }
    }

    private let metric: Metric
    private let limits: [UInt64]
    private let series: Lock<[Labels: Series]>

    /// A metric whose `known` series exist from the beginning, at 0.
    init(_ metric: Metric, known: [Labels]) {
        self.metric = metric
        limits = metric.buckets.limits
        let empty = Self.empty(metric)
        series = Lock(Dictionary(uniqueKeysWithValues: known.map { ($0, empty) }))
    }

    private static func empty(_ metric: Metric) -> Series {
        Series(counts: metric.kind == .histogram ? Array(repeating: 0, count: metric.buckets.limits.count + 1) : [])
    }

    /// Adds to a counter.
    func add(_ count: UInt64, _ labels: Labels) {
        precondition(metric.kind == .counter, "a histogram observes")
        series.withLock { $0[labels, default: Self.empty(metric)].sum &+= count }
    }

    /// Adds a value to a histogram.
    func observe(_ value: UInt64, _ labels: Labels) {
        precondition(metric.kind == .histogram, "a counter adds")
        var bucket = 0
        while bucket < limits.count && limits[bucket] < value { bucket += 1 }
        series.withLock { $0[labels, default: Self.empty(metric)].observe(value, in: bucket) }
    }

    /// Writes all series, in the order of their labels; nothing where there is none.
    func write(to text: inout MetricsText) {
        series.withLock { series in
            guard !series.isEmpty else { return }
            text.begin(metric)
            let rows = series.map { (labels: $0.key.texts, series: $0.value) }
            for row in rows.sorted(by: { $0.labels.lexicographicallyPrecedes($1.labels) }) {
                if metric.kind == .histogram {
                    text.histogram(metric, row.labels, counts: row.series.counts, sum: row.series.sum)
                } else {
                    text.sample(metric, row.labels, row.series.sum)
                }
            }
        }
    }
}

/// The labels of a metric without labels.
struct NoLabels: MetricLabels {
    var texts: [String] { [] }
}
