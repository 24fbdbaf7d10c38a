internal import Ledger
internal import TradeModel

/// The time of opening for writing.
///
/// The limit reads the ledger's segments as bare bytes.
enum Opening {
    static let question = Question(
        name: "open",
        title: "opening for writing",
        metrics: [Metric(name: "time", unit: .milliseconds)],
        contenders: contenders
    )

    private static func contenders(_ setting: Setting) throws -> [Contender] {
        let count = setting.count(full: 100_000, quick: 1000)
        let log = try StoredLog(try Workload().drafts(count), in: setting.scratch.directory("log"))
        let limit = Contender.limit { _ in
            let watch = Stopwatch()
            try DiskLimit.readSegments(in: log.ledgerDirectory)
            return [watch.milliseconds]
        }
        let ledger = Contender.ledger { _ in
            let watch = Stopwatch()
            let ledger = try Ledger(opening: log.ledgerDirectory)
            let milliseconds = watch.milliseconds
            try ledger.expect(eventCount: count)
            return [milliseconds]
        }
        let stores = log.storeDirectories.map { type, directory in
            Contender(name: type.name) { _ in
                let watch = Stopwatch()
                let store = try type.init(in: directory)
                let milliseconds = watch.milliseconds
                try store.expect(eventCount: count)
                return [milliseconds]
            }
        }
        return [limit, ledger] + stores
    }
}
