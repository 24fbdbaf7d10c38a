internal import Postgres
internal import Projections
internal import TradeModel

/// The table of trades, with the columns of `TradeRow`; the public views read it.
enum TradeTable {
    static let name = "ledger.trades"

    /// In the order in which `LedgerRows` writes them.
    static let columns = TradeRow.storedColumns.map(\.name)
    static let keyColumns = ["ledger_id", "trade_id"]
    /// The place of the trade's id in a row.
    static let tradeIDColumn: Int = {
        guard let column = columns.firstIndex(of: "trade_id") else { preconditionFailure("a trade has an id") }
        return column
    }()

    static let columnList = columns.joined(separator: ", ")
}

/// The short number of a ledger within one database, of which the ids of its trades are made.
enum LedgerNumber {
    /// The numbers that ledgers get: with sequences below 2^40 the ids of trades stay within `bigint`.
    static let range: ClosedRange<Int64> = 0...8_388_607

    /// The id of a trade, which grows with the sequence of its open.
    static func tradeID(_ ledgerNumber: Int64, firstSequence: UInt64) -> Int64 {
        ledgerNumber << 40 + Int64(firstSequence)
    }

    /// A query for the number of a ledger that is new to the database: one more than the highest, or the lowest free
    /// one if the last number is taken.
    static let next = """
        SELECT CASE
            WHEN highest.number IS NULL THEN 0
            WHEN highest.number < \(range.upperBound) THEN highest.number + 1
            ELSE (
                SELECT min(candidate.number)
                FROM (
                    SELECT 0 AS number
                    UNION ALL
                    SELECT taken.ledger_number + 1 FROM ledger.replication AS taken
                    WHERE taken.ledger_number BETWEEN 0 AND \(range.upperBound - 1)
                ) AS candidate
                WHERE NOT EXISTS (
                    SELECT FROM ledger.replication AS taken WHERE taken.ledger_number = candidate.number
                )
            ) END
        FROM (
            SELECT max(ledger_number) AS number FROM ledger.replication
            WHERE ledger_number BETWEEN 0 AND \(range.upperBound)
        ) AS highest
        """

    /// The number that most ids of the ledger's trades were made with, where the row that says so is missing or holds
    /// none; a new one where that is another ledger's by now.
    static func recover(_ connection: inout Connection, _ ledgerID: EventID) throws(PostgresError) -> Int64 {
        let result = try connection.query(
            """
            SELECT coalesce(
                (
                    SELECT id >> 40 FROM \(TradeTable.name)
                    WHERE ledger_id = $1 AND id >= 0
                        AND NOT EXISTS (
                            SELECT FROM ledger.replication AS other
                            WHERE other.ledger_number = id >> 40 AND other.ledger_id <> $1
                        )
                    GROUP BY id >> 40 ORDER BY count(*) DESC LIMIT 1
                ),
                (\(next))
            )
            """,
            of: ledgerID
        )
        return try result.int64(row: 0, column: 0) ?? 0
    }
}
