internal import Postgres
internal import TradeModel

/// Loads candles into `public.price_data`, so that a second load of the same candles changes nothing.
///
/// A candle whose key is there already replaces the stored one if its values differ: the exchange corrected it, or it
/// was loaded before its period had ended. Of two candles with one key the later one counts. A candle whose period has
/// not ended by the server's clock is left out, because its close is only the last price so far; one whose timeframe
/// does not say when it ends is stored. Each batch is one transaction, so a load that is interrupted leaves whole
/// batches, and can be repeated.
package struct CandleLoad: ~Copyable {
    /// How many candles were stored, and what that changed.
    package struct Counts: Equatable, Sendable {
        package fileprivate(set) var rows = 0
        package fileprivate(set) var inserted = 0
        package fileprivate(set) var updated = 0
        /// How many were left out because their period had not ended; they are not among the rows.
        package fileprivate(set) var unfinished = 0

        /// How many were in the table already, with the same values.
        package var unchanged: Int { rows - inserted - updated }
    }

    private var connection: Connection
    private var batch = CandleBatch()
    /// What the stored batches changed, and what was left out.
    package private(set) var counts = Counts()
    private var firstTime: Timestamp?
    /// For each timeframe the latest beginning of a period that has ended.
    private var lastBeginnings: [[UInt8]: Timestamp] = [:]

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

    /// Adds a candle whose period has ended, and stores the batch once it is full.
    package mutating func add(_ candle: Candle) throws(ReplicationError) {
        guard try candle.timestamp <= lastBeginning(candle.series.timeframe) else {
            counts.unfinished += 1
            return
        }
        batch.add(candle)
        if batch.isFull { try store() }
    }

    /// The latest beginning of a period of this length that has ended; the last time of all if the length is unknown.
    private mutating func lastBeginning(_ timeframe: [UInt8]) throws(ReplicationError) -> Timestamp {
        if let known = lastBeginnings[timeframe] { return known }
        let beginning = try ReplicationError.converting(at: connection.endpoint) {
            let row = try connection.query(
                "SELECT (extract(epoch FROM now() - \(Timeframe.interval(sql: "$1::text"))) * 1000000)::bigint",
                [.text(String(decoding: timeframe, as: UTF8.self))]
            )
            return try row.int64(row: 0, column: 0).map { Timestamp(microsecondsSince1970: $0) } ?? .max
        }
        lastBeginnings[timeframe] = beginning
        return beginning
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
            parameters(batch, times)
        )
        guard !isThere else { return false }
        _ = try connection.copyIn("COPY public.price_data (\(CandleBatch.columns)) FROM STDIN (FORMAT binary)") {
            try $0.write(batch.rows)
        }
        return true
    }

    /// The symbols, venues and timeframes of the series of a batch, and its first and its last time.
    private static func parameters(_ batch: CandleBatch, _ times: ClosedRange<Timestamp>) -> [Parameter] {
        let series = batch.allSeries
        return [
            .textArray(series.map(\.symbol)), .textArray(series.map(\.venue)), .textArray(series.map(\.timeframe)),
            .text(times.lowerBound.description), .text(times.upperBound.description),
        ]
    }

    /// Adds the candles of a batch that the table lacks, and replaces those that differ.
    private static func merge(
        _ batch: CandleBatch,
        _ times: ClosedRange<Timestamp>,
        _ connection: inout Connection
    ) throws -> (inserted: Int, updated: Int) {
        try connection.withTransaction { connection in
            // A candle can decompress a thousand of its series, and the limit is 100,000 in a transaction.
            let limit = "timescaledb.max_tuples_decompressed_per_dml_transaction"
            _ = try connection.query(
                "SELECT set_config('\(limit)', '0', true) WHERE current_setting('\(limit)', true) IS NOT NULL"
            )
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
            return (inserted, try update(parameters(batch, times), &connection))
        }
    }

    /// Replaces the candles that differ from the staged ones; returns how many.
    ///
    /// Before an UPDATE looks at a row in the columnstore, TimescaleDB decompresses all that its conditions on columns
    /// of the table alone do not exclude, and a join excludes nothing. So a query, which decompresses nothing in the
    /// table, first finds the texts and the times of the candles that differ.
    private static func update(_ parameters: [Parameter], _ connection: inout Connection) throws -> Int {
        let differing = try connection.query(
            """
            SELECT array_agg(DISTINCT stored.symbol), array_agg(DISTINCT stored.venue),
                array_agg(DISTINCT stored.timeframe), min(stored.timestamp), max(stored.timestamp)
            FROM public.price_data AS stored, \(stagedThatDiffer)
            HAVING count(*) > 0
            """,
            parameters
        )
        guard differing.rowCount > 0 else { return 0 }
        return try connection.query(
            """
            UPDATE public.price_data AS stored
            SET open = given.open, high = given.high, low = given.low, close = given.close, volume = given.volume
            FROM \(stagedThatDiffer)
            """,
            (0..<differing.columnCount).map { differing.text(row: 0, column: $0).map { .text($0) } ?? .null }
        ).affectedRowCount
    }

    /// The last staged candle of each key, joined with the stored one, where their values differ.
    private static let stagedThatDiffer = """
        (
            SELECT DISTINCT ON (symbol, venue, timeframe, timestamp) * FROM \(stagedTable)
            ORDER BY symbol, venue, timeframe, timestamp, ctid DESC
        ) AS given
        WHERE stored.symbol = ANY ($1::text[]) AND stored.venue = ANY ($2::text[])
          AND stored.timeframe = ANY ($3::text[]) AND stored.timestamp BETWEEN $4::timestamptz AND $5::timestamptz
          AND (stored.symbol, stored.venue, stored.timeframe, stored.timestamp)
            = (given.symbol, given.venue, given.timeframe, given.timestamp)
          AND (stored.open, stored.high, stored.low, stored.close, stored.volume)
            IS DISTINCT FROM (given.open, given.high, given.low, given.close, given.volume)
        """
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
