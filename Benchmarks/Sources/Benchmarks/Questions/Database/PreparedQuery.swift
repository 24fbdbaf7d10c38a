/// A query that a person or a program asks again and again, prepared once.
struct PreparedQuery: Sendable {
    let name: String
    let text: String
    /// What it is asked for, from the number of a trade.
    let parameters: @Sendable (_ trade: Int) -> [String]

    /// Asks it for trades all over the history; returns the milliseconds of each time.
    ///
    /// The first few times, while caches fill and the server settles for a plan, do not count. Throws where the answer
    /// has no row.
    func milliseconds(_ count: Int, ofTrades tradeCount: Int, _ connection: DatabaseConnection) throws -> [Double] {
        let statement = name.replacing(" ", with: "_")
        try connection.prepare(statement, text)
        let times = try (0..<(Self.warmUpCount + count)).map { index in
            let parameters = parameters(Workload.scattered(index) % tradeCount)
            let watch = Stopwatch()
            let rowCount = try connection.rowCount(ofPrepared: statement, parameters)
            let milliseconds = watch.milliseconds
            guard rowCount > 0 else { throw Failure("\(name) of \(parameters) gave no row") }
            return milliseconds
        }
        return Array(times.dropFirst(Self.warmUpCount))
    }

    private static let warmUpCount = 10
}
