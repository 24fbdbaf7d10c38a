internal import Ledger
internal import TradeModel

/// The events per second of producers that each await their own acknowledgements.
enum ManyProducers {
    static let question = Question(
        name: "producers",
        title: "64 producers, each awaiting its own acknowledgement",
        metrics: [Metric(name: "rate", unit: .eventsPerSecond)],
        contenders: contenders
    )

    private static let producerCount = 64

    private static func contenders(_ setting: Setting) throws -> [Contender] {
        let eventsPerProducer = setting.count(full: 250, quick: 10)
        let eventCount = producerCount * eventsPerProducer
        let drafts = try (0..<producerCount).map { try Workload(producer: $0).drafts(eventsPerProducer) }
        // Each producer has its own sequences, because the order of the writes is not known before.
        let records = StoredRecord.records(of: drafts.flatMap { $0 })
        let rate = { @Sendable (seconds: Double) in [Double(eventCount) / seconds] }

        let limit = Contender.limit { directory in
            let limit = try DiskLimit(in: directory, byteCount: eventCount * EventMaker.recordByteCount)
            let seconds = try limit.groupCommit(
                records[0].bytes,
                producerCount: producerCount,
                recordsPerProducer: eventsPerProducer
            )
            return rate(seconds)
        }
        let threads = Contender.ledger(", 64 threads") { directory in
            let ledger = try Ledger.new(in: directory)
            let seconds = try Producers.run(producerCount) { number in
                for draft in drafts[number] { try ledger.appendBlocking(draft) }
            }
            try ledger.expect(eventCount: eventCount)
            return rate(seconds)
        }
        let tasks = Contender.ledger(", 64 tasks") { directory in
            let ledger = try Ledger.new(in: directory)
            let watch = Stopwatch()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for own in drafts {
                    group.addTask { for draft in own { _ = try await ledger.append(draft) } }
                }
                try await group.waitForAll()
            }
            let seconds = watch.seconds
            try ledger.expect(eventCount: eventCount)
            return rate(seconds)
        }
        let stores = recordStores.map { type in
            Contender(name: type.name + ", 64 threads") { directory in
                let store = try type.init(in: directory)
                let seconds = try Producers.run(producerCount) { number in
                    let first = number * eventsPerProducer
                    for index in first..<(first + eventsPerProducer) { try store.append(records[index...index]) }
                }
                try store.expect(eventCount: eventCount)
                return rate(seconds)
            }
        }
        return [limit, threads, tasks] + stores
    }
}
