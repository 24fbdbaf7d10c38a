internal import Ledger
internal import TradeModel

/// How long a producer that is alone waits for the acknowledgement of an event.
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
        let limit = Contender.limit { directory in
            let bytes = records.flatMap(\.bytes)
            let limit = try DiskLimit(in: directory, byteCount: bytes.count)
            return CommitTimes.percentiles(try limit.commit(bytes, count: records.count))
        }
        let ledger = Contender.ledger { directory in
            let ledger = try Ledger.new(in: directory)
            let times = try drafts.map { draft in try CommitTimes.milliseconds { try ledger.appendBlocking(draft) } }
            try ledger.expect(eventCount: drafts.count)
            return CommitTimes.percentiles(times)
        }
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
        return [limit, ledger] + stores
    }
}
