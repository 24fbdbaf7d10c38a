internal import Ledger
internal import Postgres
internal import Replay
internal import TradeModel

/// The rows of `ledger.trade_events` that a repair replaces or deletes, kept in the ledger's directory as JSON lines:
/// they are the only trace of the change, or of a history that the log lost.
enum RemovedRows {
    private static let rangeCountMax = 1000

    /// Writes the rows of some sequences to a new file, durable when this returns, and returns its path; nil where
    /// there is no such row.
    static func keep(
        _ connection: inout Connection,
        _ log: LogReader<PosixStorage>,
        _ sequences: SequenceRanges
    ) throws -> String? {
        guard !sequences.isEmpty else { return nil }
        let name = "removed-\(LedgerClock.system.now().microsecondsSince1970).ndjson"
        let file = try OpenFile(creating: name, log.storage)
        var byteCount = 0
        for range in sequences.joined(rangeCountMax: rangeCountMax) {
            let query = """
                SELECT to_json(kept)::text FROM \(EventTable.name) AS kept WHERE ledger_id = '\(log.ledgerID)'
                AND sequence BETWEEN \(range.lowerBound) AND \(range.upperBound) ORDER BY sequence, recorded_at
                """
            try connection.copyOut(query) { rows in
                while let row = try rows.next() {
                    let line = Array(row.bytes(0) ?? []) + [UInt8(ascii: "\n")]
                    try file.write(line, at: byteCount)
                    byteCount += line.count
                }
            }
        }
        try file.synchronize()
        return log.storage.directory + "/" + name
    }
}
