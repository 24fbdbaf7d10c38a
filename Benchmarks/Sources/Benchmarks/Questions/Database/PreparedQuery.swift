/// A query that a person or a program runs again and again, prepared once.
struct PreparedQuery: Sendable {
    let name: String
    let text: String
    /// Its parameters, from the number of a trade.
    let parameters: @Sendable (_ trade: Int) -> [String]

    /// Runs it for trades all over the history; returns the milliseconds of each run.
    ///
    /// The first few runs, while caches fill and the server chooses a plan, do not count. Throws if the answer has no
    /// row.
    func milliseconds(_ count: Int, ofTrades tradeCount: Int, _ connection: DatabaseConnection) throws -> [Double] {
        let statement = name.replacing(" ", with: "_")
        try connection.prepare(statement, text)
        let times = try (0..<(Self.warmUpCount + count)).map { index in
            let parameters = parameters(EventMaker.scattered(index) % tradeCount)
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
