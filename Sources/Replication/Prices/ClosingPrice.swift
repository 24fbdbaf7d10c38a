internal import Postgres
package import Projections
package import TradeModel

/// The close of a candle in `public.price_data`.
package struct ClosingPrice: Sendable {
    /// The number as the table has it, which an event need not be able to hold.
    package let price: String
    /// When the period of the candle ended.
    package let time: Timestamp
    /// The exchange; empty where the table names none.
    package let venue: String
    package let timeframe: String

    /// How long before the moment a candle begins that is looked for first: nothing older is read if there is one.
    private static let recentMicroseconds: Int64 = 45 * 86_400_000_000

    /// The last close of each of these symbols at or before a moment; a symbol that has none is left out.
    ///
    /// A venue or a timeframe leaves only its candles. Of several candles that end at the same moment the one of the
    /// shortest timeframe counts, then the one of the first venue by bytes. Candles whose timeframe is not a number of
    /// seconds (`s`), minutes (`m`), hours (`h`), days (`d`), weeks (`w`) or months (`M`) do not count, because nothing
    /// says when they end.
    package static func last(
        of symbols: [ByteText],
        upTo moment: Timestamp,
        venue: String?,
        timeframe: String?,
        _ address: DatabaseAddress
    ) throws(ReplicationError) -> [ByteText: ClosingPrice] {
        try address.withSession("tradeledger prices observe") { connection in
            var found: [ByteText: ClosingPrice] = [:]
            let recent = Timestamp(microsecondsSince1970: moment.microsecondsSince1970 - recentMicroseconds)
            for beginning in [recent.description, "-infinity"] {
                let missing = symbols.filter { found[$0] == nil }.map(\.bytes)
                guard !missing.isEmpty else { break }
                let rows = try connection.query(
                    query,
                    [
                        .textArray(missing), .text(beginning), .text(moment.description),
                        venue.map { .text($0) } ?? .null, timeframe.map { .text($0) } ?? .null,
                    ]
                )
                for row in 0..<rows.rowCount {
                    guard let symbol = rows.bytes(row: row, column: 0), let price = rows.text(row: row, column: 1),
                        let time = try rows.int64(row: row, column: 2), let venue = rows.text(row: row, column: 3),
                        let timeframe = rows.text(row: row, column: 4)
                    else { continue }
                    found[ByteText(symbol)] = ClosingPrice(
                        price: price,
                        time: Timestamp(microsecondsSince1970: time),
                        venue: venue,
                        timeframe: timeframe
                    )
                }
            }
            return found
        }
    }

    /// A candle of at most 31 days that begins before `$2` ends before each of those that this finds.
    private static let query = """
        SELECT given.symbol, candle.close, (extract(epoch FROM candle.ends_at) * 1000000)::bigint, candle.venue,
            candle.timeframe
        FROM unnest($1::text[]) AS given (symbol)
        CROSS JOIN LATERAL (
            SELECT stored.close, stored.venue, stored.timeframe, stored.timestamp + period.length AS ends_at
            FROM public.price_data AS stored
            CROSS JOIN LATERAL (
                SELECT \(Timeframe.interval(sql: "stored.timeframe")) AS length
            ) AS period
            WHERE stored.symbol = given.symbol COLLATE "C"
              AND stored.timestamp BETWEEN $2 AND $3
              AND stored.venue = coalesce($4, stored.venue) AND stored.timeframe = coalesce($5, stored.timeframe)
              AND stored.timestamp + period.length BETWEEN $2::timestamptz + INTERVAL '31 days' AND $3
            ORDER BY ends_at DESC, period.length, stored.venue
            LIMIT 1
        ) AS candle
        """
}
