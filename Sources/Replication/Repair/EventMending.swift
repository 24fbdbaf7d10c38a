internal import Ledger
internal import Postgres
internal import Replay
internal import TradeModel

/// Restores rows of `ledger.trade_events` from the log: deletes the wrong rows and copies the right ones.
///
/// Works within the transaction that is under way.
struct EventMending {
    private let log: LogReader<PosixStorage>
    private let limit: UInt64

    /// The largest number of DELETE statements: between ranges that are close together, correct rows are rewritten too.
    private static let runCountMax = 1000

    /// Rows of the first `limit` events are to be there, and no others.
    init(_ log: LogReader<PosixStorage>, upTo limit: UInt64) {
        self.log = log
        self.limit = limit
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
