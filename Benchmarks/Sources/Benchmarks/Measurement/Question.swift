/// One row of the report: something to do, and all who can do it.
struct Question: Sendable {
    /// How it is chosen on the command line.
    let name: String
    let title: String
    let metrics: [Metric]
    let comparison: Comparison
    /// Prepares what is needed and names who is measured, in the order of their turns; the limit comes first.
    ///
    /// Throws `LeftOut` where that cannot be measured here.
    let contenders: @Sendable (Setting) async throws -> [Contender]

    /// What the figures of the contenders are set beside.
    enum Comparison: Sendable {
        /// Those of the first one.
        case limit
        /// Nothing: they are measured against what was aimed at.
        case none
    }

    init(
        name: String,
        title: String,
        metrics: [Metric],
        comparison: Comparison = .limit,
        contenders: @escaping @Sendable (Setting) async throws -> [Contender]
    ) {
        (self.name, self.title, self.metrics) = (name, title, metrics)
        (self.comparison, self.contenders) = (comparison, contenders)
    }
}

/// One who is measured.
struct Contender: Sendable {
    let name: String
    /// Takes a turn in a directory that is new; returns a value for each metric.
    let turn: @Sendable (_ directory: String) async throws -> [Double]

    /// What the disk can do at best.
    static func limit(_ turn: @escaping @Sendable (String) async throws -> [Double]) -> Contender {
        Contender(name: "limit", turn: turn)
    }

    /// The ledger; `manner` says which face of it, where there are several.
    static func ledger(
        _ manner: String = "",
        _ turn: @escaping @Sendable (String) async throws -> [Double]
    ) -> Contender {
        Contender(name: "TradeLedger" + manner, turn: turn)
    }
}

/// What a turn says in figures.
struct Metric: Sendable {
    let name: String
    let unit: Unit

    enum Unit: String, Sendable {
        case milliseconds = "ms"
        case eventsPerSecond = "events/s"
        case mebibytesPerSecond = "MiB/s"
        case statements
        case mebibytes = "MiB"
    }

    /// How fast, or small, a value is beside the limit's: 1 as fast, 0.5 half as fast.
    func speed(_ value: Double, beside limit: Double) -> Double {
        switch unit {
        case .milliseconds, .statements, .mebibytes: limit / value
        case .eventsPerSecond, .mebibytesPerSecond: value / limit
        }
    }
}
