internal import Ledger
internal import TradeModel

/// One producer that commits the events of one family, first one at a time and then a thousand at a time, beside the
/// same commits of trades that are opened.
enum FamilyCommits {
    static let question = Question(
        name: "families",
        title: "one producer, events of one family, one and 1,000 per commit",
        metrics: [
            Metric(name: "one event, p50", unit: .milliseconds),
            Metric(name: "1,000 events, rate", unit: .eventsPerSecond),
        ],
        contenders: contenders
    )

    private static let eventsPerCommit = 1000

    private static func contenders(_ setting: Setting) throws -> [Contender] {
        let singleCount = CommitTimes.warmUpCount + setting.count(full: 1000, quick: 200)
        let commitCount = setting.count(full: 100, quick: 10)
        // Opened trades come first, so that the others are compared with them.
        return try FamilyEvents.allCases.map { family in
            let drafts = try family.drafts(singleCount + commitCount * eventsPerCommit)
            return Contender(name: family.name) { directory in
                let ledger = try Ledger.new(in: directory)
                let times = try drafts.prefix(singleCount).map { draft in
                    try CommitTimes.milliseconds { try ledger.appendBlocking(draft) }
                }
                let batches = stride(from: singleCount, to: drafts.count, by: eventsPerCommit).map {
                    Array(drafts[$0..<($0 + eventsPerCommit)])
                }
                let watch = Stopwatch()
                for batch in batches { try ledger.appendBlocking(batch: batch) }
                let seconds = watch.seconds
                try ledger.expect(eventCount: drafts.count)
                return [CommitTimes.percentiles(times)[0], Double(commitCount * eventsPerCommit) / seconds]
            }
        }
    }
}
