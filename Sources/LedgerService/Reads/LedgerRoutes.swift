internal import Ledger
internal import Proofs
internal import Records
internal import Replay
internal import Replication
internal import TradeModel

/// What is asked about a ledger as a whole, and the proofs of what it holds.
enum LedgerRoutes {
    /// All of them; `database` is the one to which the ledger is replicated.
    static func all(_ database: DatabaseAddress?) -> [Route] { [status(database), rejected, checkpoint, proof] }

    private static func status(_ database: DatabaseAddress?) -> Route {
        ReadRoutes.route(
            "/v1/status",
            "The state of the ledger, of its replicator and of its database",
            [],
            isCacheable: false
        ) { _, reading, _ in Answer(json: try StatusReport(reading.reader, database).record.json, at: nil) }
    }

    private static let rejectedCountMax: UInt64 = 1000
    private static let usualRejectedCount: UInt64 = 100

    private static let rejected = ReadRoutes.route(
        "/v1/rejected",
        "The rejected events with the reason, in the order in which they came",
        [.limit(rejectedCountMax, usually: usualRejectedCount), .cursor],
        isCacheable: false
    ) { parameters, reading, cursor in
        let skippedCount = try cursor.number(parameters) ?? 0
        var list = ListWriter(countMax: Int(parameters.integer("limit") ?? usualRejectedCount))
        var (count, next) = (UInt64(0), UInt64?.none)
        try reading.reader.rejectedEvents { event in
            defer { count += 1 }
            guard count >= skippedCount, next == nil else { return }
            if list.isFull { next = count } else { list.append(Record.rejected(event)) }
        }
        let durable = try reading.reader.durableSequence()
        return list.answer(at: durable, next: next.map { cursor.text($0) }, hasTag: false)
    }

    private static let checkpoint = ReadRoutes.route(
        "/v1/checkpoint",
        "A signed checkpoint of the log, which shows to those who keep it whether history was changed",
        [],
        isAbsentAtTimes: true
    ) { _, reading, _ in
        let checkpoint = try prover(reading.reader).checkpoint()
        return answer("checkpoint", checkpoint.text, at: checkpoint.checkpoint.size)
    }

    private static let proof = ReadRoutes.route(
        "/v1/proof/{trade_id}",
        "The proof that the events of a trade are in the log",
        [Parameter("trade_id", .text, "The id that the producer gave the trade.")]
    ) { parameters, reading, _ in
        let id = parameters["trade_id"] ?? ""
        guard let proof = try prover(reading.reader).proof(ofTrade: id) else {
            throw Problem(.notFound, "there is no trade \(id)")
        }
        return answer("proof", proof.text, at: proof.checkpoint.checkpoint.size)
    }

    /// An object with a text that `verify --against` or `verify-proof` takes as a file, byte for byte.
    private static func answer(_ name: String, _ text: [UInt8], at sequence: UInt64) -> Answer {
        var json = JSONWriter()
        json.beginObject()
        json.key(name)
        json.value(String(decoding: text, as: UTF8.self))
        json.key("sequence")
        json.value(sequence)
        json.endObject()
        return Answer(json: json.bytes, at: sequence)
    }

    /// The prover that signs for the ledger.
    private static func prover(_ reader: LedgerReader) throws -> LedgerProver {
        do throws(ProofError) {
            return try LedgerProver(reader, LedgerKeys(directory: reader.log.storage.directory))
        } catch {
            // Where there is no key, there is nothing to sign with, and the error says how to make one.
            guard case .key = error else { throw error }
            throw Problem(.notFound, error.description)
        }
    }
}
