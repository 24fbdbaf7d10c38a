internal import Postgres
internal import TradeModel

/// Candles that are stored together, encoded as rows of a binary COPY.
struct CandleBatch {
    /// The columns, in the order of the fields of `rows`.
    static let columns = "symbol, venue, timeframe, timestamp, open, high, low, close, volume"

    private(set) var rows = BinaryRows(byteCapacity: rowByteCapacity * countMax)
    private(set) var count = 0
    /// The first and the last time of the batch, in no order of the rows; nil where there is no row.
    private(set) var times: ClosedRange<Timestamp>?
    /// Whether no two candles of the batch can have the same key: those of each series are in the order of time.
    private(set) var isAscending = true
    /// The last time of each series but `series`.
    private var lastTimes: [CandleSeries: Timestamp] = [:]
    /// The series of the last candle, which nearly always is that of the next one, and its last time.
    private var last: (series: CandleSeries, time: Timestamp)?

    /// So many that a transaction costs little beside its rows, and so few that they fit in memory and show progress.
    static let countMax = 20_000
    /// Enough for most rows, not for all.
    private static let rowByteCapacity = 160
    private static let columnCount = 9

    var isFull: Bool { count >= Self.countMax }

    /// Each series of the batch.
    var allSeries: [CandleSeries] { lastTimes.keys + (last.map { [$0.series] } ?? []) }

    mutating func add(_ candle: Candle) {
        noteTime(of: candle)
        let series = candle.series
        let texts = series.symbol.count + series.venue.count + series.timeframe.count
        let byteCountMax = 3 * 4 + texts + 12 + 5 * OutputSpan<UInt8>.numericFieldByteCountMax
        rows.beginRow(columnCount: Self.columnCount)
        rows.appendFields(Self.columnCount, byteCountMax: byteCountMax) { fields in
            fields.appendField(text: series.symbol.span)
            fields.appendField(text: series.venue.span)
            fields.appendField(text: series.timeframe.span)
            fields.appendField(timestampMicrosecondsSince1970: candle.timestamp.microsecondsSince1970)
            fields.append(candle.open)
            fields.append(candle.high)
            fields.append(candle.low)
            fields.append(candle.close)
            fields.append(candle.volume)
        }
        count += 1
    }

    private mutating func noteTime(of candle: Candle) {
        let time = candle.timestamp
        times = times.map { min($0.lowerBound, time)...max($0.upperBound, time) } ?? time...time
        if let last, last.series != candle.series {
            lastTimes[last.series] = last.time
            self.last = lastTimes.removeValue(forKey: candle.series).map { (candle.series, $0) }
        }
        if let last, time <= last.time { isAscending = false }
        last = (candle.series, time)
    }
}

extension OutputSpan<UInt8> {
    fileprivate mutating func append(_ value: Decimal) {
        appendField(numericCoefficient: value.coefficient, scale: value.scale)
    }
}
