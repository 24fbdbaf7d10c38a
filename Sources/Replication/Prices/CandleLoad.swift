internal import Postgres
internal import TradeModel

/// Loads candles into `public.price_data`, so that a second load of the same candles changes nothing.
///
/// A candle whose key is there already replaces the stored one if its values differ: it was loaded before its period
/// had ended, or the exchange corrected it. Of two candles with one key the later one counts. Each batch is one
/// transaction, so a load that is interrupted leaves whole batches, and can be repeated.
package struct CandleLoad: ~Copyable {
    /// How many candles were stored, and what that changed.
    package struct Counts: Equatable, Sendable {
        package fileprivate(set) var rows = 0
        package fileprivate(set) var inserted = 0
        package fileprivate(set) var updated = 0

        /// How many were in the table already, with the same values.
        package var unchanged: Int { rows - inserted - updated }
    }

    private var connection: Connection
    private var batch = CandleBatch()
    /// What the stored batches changed.
    package private(set) var counts = Counts()
    private var firstTime: Timestamp?

    private static let stagedTable = "pg_temp.staged_candles"

    /// Opens a session with a database that has the schema.
    package init(_ address: DatabaseAddress) throws(ReplicationError) {
        var connection = try address.open("tradeledger prices load")
        try ReplicationError.converting(at: connection.endpoint) {
            try connection.execute(
                "CREATE TEMPORARY TABLE staged_candles (LIKE public.price_data) ON COMMIT DELETE ROWS"
            )
        }
        self.connection = connection
    }

    /// Adds a candle, and stores the batch once it is full.
    package mutating func add(_ candle: Candle) throws(ReplicationError) {
        batch.add(candle)
        if batch.isFull { try store() }
    }

    /// Stores the last batch, and starts what computes the aggregates again.
    ///
    /// Returns the days after which a policy drops candles, if it is going to drop some of these; otherwise nil.
    package mutating func finish() throws(ReplicationError) -> Int? {
        if batch.count > 0 { try store() }
        guard counts.inserted + counts.updated > 0, let firstTime else { return nil }
        return try ReplicationError.converting(at: connection.endpoint) {
            _ = try connection.query("SELECT ledger.refresh_aggregates('public.price_data')")
            guard try TimescaleDB.version(&connection) != nil,
                case .days(let days) = try HypertablePolicies.read(&connection).priceRetention
            else { return nil }
            let isOld = try connection.isTrue(
                "SELECT $1::timestamptz < now() - make_interval(days => $2)",
                [.text(firstTime.description), .text(String(days))]
            )
            return isOld ? days : nil
        }
    }

    private mutating func store() throws(ReplicationError) {
        let full = batch
        batch = CandleBatch()
        guard let times = full.times else { return }
        firstTime = firstTime.map { min($0, times.lowerBound) } ?? times.lowerBound
        let (inserted, updated) = try ReplicationError.converting(at: connection.endpoint) {
            do {
                if try Self.insertNew(full, times, &connection) { return (full.count, 0) }
            } catch let error as PostgresError where error.sqlState == "23505" {
                // Another load has stored one of the candles since this one asked.
            }
            return try Self.merge(full, times, &connection)
        }
        counts.rows += full.count
        counts.inserted += inserted
        counts.updated += updated
    }

    /// Stores a batch of which the table holds no candle, which is the fast way; false where it may hold one.
    private static func insertNew(
        _ batch: CandleBatch,
        _ times: ClosedRange<Timestamp>,
        _ connection: inout Connection
    ) throws -> Bool {
        guard batch.isAscending else { return false }
        let series = batch.allSeries
        let isThere = try connection.isTrue(
            """
            SELECT EXISTS (
                SELECT FROM unnest($1::text[], $2::text[], $3::text[]) AS given (symbol, venue, timeframe)
                JOIN public.price_data AS stored
                    ON (stored.symbol, stored.venue, stored.timeframe)
                        = (given.symbol COLLATE "C", given.venue COLLATE "C", given.timeframe COLLATE "C")
                WHERE stored.timestamp BETWEEN $4 AND $5
            )
            """,
            [
                .textArray(series.map(\.symbol)), .textArray(series.map(\.venue)), .textArray(series.map(\.timeframe)),
                .text(times.lowerBound.description), .text(times.upperBound.description),
            ]
        )
        guard !isThere else { return false }
        _ = try connection.copyIn("COPY public.price_data (\(CandleBatch.columns)) FROM STDIN (FORMAT binary)") {
            try $0.write(batch.rows)
        }
        return true
    }

    /// Adds the candles of a batch that the table lacks, and replaces those that differ.
    private static func merge(
        _ batch: CandleBatch,
        _ times: ClosedRange<Timestamp>,
        _ connection: inout Connection
    ) throws -> (inserted: Int, updated: Int) {
        try connection.withTransaction { connection in
            _ = try connection.copyIn("COPY \(stagedTable) (\(CandleBatch.columns)) FROM STDIN (FORMAT binary)") {
                try $0.write(batch.rows)
            }
            let inserted = try connection.query(
                """
                INSERT INTO public.price_data (\(CandleBatch.columns)) SELECT \(CandleBatch.columns) FROM \(stagedTable)
                ON CONFLICT DO NOTHING
                """
            ).affectedRowCount
            guard inserted < batch.count else { return (inserted, 0) }
            // The range of times, which the join implies, keeps the server from reading every chunk.
            let updated = try connection.query(
                """
                UPDATE public.price_data AS stored
                SET open = given.open, high = given.high, low = given.low, close = given.close, volume = given.volume
                FROM (
                    SELECT DISTINCT ON (symbol, venue, timeframe, timestamp) * FROM \(stagedTable)
                    ORDER BY symbol, venue, timeframe, timestamp, ctid DESC
                ) AS given
                WHERE (stored.symbol, stored.venue, stored.timeframe, stored.timestamp)
                    = (given.symbol, given.venue, given.timeframe, given.timestamp)
                  AND stored.timestamp BETWEEN $1 AND $2
                  AND (stored.open, stored.high, stored.low, stored.close, stored.volume)
                    IS DISTINCT FROM (given.open, given.high, given.low, given.close, given.volume)
                """,
                [.text(times.lowerBound.description), .text(times.upperBound.description)]
            ).affectedRowCount
            return (inserted, updated)
        }
    }
}

extension Parameter {
    /// The text form of a `text[]`.
    static func textArray(_ values: [[UInt8]]) -> Parameter {
        let quoted = values.map { value in
            "\"" + String(decoding: value, as: UTF8.self).replacing(/["\\]/) { "\\" + $0.output } + "\""
        }
        return .text("{" + quoted.joined(separator: ",") + "}")
    }
}
