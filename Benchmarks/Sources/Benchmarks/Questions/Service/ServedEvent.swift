internal import Ledger
internal import TradeModel

/// The time that a single client of `tradeledger serve` waits for the answer to an event.
///
/// The limit is a producer in the ledger's own process.
enum ServedEvent {
    static let question = Question(
        name: "served-event",
        title: "one client, one event a request",
        metrics: CommitTimes.metrics,
        contenders: contenders
    )

    private static func contenders(_ setting: Setting) throws -> [Contender] {
        let drafts = try Workload().drafts(CommitTimes.warmUpCount + setting.count(full: 5000, quick: 200))
        let client = Requests.append(drafts)
        let served = Contender.ledger(", POST /v1/events") { directory in
            try Ledger.create(in: directory)
            let times = try ServedLedger.once(directory, setting) { try Load([client], port: $0.port).milliseconds }
            try LedgerReader(opening: directory).expect(eventCount: drafts.count)
            return CommitTimes.percentiles(times)
        }
        return [OneEventCommit.ledger(drafts, manner: ", in process"), served]
    }
}
