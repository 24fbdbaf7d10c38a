internal import Ledger
internal import TradeModel

/// The time of opening for writing, by the number of events in the ledger.
///
/// The limit reads the ledger's segments as bare bytes.
enum Opening {
    static let question = Question(
        name: "open",
        title: "opening for writing, by the number of events",
        metrics: eventCounts.map { Metric(name: "\($0.grouped) events", unit: .milliseconds) },
        contenders: contenders
    )

    private static let eventCounts = [1000, 10_000, 100_000]

    private static func contenders(_ setting: Setting) throws -> [Contender] {
        let drafts = try Workload().drafts(eventCounts.reduce(0, max))
        let logs = try eventCounts.map { count in
            try StoredLog(Array(drafts.prefix(count)), in: setting.scratch.directory("log-\(count)"))
        }
        let limit = Contender.limit { _ in
            try logs.map { log in
                let watch = Stopwatch()
                try DiskLimit.readSegments(in: log.ledgerDirectory)
                return watch.milliseconds
            }
        }
        let ledger = Contender.ledger { _ in
            try zip(logs, eventCounts).map { log, count in
                let watch = Stopwatch()
                let ledger = try Ledger(opening: log.ledgerDirectory)
                let milliseconds = watch.milliseconds
                try ledger.expect(eventCount: count)
                return milliseconds
            }
        }
        let stores = recordStores.enumerated().map { index, type in
            Contender(name: type.name) { _ in
                try zip(logs, eventCounts).map { log, count in
                    let watch = Stopwatch()
                    let store = try type.init(in: log.storeDirectories[index].directory)
                    let milliseconds = watch.milliseconds
                    try store.expect(eventCount: count)
                    return milliseconds
                }
            }
        }
        return [limit, ledger] + stores
    }
}
