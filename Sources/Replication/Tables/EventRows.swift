internal import Ledger
internal import Postgres
internal import TradeModel

/// Reads the rows of `ledger.trade_events`.
enum EventRows {
    /// A query for the rows of some sequences, in order.
    static func query(_ ledgerID: EventID, _ sequences: ClosedRange<UInt64>) -> String {
        """
        SELECT \(EventTable.columnList) FROM \(EventTable.name) WHERE ledger_id = '\(ledgerID)'
        AND sequence BETWEEN \(sequences.lowerBound) AND \(sequences.upperBound) ORDER BY sequence, recorded_at
        """
    }

    /// The events of these sequences, up to the first row that does not hold the next one, and what is wrong there.
    static func events(
        _ connection: inout Connection,
        _ ledgerID: EventID,
        _ sequences: ClosedRange<UInt64>
    ) throws -> (events: [Event], fault: String?) {
        try connection.copyOut(query(ledgerID, sequences)) { rows in
            var (events, fault): ([Event], String?) = ([], nil)
            // Reads all rows even after a bad one, because the session is used again.
            while let row = try rows.next() {
                guard fault == nil else { continue }
                let next = sequences.lowerBound + UInt64(events.count)
                do throws(PostgresError) {
                    let event = try EventTable.event(row)
                    if event.sequence == next { events.append(event) } else { fault = "event \(next) is missing" }
                    if event.sequence < next { fault = "event \(event.sequence) is there more than once" }
                } catch {
                    guard error.kind == .foreignValue else { throw error }
                    fault = error.message
                }
            }
            return (events, events.isEmpty ? fault ?? "event \(sequences.lowerBound) is missing" : fault)
        }
    }

    /// The last sequence that the database has after another one; nil if it has none.
    static func lastSequence(
        _ connection: inout Connection,
        _ ledgerID: EventID,
        after sequence: UInt64
    ) throws(PostgresError) -> Int64? {
        let result = try connection.query(
            "SELECT max(sequence) FROM \(EventTable.name) WHERE ledger_id = $1 AND sequence > $2",
            [.text(ledgerID.description), .int64(Int64(sequence))]
        )
        return try result.int64(row: 0, column: 0)
    }

    /// Whether the database has an event; uses the whole key, so that only one chunk of a hypertable is searched.
    static func has(
        _ connection: inout Connection,
        _ ledgerID: EventID,
        _ sequence: UInt64,
        _ recordedAt: Timestamp
    ) throws(PostgresError) -> Bool {
        try connection.isTrue(
            """
            SELECT EXISTS (
                SELECT FROM \(EventTable.name) WHERE ledger_id = $1 AND sequence = $2 AND recorded_at = $3
            )
            """,
            [.text(ledgerID.description), .int64(Int64(sequence)), .text(recordedAt.description)]
        )
    }
}
