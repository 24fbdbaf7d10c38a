internal import Ledger
internal import Postgres
internal import Replay
internal import TradeModel

/// Restores rows of `ledger.trade_events` from the log: deletes the wrong rows, of which it keeps a copy, and
/// writes the right ones.
///
/// Works within the transaction that is under way.
struct EventMending {
    private let log: LogReader<PosixStorage>
    private let limit: UInt64

    /// The largest number of statements: between ranges that are close together, correct rows are rewritten too.
    private static let runCountMax = 1000

    /// Rows of the first `limit` events are to be there, and no others.
    init(_ log: LogReader<PosixStorage>, upTo limit: UInt64) {
        self.log = log
        self.limit = limit
    }

    /// Writes rows that will be replaced or deleted to a new file in the ledger's directory, as JSON lines.
    ///
    /// They are the only trace of the change, or of a history that the log lost. The file is durable when this returns.
    /// Returns its path; nil where there is no such row.
    func keep(_ connection: inout Connection, _ sequences: SequenceRanges) throws -> String? {
        guard !sequences.isEmpty else { return nil }
        let name = "removed-\(LedgerClock.system.now().microsecondsSince1970).ndjson"
        let file = try OpenFile(creating: name, log.storage)
        var byteCount = 0
        for run in sequences.joined(rangeCountMax: Self.runCountMax) {
            let query = """
                SELECT to_json(kept)::text FROM \(EventTable.name) AS kept WHERE ledger_id = '\(log.ledgerID)'
                AND sequence BETWEEN \(run.lowerBound) AND \(run.upperBound) ORDER BY sequence, recorded_at
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

    /// Makes the rows of some sequences right, and deletes those that have none.
    func run(_ connection: inout Connection, _ sequences: SequenceRanges) throws {
        _ = try connection.query(
            "DELETE FROM \(EventTable.name) WHERE ledger_id = $1 AND sequence IS NULL",
            [.text(log.ledgerID.description)]
        )
        let runs = sequences.joined(rangeCountMax: Self.runCountMax)
        for run in runs {
            _ = try connection.query(
                "DELETE FROM \(EventTable.name) WHERE ledger_id = $1 AND sequence BETWEEN $2 AND $3",
                [.text(log.ledgerID.description), .int64(run.lowerBound), .int64(run.upperBound)]
            )
        }
        _ = try connection.copyIn(EventTable.copyStatement) { copy in
            for run in runs {
                let last = min(UInt64(clamping: run.upperBound), limit)
                var cursor = log.cursor(from: UInt64(clamping: max(1, run.lowerBound)))
                while let event = try cursor.next(upTo: last) {
                    try copy.writeRow { (row) throws(PostgresError) in EventTable.write(event, log.ledgerID, &row) }
                }
            }
        }
    }
}
