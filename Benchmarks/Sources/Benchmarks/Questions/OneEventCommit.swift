internal import Ledger
internal import TradeModel

/// The time that a single producer waits for the acknowledgement of an event.
enum OneEventCommit {
    static let question = Question(
        name: "one-event",
        title: "one producer, one event a commit",
        metrics: CommitTimes.metrics,
        contenders: contenders
    )

    private static func contenders(_ setting: Setting) throws -> [Contender] {
        let drafts = try Workload().drafts(CommitTimes.warmUpCount + setting.count(full: 5000, quick: 200))
        let records = StoredRecord.records(of: drafts)
        let stores = recordStores.map { type in
            Contender(name: type.name) { directory in
                let store = try type.init(in: directory)
                let times = try records.indices.map { index in
                    try CommitTimes.milliseconds { try store.append(records[index...index]) }
                }
                try store.expect(eventCount: records.count)
                return CommitTimes.percentiles(times)
            }
        }
        return [limit(records), ledger(drafts)] + stores
    }

    /// The disk that flushes each record.
    static func limit(_ records: [StoredRecord]) -> Contender {
        .limit { directory in
            CommitTimes.percentiles(try DiskLimit.commit(records, commitCount: records.count, in: directory))
        }
    }

    /// The ledger in the producer's own process; `manner` distinguishes several interfaces.
    static func ledger(_ drafts: [EventDraft], manner: String = "") -> Contender {
        .ledger(manner) { directory in
            let ledger = try Ledger.new(in: directory)
            let times = try drafts.map { draft in try CommitTimes.milliseconds { try ledger.appendBlocking(draft) } }
            try ledger.expect(eventCount: drafts.count)
            return CommitTimes.percentiles(times)
        }
    }
}
