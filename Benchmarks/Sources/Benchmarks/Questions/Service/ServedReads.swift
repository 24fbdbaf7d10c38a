internal import Ledger
internal import TradeModel

/// The requests per second that `tradeledger serve` answers from its state on one processor.
enum ServedReads {
    static let question = Question(
        name: "served-reads",
        title: "64 clients of a service on one processor, with ten open positions",
        metrics: [Metric(name: "rate", unit: .requestsPerSecond), Metric(name: "p99", unit: .milliseconds)],
        comparison: .none,
        contenders: contenders
    )

    private static let clientCount = 64
    private static let openTradeCount = 10
    /// The service gets the last processor, which leaves the first one to the clients.
    private static let processor = Machine.processorCount - 1

    private static func contenders(_ setting: Setting) throws -> [Contender] {
        var population = try OpenPopulation()
        let open = try population.openings(openTradeCount)
        let closed = try Workload(producer: 1).drafts(setting.count(full: 100_000, quick: 1000))
        let ledger = try PreparedLedger(open + closed, in: setting.scratch.directory("ledger"))
        let requestsPerClient = setting.count(full: 4000, quick: 20)
        let paths = [
            ("/v1/trades/{id}, open", "/v1/trades/" + Workload.tradeID(0)),
            ("/v1/trades/{id}, closed", "/v1/trades/" + Workload.tradeID(0, producer: 1)),
            ("/v1/positions", "/v1/positions"),
        ]
        return paths.map { name, path in
            let client = Requests.get(path, count: requestsPerClient)
            return Contender.ledger(", GET " + name) { _ in
                try ServedLedger.once(ledger.directory, onlyOn: processor, setting) { service in
                    try service.waitUntilIdle()
                    let load = try Load(Array(repeating: client, count: clientCount), port: service.port)
                    return [Double(load.milliseconds.count) / load.seconds, load.milliseconds.percentile(99)]
                }
            }
        }
    }
}
