internal import TradeModel

/// How long the queries of bots and dashboards take over many trades: the 95th percentile.
enum TradeQueries {
    static let questions = Question.ofEachKind(
        "queries",
        "what bots and dashboards ask, over 1,000,000 trades, p95",
        queries.map { Metric(name: $0.name, unit: .milliseconds) },
        .none,
        contenders
    )

    private static let queries = [
        PreparedQuery(
            name: "recent trades",
            text: #"SELECT * FROM trade_history ORDER BY "timestamp" DESC LIMIT 50"#,
            parameters: { _ in [] }
        ),
        PreparedQuery(
            name: "one trade",
            text: "SELECT * FROM trade_history WHERE trade_id = $1",
            parameters: { [ManyTrades.tradeID($0)] }
        ),
        PreparedQuery(
            name: "symbol and day",
            text: #"""
                SELECT * FROM trade_history WHERE symbol = $1
                AND "timestamp" >= $2::timestamptz AND "timestamp" < $2::timestamptz + INTERVAL '1 day'
                ORDER BY "timestamp"
                """#,
            parameters: { [ManyTrades.symbol($0), ManyTrades.openedAt($0).description] }
        ),
        PreparedQuery(name: "open trades", text: "SELECT * FROM open_trades", parameters: { _ in [] }),
        PreparedQuery(
            name: "one day's performance",
            text: "SELECT * FROM daily_performance WHERE day = $1",
            parameters: { [String(ManyTrades.openedAt($0).description.prefix(10))] }
        ),
    ]

    private static func contenders(_ setting: Setting, _ kind: DatabaseKind) throws -> [Contender] {
        let trades = ManyTrades(setting.count(full: 1_000_000, quick: 10_000), .plain)
        let repetitions = setting.count(full: 500, quick: 20)
        let database = try FilledDatabase(trades, on: kind, setting).database

        return [
            .ledger { _ in
                let connection = try database.connection()
                return try queries.map { query in
                    try query.milliseconds(repetitions, ofTrades: trades.tradeCount, connection).percentile(95)
                }
            }
        ]
    }
}
