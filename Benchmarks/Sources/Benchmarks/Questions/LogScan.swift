internal import Ledger
internal import TradeModel

/// The events per second that one core reads, checks, decodes and folds into trades.
///
/// The ledger folds them by `TradeFold`. The other stores return the same records; the same code decodes them, and a
/// dictionary of `Trade` folds them. The limit reads the ledger's segments as bare bytes. All of it comes from the page
/// cache.
enum LogScan {
    static let question = Question(
        name: "scan",
        title: "scan, checksum, decode and fold, one core",
        metrics: [Metric(name: "rate", unit: .eventsPerSecond)],
        contenders: contenders
    )

    private static func contenders(_ setting: Setting) throws -> [Contender] {
        let drafts = try Workload().drafts(setting.count(full: 500_000, quick: 20_000))
        let log = try StoredLog(drafts, in: setting.scratch.directory("log"))
        let count = drafts.count
        let rate = { @Sendable (watch: Stopwatch) in [Double(count) / watch.seconds] }

        let limit = Contender.limit { _ in
            let watch = Stopwatch()
            try DiskLimit.readSegments(in: log.ledgerDirectory)
            return rate(watch)
        }
        let ledger = Contender.ledger { _ in
            let watch = Stopwatch()
            let reader = try LedgerReader(opening: log.ledgerDirectory)
            let last = try reader.durableSequence()
            var fold = try reader.fold()
            while try fold.next(upTo: last) != nil {}
            guard fold.nextSequence == UInt64(count) + 1, fold.openCount == 0 else {
                throw Failure("\(fold.nextSequence - 1) events of \(count) were folded, \(fold.openCount) are open")
            }
            return rate(watch)
        }
        let stores = log.storeDirectories.map { type, directory in
            Contender(name: type.name) { _ in
                let store = try type.init(in: directory)
                let watch = Stopwatch()
                var fold = OpenTrades()
                try store.visit { try fold.apply($0.event()) }
                let result = rate(watch)
                try fold.check(eventCount: count)
                // Outside of the measured time, so that the store is not closed before the clock stops.
                try store.expect(eventCount: count)
                return result
            }
        }
        return [limit, ledger] + stores
    }
}

/// The fold of the records of other stores.
private struct OpenTrades {
    private var trades: [ArraySlice<UInt8>: Trade] = [:]
    private var eventCount = 0

    mutating func apply(_ event: Event) throws {
        eventCount += 1
        let id = event.body.subjectBytes
        if event.body.type == .opened {
            trades[id] = try Trade(opening: event)
        } else {
            try trades[id]?.apply(event)
            if event.body.type == .closed { trades[id] = nil }
        }
    }

    /// Uses the result, so that the compiler cannot leave the work out.
    func check(eventCount expected: Int) throws {
        guard eventCount == expected, trades.isEmpty else {
            throw Failure("\(eventCount) events of \(expected) were folded, \(trades.count) trades are open")
        }
    }
}
