internal import Ledger
internal import TradeModel

/// The events per second of one producer that commits a thousand at a time.
enum ThousandEventCommit {
    static let questions = [
        question("thousand-events", "one producer, 1,000 events per commit", .scaled),
        question("partial-exits", "the same with several entries and partial exits of each trade", .partialExits),
    ]

    private static let eventsPerCommit = 1000

    private static func question(_ name: String, _ title: String, _ course: Workload.Course) -> Question {
        Question(name: name, title: title, metrics: [Metric(name: "rate", unit: .eventsPerSecond)]) { setting in
            try contenders(setting, course)
        }
    }

    private static func contenders(_ setting: Setting, _ course: Workload.Course) throws -> [Contender] {
        let commitCount = setting.count(full: 200, quick: 20)
        let drafts = try Workload(course).drafts(commitCount * eventsPerCommit)
        let batches = stride(from: 0, to: drafts.count, by: eventsPerCommit).map {
            Array(drafts[$0..<($0 + eventsPerCommit)])
        }
        let records = StoredRecord.records(of: drafts)
        let rate = { @Sendable (seconds: Double) in [Double(commitCount * eventsPerCommit) / seconds] }

        let limit = Contender.limit { directory in
            rate(try DiskLimit.commit(records, commitCount: commitCount, in: directory).reduce(0, +) / 1000)
        }
        let ledger = Contender.ledger { directory in
            let ledger = try Ledger.new(in: directory)
            let watch = Stopwatch()
            for batch in batches { try ledger.appendBlocking(batch: batch) }
            let seconds = watch.seconds
            try ledger.expect(eventCount: drafts.count)
            return rate(seconds)
        }
        let stores = recordStores.map { type in
            Contender(name: type.name) { directory in
                let store = try type.init(in: directory)
                let watch = Stopwatch()
                try store.append(records, recordsPerCommit: eventsPerCommit)
                let seconds = watch.seconds
                try store.expect(eventCount: records.count)
                return rate(seconds)
            }
        }
        return [limit, ledger] + stores
    }
}
