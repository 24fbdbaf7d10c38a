/// A metric of the service: everything about it except its values.
///
/// The answer of `/metrics` and docs/metrics.md follow from the declarations in `Metrics.swift`.
package struct Metric: Sendable {
    /// How a metric behaves.
    package enum Kind: String, Sendable {
        /// A count that only grows while the process runs.
        case counter
        /// A value at the time of the request.
        case gauge
        /// How many observed values were at most as large as each of some limits, how many there were, and their sum.
        case histogram
    }

    /// What the whole numbers count that a metric is recorded in.
    enum Unit: Sendable {
        case one
        case microseconds
        case nanoseconds

        /// How many digits after the point the recorded number has in the base unit.
        var fractionDigitCount: Int {
            switch self {
            case .one: 0
            case .microseconds: 6
            case .nanoseconds: 9
            }
        }
    }

    /// The limits of a histogram's buckets, ascending, in the unit of the recorded numbers.
    struct Buckets: Sendable {
        let limits: [UInt64]

        /// 10 µs to 10 s, in nanoseconds, for waits for a disk, a database or an answer.
        static let seconds = Buckets(
            limits: [
                10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 100_000, 500_000, 2_000_000,
                10_000_000,
            ].map { $0 * 1_000 }
        )
        /// 1 to 10,000 of something.
        static let counts = Buckets(limits: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000])
        /// 256 bytes to 16 MiB.
        static let bytes = Buckets(limits: (4...12).map { 1 << (2 * $0) })
    }

    static let prefix = "tradeledger_"

    /// The name, with its prefix and its base unit.
    package let name: String
    /// How it behaves.
    package let kind: Kind
    /// The names of its labels, in the order in which their values are given.
    package let labels: [String]
    /// What it says, as a sentence without an end.
    package let help: String
    let unit: Unit
    let buckets: Buckets

    private init(
        _ kind: Kind,
        _ name: String,
        _ labels: [String],
        _ unit: Unit,
        _ buckets: Buckets,
        _ help: String
    ) {
        self.name = Self.prefix + name
        (self.kind, self.labels, self.help, self.unit, self.buckets) = (kind, labels, help, unit, buckets)
    }

    static func counter(_ name: String, _ labels: String..., help: String) -> Metric {
        Metric(.counter, name, labels, .one, Buckets(limits: []), help)
    }

    static func gauge(_ name: String, _ labels: String..., unit: Unit = .one, help: String) -> Metric {
        Metric(.gauge, name, labels, unit, Buckets(limits: []), help)
    }

    static func histogram(
        _ name: String,
        _ labels: String...,
        unit: Unit = .one,
        buckets: Buckets,
        help: String
    ) -> Metric {
        Metric(.histogram, name, labels, unit, buckets, help)
    }
}
