package import TradeModel

/// What the candles of one series have in common.
package struct CandleSeries: Hashable, Sendable {
    /// The instrument, such as `BTC/USDT`: 1 to 128 bytes of UTF-8.
    package let symbol: [UInt8]
    /// The exchange: up to 128 bytes of UTF-8, none where no exchange is named.
    package let venue: [UInt8]
    /// How long each period is, such as `1h`: 1 to 128 bytes of UTF-8.
    package let timeframe: [UInt8]

    /// Checks the texts; throws for one that the table does not take, and names it.
    package init(symbol: [UInt8], venue: [UInt8], timeframe: [UInt8]) throws(CandleFault) {
        try Self.check("symbol", symbol, byteCountMin: 1)
        try Self.check("venue", venue, byteCountMin: 0)
        try Self.check("timeframe", timeframe, byteCountMin: 1)
        (self.symbol, self.venue, self.timeframe) = (symbol, venue, timeframe)
    }

    private static func check(_ name: String, _ text: [UInt8], byteCountMin: Int) throws(CandleFault) {
        let byteCounts = byteCountMin...Limits.identifierByteCountMax
        guard byteCounts.contains(text.count) else {
            throw CandleFault(
                "\(name) has \(text.count) bytes, but must have \(byteCounts.lowerBound) to \(byteCounts.upperBound)"
            )
        }
        guard !text.contains(0), String(validating: text, as: UTF8.self) != nil else {
            throw CandleFault("\(name) is not UTF-8 without U+0000")
        }
    }
}

/// How the price of an instrument moved in one period: a row of `public.price_data`.
package struct Candle: Sendable {
    let series: CandleSeries
    /// When the period begins.
    let timestamp: Timestamp
    let open: Decimal
    let high: Decimal
    let low: Decimal
    let close: Decimal
    let volume: Decimal

    /// Checks that the values can be those of one period; prices may be negative, as those of some futures were.
    package init(
        _ series: CandleSeries,
        timestamp: Timestamp,
        open: Decimal,
        high: Decimal,
        low: Decimal,
        close: Decimal,
        volume: Decimal
    ) throws(CandleFault) {
        guard low <= high else { throw CandleFault("low \(low) is above high \(high)") }
        guard open <= high else { throw CandleFault("open \(open) is above high \(high)") }
        guard close <= high else { throw CandleFault("close \(close) is above high \(high)") }
        guard low <= open else { throw CandleFault("open \(open) is below low \(low)") }
        guard low <= close else { throw CandleFault("close \(close) is below low \(low)") }
        guard !volume.isNegative else { throw CandleFault("volume \(volume) is negative") }
        (self.series, self.timestamp, self.volume) = (series, timestamp, volume)
        (self.open, self.high, self.low, self.close) = (open, high, low, close)
    }
}

/// Why something is not a candle, in words.
package struct CandleFault: Error {
    package let message: String

    package init(_ message: String) { self.message = message }
}
