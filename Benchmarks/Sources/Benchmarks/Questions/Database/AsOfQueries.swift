/// The time of `trade_history_as_of`, for all trades and for one.
enum AsOfQueries {
    static let questions = Question.ofEachKind(
        "as-of",
        "`trade_history_as_of` a moment with 1,000,000 events before it",
        [Metric(name: "all trades", unit: .milliseconds), Metric(name: "one trade, p95", unit: .milliseconds)],
        .none,
        contenders
    )

    private static func contenders(_ setting: Setting, _ kind: DatabaseKind) throws -> [Contender] {
        let trades = ManyTrades(setting.count(full: 250_000, quick: 2500), .scaled)
        let repetitions = setting.count(full: 200, quick: 20)
        let database = try FilledDatabase(trades, on: kind, setting).database
        let moment = try database.connection().rows("SELECT max(recorded_at) FROM ledger.trade_events")[0][0]
        let one = PreparedQuery(
            name: "one trade",
            text: "SELECT * FROM trade_history_as_of('\(moment)') WHERE trade_id = $1",
            parameters: { [ManyTrades.tradeID($0)] }
        )

        return [
            .ledger { _ in
                let connection = try database.connection()
                var byteCount = 0
                let watch = Stopwatch()
                try connection.copyOut("COPY (SELECT * FROM trade_history_as_of('\(moment)')) TO STDOUT") { row in
                    byteCount += row.count
                }
                let all = watch.milliseconds
                guard byteCount > trades.tradeCount else {
                    throw Failure("trade_history_as_of gave \(byteCount) bytes")
                }
                let times = try one.milliseconds(repetitions, ofTrades: trades.tradeCount, connection)
                return [all, times.percentile(95)]
            }
        ]
    }
}
