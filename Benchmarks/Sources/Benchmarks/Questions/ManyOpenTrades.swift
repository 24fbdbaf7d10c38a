internal import Ledger
internal import TradeModel

/// One producer that commits a thousand events at a time on many open trades: the events per second, the pause when a
/// segment is full, and the time and memory of opening the ledger in a new process.
///
/// The trades are opened before the clock starts. A full segment is handed over with the rows of all open trades, and
/// must not hold up the commit that begins the next one. The segments are small, so that this happens often.
enum ManyOpenTrades {
    static let question = Question(
        name: "open-trades",
        title: "one producer, 1,000 events per commit, on many open trades",
        metrics: [
            Metric(name: "rate", unit: .eventsPerSecond),
            Metric(name: "commit, p50", unit: .milliseconds),
            Metric(name: "commit that began a segment, longest", unit: .milliseconds),
            Metric(name: "opening", unit: .milliseconds),
            Metric(name: "peak memory of opening", unit: .mebibytes),
        ],
        contenders: contenders
    )

    private static let eventsPerCommit = 1000
    private static let configuration = LedgerConfiguration(segmentByteCount: 2 << 20)

    private static func contenders(_ setting: Setting) throws -> [Contender] {
        var population = try OpenPopulation()
        let openings = try (0..<setting.count(full: 100, quick: 1)).map { _ in
            try population.openings(eventsPerCommit)
        }
        let changes = try (0..<setting.count(full: 400, quick: 20)).map { _ in try population.changes(eventsPerCommit) }
        let records = StoredRecord.records(of: changes.flatMap { $0 })
        let rate = { @Sendable (milliseconds: [Double]) in
            Double(changes.count * eventsPerCommit) / milliseconds.reduce(0, +) * 1000
        }

        let limit = Contender.limit { directory in
            let times = try DiskLimit.commit(records, commitCount: changes.count, in: directory)
            return [rate(times), times.median, nil, nil, nil]
        }
        let ledger = Contender.ledger { directory in
            let ledger = try Ledger.new(in: directory, configuration)
            for batch in openings { try ledger.appendBlocking(batch: batch) }
            let times = try changes.map { batch in
                try CommitTimes.milliseconds { try ledger.appendBlocking(batch: batch) }
            }
            try ledger.expect(eventCount: (openings.count + changes.count) * eventsPerCommit)
            ledger.close()
            let pause = try longest(times, after: openings.count * eventsPerCommit, in: directory)
            let opened = try OpenedLedger(in: directory)
            return [
                rate(times), times.median, pause, opened.milliseconds,
                Double(opened.peakByteCount) / Double(1 << 20),
            ]
        }
        return [limit, ledger]
    }

    /// The longest of the commits after a sequence whose first event is the first of a segment, which its name says.
    private static func longest(_ times: [Double], after last: Int, in directory: String) throws -> Double {
        let begun = Set(try Scratch.segmentNames(in: directory).map { Int($0.prefix { $0.isNumber }) })
        let pauses = times.enumerated().filter { begun.contains(last + $0.offset * eventsPerCommit + 1) }.map(\.element)
        guard !pauses.isEmpty else { throw Failure("no commit began a segment") }
        return pauses.reduce(0, max)
    }
}
