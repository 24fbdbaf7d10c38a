internal import Replication
internal import TradeModel

/// Reads the texts of a candle, exactly: no number goes through a binary float.
enum CandleText {
    private static let excerptByteCountMax = 64

    /// A candle from its six texts, in the order of ccxt: timestamp, open, high, low, close, volume.
    static func candle(
        _ series: CandleSeries,
        in line: Span<UInt8>,
        _ texts: InlineArray<6, Range<Int>>
    ) throws(CandleFault) -> Candle {
        try Candle(
            series,
            timestamp: try time(line.extracting(texts[0])),
            open: try decimal("open", line.extracting(texts[1])),
            high: try decimal("high", line.extracting(texts[2])),
            low: try decimal("low", line.extracting(texts[3])),
            close: try decimal("close", line.extracting(texts[4])),
            volume: try decimal("volume", line.extracting(texts[5]))
        )
    }

    private static func decimal(_ name: StaticString, _ text: Span<UInt8>) throws(CandleFault) -> Decimal {
        do throws(DecimalError) { return try Decimal(parsing: text) } catch {
            let problem = error == .outOfRange ? "does not fit a decimal of 38 digits" : "is not a decimal such as 0.1"
            throw CandleFault("\(name) \(excerpt(text)) \(problem)")
        }
    }

    /// A time: whole milliseconds since 1970, RFC 3339 with an offset and with a space or a T before the hours, or a
    /// date for its first moment in UTC.
    static func time(_ text: Span<UInt8>) throws(CandleFault) -> Timestamp {
        if isNumber(text) {
            if let time = Timestamp(milliseconds: text), time >= .leastMilliseconds { return time }
        } else if let time = Timestamp(rfc3339: text) ?? Timestamp(argument: string(text)) {
            return time
        }
        if let seconds = mistakenSeconds(text) {
            throw CandleFault(
                "timestamp \(excerpt(text)) is too small for milliseconds since 1970; as seconds it would be \(seconds)"
            )
        }
        if Timestamp.lacksOffset(text) {
            throw CandleFault("timestamp \(excerpt(text)) lacks its offset from UTC: end it in Z, or in +00:00 or such")
        }
        throw CandleFault(
            "timestamp \(excerpt(text)) is not a time such as 2026-01-31T12:00:00Z, a date or milliseconds since 1970"
        )
    }

    private static func isNumber(_ text: Span<UInt8>) -> Bool {
        for index in text.indices where !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[index]) { return false }
        return text.count > 0
    }

    private static func mistakenSeconds(_ text: Span<UInt8>) -> Timestamp? {
        do throws(DecimalError) { return Timestamp(mistakenSeconds: try Decimal(parsing: text)) } catch { return nil }
    }

    /// The text in quotes, cut to what a message can show.
    static func excerpt(_ text: Span<UInt8>) -> String {
        let shown = text.extracting(first: excerptByteCountMax)
        return "\"\(string(shown))\(shown.count < text.count ? "…" : "")\""
    }

    private static func string(_ text: Span<UInt8>) -> String {
        unsafe text.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }
}

/// Reads candles from pieces of a file.
protocol CandleParser {
    /// Reads the candles that end within the bytes.
    ///
    /// `report` receives each with its place, or what is wrong with it.
    mutating func read(_ bytes: [UInt8], _ report: CandleReport) throws

    /// Reads what is left at the end of the file.
    mutating func finish(_ report: CandleReport) throws
}

/// Takes a candle, or why there is none, and where in the file that is.
typealias CandleReport = (_ place: CandlePlace, _ result: Result<Candle, CandleFault>) throws -> Void

/// Where in a file a candle is; its description follows the name of the file in a message.
///
/// Lines and candles are counted from 1.
enum CandlePlace: CustomStringConvertible {
    case line(Int)
    /// A candle of an array, which may have all of them on one line.
    case candle(Int)
    /// All of the file after so many candles.
    case rest(after: Int)

    var description: String {
        switch self {
        case .line(let number): ":\(number)"
        case .candle(let number): ": candle \(number)"
        case .rest(after: 0): ""
        case .rest(let count): ": after candle \(count)"
        }
    }

    var isRest: Bool { if case .rest = self { true } else { false } }
}

/// The texts that options give for a file which has no column for them.
struct SeriesOptions {
    private let symbol: String?
    private let venue: String?
    private let timeframe: String?

    init(_ arguments: CommandLineArguments) {
        (symbol, venue, timeframe) = (arguments["--symbol"], arguments["--venue"], arguments["--timeframe"])
    }

    /// The series of a file that has no column for any of them.
    ///
    /// Throws a usage failure if an option is missing or wrong.
    func series() throws(Failure) -> CandleSeries {
        try check(hasSymbol: false, hasVenue: false, hasTimeframe: false)
        return try series(symbolOr: "", timeframeOr: "")
    }

    /// The bytes that stand for a missing column.
    var texts: (symbol: [UInt8], venue: [UInt8], timeframe: [UInt8]) {
        (Array((symbol ?? "").utf8), Array((venue ?? "").utf8), Array((timeframe ?? "").utf8))
    }

    /// Throws a usage failure if an option is missing or wrong, or if the file has a column for it.
    func check(hasSymbol: Bool, hasVenue: Bool, hasTimeframe: Bool) throws(Failure) {
        for (name, option, isColumn, example) in [
            ("symbol", symbol, hasSymbol, "BTC/USDT"), ("venue", venue, hasVenue, nil),
            ("timeframe", timeframe, hasTimeframe, "1h"),
        ] {
            if option != nil, isColumn {
                throw Failure(.usage, "the file has a column \(name): leave --\(name) out")
            }
            if option == nil, !isColumn, let example {
                throw Failure(.usage, "the file has no column \(name): give it, such as --\(name) \(example)")
            }
        }
        _ = try series(symbolOr: "-", timeframeOr: "-")
    }

    private func series(
        symbolOr otherSymbol: String,
        timeframeOr otherTimeframe: String
    ) throws(Failure) -> CandleSeries {
        do throws(CandleFault) {
            return try CandleSeries(
                symbol: Array((symbol ?? otherSymbol).utf8),
                venue: texts.venue,
                timeframe: Array((timeframe ?? otherTimeframe).utf8)
            )
        } catch { throw Failure(.usage, error.message) }
    }
}
