/// One row of the report: a task, and all contenders.
struct Question: Sendable {
    /// Its name on the command line.
    let name: String
    let title: String
    let metrics: [Metric]
    let comparison: Comparison
    /// Prepares the task and returns the contenders, in the order of their turns; the limit comes first.
    ///
    /// Throws `LeftOut` if the question cannot be measured here.
    let contenders: @Sendable (Setting) async throws -> [Contender]

    /// The figures with which the contenders are compared.
    enum Comparison: Sendable {
        /// The figures of the first contender.
        case limit
        /// None: the contenders are compared with a target.
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

/// One contender.
struct Contender: Sendable {
    let name: String
    /// Takes a turn in a directory that is new; returns a value for each metric, nil for one that it does not have.
    let turn: @Sendable (_ directory: String) async throws -> [Double?]

    /// The limit of the disk.
    static func limit(_ turn: @escaping @Sendable (String) async throws -> [Double?]) -> Contender {
        Contender(name: "limit", turn: turn)
    }

    /// The ledger; `manner` names the interface, if there are several.
    static func ledger(
        _ manner: String = "",
        _ turn: @escaping @Sendable (String) async throws -> [Double?]
    ) -> Contender {
        Contender(name: "TradeLedger" + manner, turn: turn)
    }
}

/// A metric of a turn.
struct Metric: Sendable {
    let name: String
    let unit: Unit

    enum Unit: String, Sendable {
        case milliseconds = "ms"
        case eventsPerSecond = "events/s"
        case requestsPerSecond = "requests/s"
        case mebibytesPerSecond = "MiB/s"
        case statements
        case mebibytes = "MiB"
    }

    /// The speed, or size, of a value beside the limit's: 1 is as fast, 0.5 is half as fast.
    func speed(_ value: Double, beside limit: Double) -> Double {
        switch unit {
        case .milliseconds, .statements, .mebibytes: limit / value
        case .eventsPerSecond, .requestsPerSecond, .mebibytesPerSecond: value / limit
        }
    }
}
