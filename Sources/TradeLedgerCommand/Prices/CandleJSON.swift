internal import Replication

/// Reads the array that ccxt's `fetch_ohlcv` returns, and that freqtrade stores: an array of arrays of timestamp in
/// milliseconds, open, high, low, close and volume.
///
/// Memory is bounded by one candle, whatever the length of the file and of its lines.
struct CandleJSON: CandleParser {
    /// What may come next, apart from white space.
    private enum Expected {
        case array
        /// A candle, or the end of the empty array.
        case firstCandle
        case candle
        case commaOrEnd
        /// The rest of a candle, after its bracket.
        case values
        /// Nothing: the array has ended, or the rest cannot be read.
        case nothing
        case failed
    }

    private let series: CandleSeries
    private var expected = Expected.array
    /// How many candles have ended.
    private var candleCount = 0
    /// What was read of the next candle in earlier pieces.
    private var partial: [UInt8] = []

    /// Much more than six numbers need.
    private static let candleByteCountMax = 1000
    private static let valueCount = 6

    init(_ series: CandleSeries) { self.series = series }

    mutating func read(_ bytes: [UInt8], _ report: CandleReport) throws {
        var start = 0
        var next = 0
        while next < bytes.count, expected != .failed {
            let byte = bytes[next]
            next += 1
            if expected == .values {
                if byte == UInt8(ascii: "]") {
                    candleCount += 1
                    try report(.candle(candleCount), candle(bytes[start..<next - 1]))
                    expected = .commaOrEnd
                } else if partial.count + next - start > Self.candleByteCountMax {
                    try fail("a candle of more than \(Self.candleByteCountMax) bytes", report)
                }
            } else if !Self.isSpace(byte) {
                try readBracket(byte, report)
                start = next
            }
        }
        if expected == .values { partial += bytes[start...] }
    }

    mutating func finish(_ report: CandleReport) throws {
        guard expected != .nothing, expected != .failed else { return }
        try fail("the file ends before the array does", report)
    }

    private mutating func readBracket(_ byte: UInt8, _ report: CandleReport) throws {
        switch (expected, byte) {
        case (.array, UInt8(ascii: "[")): expected = .firstCandle
        case (.firstCandle, UInt8(ascii: "[")), (.candle, UInt8(ascii: "[")):
            (expected, partial) = (.values, [])
        case (.firstCandle, UInt8(ascii: "]")), (.commaOrEnd, UInt8(ascii: "]")): expected = .nothing
        case (.commaOrEnd, UInt8(ascii: ",")): expected = .candle
        default: try fail("expected \(expectation)", report)
        }
    }

    private var expectation: String {
        switch expected {
        case .array, .firstCandle, .candle: "an array of candles, each [milliseconds, open, high, low, close, volume]"
        case .commaOrEnd: "',' or ']' after a candle"
        case .values, .nothing, .failed: "the end of the file after the array"
        }
    }

    /// Reports what makes the rest of the file unreadable.
    private mutating func fail(_ problem: String, _ report: CandleReport) throws {
        expected = .failed
        try report(.rest(after: candleCount), .failure(CandleFault("\(problem); nothing after it was read")))
    }

    /// The candle whose values are these bytes, after those in `partial`.
    private mutating func candle(_ rest: ArraySlice<UInt8>) -> Result<Candle, CandleFault> {
        do throws(CandleFault) {
            guard !partial.isEmpty else { return .success(try parse(rest.span)) }
            partial += rest
            return .success(try parse(partial.span))
        } catch { return .failure(error) }
    }

    private func parse(_ text: Span<UInt8>) throws(CandleFault) -> Candle {
        var texts = InlineArray<6, Range<Int>>(repeating: 0..<0)
        var count = 0
        var start = 0
        for end in 0...text.count where end == text.count || text[end] == UInt8(ascii: ",") {
            if count < Self.valueCount { texts[count] = Self.value(in: text, start..<end) }
            count += 1
            start = end + 1
        }
        guard count == Self.valueCount else {
            throw CandleFault("a candle of \(count) values, not [milliseconds, open, high, low, close, volume]")
        }
        return try CandleText.candle(series, in: text, texts)
    }

    /// A number without the space around it, and without the quotes in which some programs write numbers.
    private static func value(in text: Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, isSpace(text[start]) { start += 1 }
        while end > start, isSpace(text[end - 1]) { end -= 1 }
        if end - start >= 2, text[start] == UInt8(ascii: "\""), text[end - 1] == UInt8(ascii: "\"") {
            (start, end) = (start + 1, end - 1)
        }
        return start..<end
    }

    private static func isSpace(_ byte: UInt8) -> Bool { FirstLine.isBlank(byte) || byte == UInt8(ascii: "\n") }
}
