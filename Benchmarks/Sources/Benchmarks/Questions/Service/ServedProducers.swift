internal import CLoad
internal import Ledger
internal import TradeModel

/// The events per second of 64 clients of `tradeledger serve` that each await their own answers.
///
/// The limit are 64 producers in the ledger's own process.
enum ServedProducers {
    static let question = Question(
        name: "served-producers",
        title: "64 clients, each awaiting its own answer",
        metrics: [Metric(name: "rate", unit: .eventsPerSecond)],
        contenders: contenders
    )

    private static let clientCount = 64
    private static let sessionCount = 16

    private static func contenders(_ setting: Setting) throws -> [Contender] {
        let eventsPerClient = setting.count(full: 250, quick: 10)
        let eventCount = clientCount * eventsPerClient
        let drafts = try (0..<clientCount).map { try Workload(producer: $0).drafts(eventsPerClient) }
        let records = drafts.map { StoredRecord.records(of: $0) }
        let rate = { @Sendable (seconds: Double) in [Double(eventCount) / seconds] }

        let inProcess = Contender.ledger(", in process") { directory in
            let ledger = try Ledger.new(in: directory)
            let seconds = try Producers.run(clientCount) { number in
                for draft in drafts[number] { try ledger.appendBlocking(draft) }
            }
            try ledger.expect(eventCount: eventCount)
            return rate(seconds)
        }
        let clients = drafts.map { Requests.append($0) }
        let served = Contender.ledger(", POST /v1/events") { directory in
            try Ledger.create(in: directory)
            let seconds = try ServedLedger.once(directory, setting) { try Load(clients, port: $0.port).seconds }
            try LedgerReader(opening: directory).expect(eventCount: eventCount)
            return rate(seconds)
        }
        let additions = records.map { RedisServer.add($0) }
        let redis = Contender(name: "Redis (appendfsync always), XADD") { directory in
            try RedisServer.once(in: directory) { rate(try Load(additions, port: $0.port, load_redis).seconds) }
        }
        let texts = records.map { $0.map { "\\x" + $0.bytes.map(hexadecimal).joined() } }
        let postgres = Contender(name: "PostgreSQL, INSERT through \(sessionCount) connections") { directory in
            try DatabaseServer.once("server", .plain, in: directory, setting) { server in
                try DatabaseConnection(server.url).execute(
                    "CREATE TABLE events (sequence bigserial PRIMARY KEY, record bytea NOT NULL)"
                )
                let insert = "INSERT INTO events (record) VALUES ($1)"
                let pool = try PooledConnections(sessionCount, server.url, preparing: "append", insert)
                return rate(
                    try Producers.run(clientCount) { number in
                        for text in texts[number] { try pool.run("append", [text], for: number) }
                    }
                )
            }
        }
        return [inProcess, served, redis, postgres]
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
}

extension LedgerReader {
    /// Checks that a ledger has this many durable events.
    func expect(eventCount: Int) throws {
        let last = try durableSequence()
        guard last == UInt64(eventCount) else { throw Failure("the last sequence is \(last), not \(eventCount)") }
    }
}
