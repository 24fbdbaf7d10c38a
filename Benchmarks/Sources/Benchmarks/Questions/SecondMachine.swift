internal import Ledger
internal import TradeModel

/// The time that a single producer waits until the database has its event too, and then a standby.
///
/// All of it runs on one disk and one machine, without the latency of a network.
enum SecondMachine {
    static let question = Question(
        name: "second-machine",
        title: "one producer, each event awaited until the database has it",
        metrics: CommitTimes.metrics,
        contenders: contenders
    )

    private static func contenders(_ setting: Setting) throws -> [Contender] {
        let drafts = try Workload().drafts(CommitTimes.warmUpCount + setting.count(full: 1000, quick: 100))
        let limit = OneEventCommit.limit(StoredRecord.records(of: drafts))
        let alone = OneEventCommit.ledger(drafts, manner: ", durable")
        let primary = Contender.ledger(", in the database") { directory in
            try DatabaseServer.once("primary", .plain, in: directory, setting) { server in
                try replicated(drafts, in: directory, server, setting)
            }
        }
        let standby = Contender.ledger(", on a synchronous standby too") { directory in
            try DatabaseServer.once("primary", .plain, in: directory, setting) { server in
                try DatabaseServer.once("standby", .plain, in: directory, standbyOf: server, setting) { _ in
                    try server.waitForStandby()
                    return try replicated(drafts, in: directory, server, setting)
                }
            }
        }
        return [limit, alone, primary, standby]
    }

    /// Appends each event and waits for the database, beside a replicator.
    private static func replicated(
        _ drafts: [EventDraft],
        in directory: String,
        _ server: DatabaseServer,
        _ setting: Setting
    ) throws -> [Double] {
        let scratch = try Scratch(at: directory)
        let ledgerDirectory = try scratch.directory("ledger")
        let ledger = try Ledger.new(in: ledgerDirectory)
        let database = try TradeDatabase("trades", on: server, .plain, setting)
        let replicator = try database.replicator(of: ledgerDirectory)
        let result = Result {
            try drafts.map { draft in
                try CommitTimes.milliseconds {
                    let sequence = try ledger.append(draft).sequence
                    let reached = try ledger.replicatedSequence(waitingFor: sequence, within: .seconds(60))
                    guard reached >= sequence else { throw Failure("event \(sequence) has not reached the database") }
                }
            }
        }
        ledger.close()
        try replicator.stop()
        return CommitTimes.percentiles(try result.get())
    }
}
