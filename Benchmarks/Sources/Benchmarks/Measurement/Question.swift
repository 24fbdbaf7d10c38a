/// One row of the report: something to do, and all who can do it.
struct Question: Sendable {
    /// How it is chosen on the command line.
    let name: String
    let title: String
    let metrics: [Metric]
    /// Prepares what is needed and names who is measured, in the order of their turns; the limit comes first.
    let contenders: @Sendable (Setting) async throws -> [Contender]
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
    }

    /// How fast a value is beside the limit's: 1 as fast, 0.5 half as fast.
    func speed(_ value: Double, beside limit: Double) -> Double {
        switch unit {
        case .milliseconds: limit / value
        case .eventsPerSecond: value / limit
        }
    }
}
