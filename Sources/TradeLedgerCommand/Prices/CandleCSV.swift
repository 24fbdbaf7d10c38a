internal import Ledger
internal import Replication
internal import TradeModel

/// Reads lines of CSV: in the order of ccxt without a header, or in any order with one.
struct CandleCSV: CandleParser {
    private let name: String
    private let options: SeriesOptions
    private var splitter = LineSplitter()
    private var lineNumber = 0
    /// Where each column is; nil before the first line was read.
    private var layout: CandleLayout?
    /// The fields of the line that is being read, without the quotes around them.
    private var fields: [Range<Int>] = []
    /// The series of the last candle, which nearly always is that of the next one.
    private var series: CandleSeries?

    private static let quote = UInt8(ascii: "\"")

    /// Reads a file of this name.
    init(_ name: String, _ options: SeriesOptions) {
        self.name = name
        self.options = options
    }

    mutating func read(_ bytes: [UInt8], _ report: CandleReport) throws {
        for line in splitter.lines(in: bytes) { try read(line, report) }
    }

    mutating func finish(_ report: CandleReport) throws {
        if let line = splitter.rest() { try read(line, report) }
    }

    private mutating func read(_ line: EventLine, _ report: CandleReport) throws {
        lineNumber += 1
        var text = line.bytes
        if text.last == UInt8(ascii: "\r") { text.removeLast() }
        if text.allSatisfy(FirstLine.isBlank) { return }
        if layout == nil, try readHeader(text.span) { return }
        try report(.line(lineNumber), candle(text.span, ofByteCount: line.byteCount))
    }

    /// Reads from the first line where each column is; true where the line is a header and not a candle.
    ///
    /// Throws where no candle can be read from such a file, or with such options.
    private mutating func readHeader(_ text: Span<UInt8>) throws(Failure) -> Bool {
        let isHeader: Bool
        let layout: CandleLayout
        do throws(CandleFault) {
            try split(text)
            isHeader = !text.extracting(fields[0]).beginsWithDigit
            let names = fields.map { String(decoding: content(of: $0, in: text), as: UTF8.self) }
            layout = isHeader ? try CandleLayout(header: names) : .ofCCXT
        } catch {
            throw Failure(.dataRejected, "\(name):\(lineNumber): \(error.message); nothing was loaded")
        }
        try options.check(
            hasSymbol: layout.symbol != nil,
            hasVenue: layout.venue != nil,
            hasTimeframe: layout.timeframe != nil
        )
        if !layout.hasSeries { series = try options.series() }
        self.layout = layout
        return isHeader
    }

    /// The candle of a line that had so many bytes, which may be more than it has here.
    private mutating func candle(_ text: Span<UInt8>, ofByteCount byteCount: Int) -> Result<Candle, CandleFault> {
        do throws(CandleFault) {
            guard let layout, text.count + 1 >= byteCount else { throw CandleFault("a line of \(byteCount) bytes") }
            try split(text)
            guard fields.count == layout.fieldCount else {
                throw CandleFault("\(fields.count) fields, not \(layout.fieldCount)")
            }
            var texts = InlineArray<6, Range<Int>>(repeating: 0..<0)
            for index in texts.indices { texts[index] = fields[layout.values[index]] }
            return .success(try CandleText.candle(try series(in: text, layout), in: text, texts))
        } catch { return .failure(error) }
    }

    private mutating func series(in text: Span<UInt8>, _ layout: CandleLayout) throws(CandleFault) -> CandleSeries {
        guard layout.hasSeries else {
            guard let series else { preconditionFailure("a file without these columns has one series") }
            return series
        }
        if let series, isSame(layout.symbol, series.symbol, text), isSame(layout.venue, series.venue, text),
            isSame(layout.timeframe, series.timeframe, text)
        {
            return series
        }
        let next = try CandleSeries(
            symbol: value(layout.symbol, options.texts.symbol, text),
            venue: value(layout.venue, options.texts.venue, text),
            timeframe: value(layout.timeframe, options.texts.timeframe, text)
        )
        series = next
        return next
    }

    /// Whether a column, if there is one, holds the bytes.
    private func isSame(_ column: Int?, _ bytes: [UInt8], _ text: Span<UInt8>) -> Bool {
        guard let column else { return true }
        let field = fields[column]
        return Self.isQuoted(field, in: text)
            ? content(of: field, in: text) == bytes : text.extracting(field).holds(bytes.span)
    }

    private func value(_ column: Int?, _ option: [UInt8], _ text: Span<UInt8>) -> [UInt8] {
        guard let column else { return option }
        return content(of: fields[column], in: text)
    }

    /// The bytes of a field; between quotes, two quotes mean one.
    private func content(of field: Range<Int>, in text: Span<UInt8>) -> [UInt8] {
        let isQuoted = Self.isQuoted(field, in: text)
        var bytes: [UInt8] = []
        var next = field.lowerBound
        while next < field.upperBound {
            bytes.append(text[next])
            next += isQuoted && text[next] == Self.quote ? 2 : 1
        }
        return bytes
    }

    private static func isQuoted(_ field: Range<Int>, in text: Span<UInt8>) -> Bool {
        field.lowerBound > 0 && text[field.lowerBound - 1] == quote
    }

    /// Finds the fields of a line.
    private mutating func split(_ text: Span<UInt8>) throws(CandleFault) {
        fields.removeAll(keepingCapacity: true)
        var start = 0
        while true {
            while start < text.count, FirstLine.isBlank(text[start]) { start += 1 }
            let isQuoted = start < text.count && text[start] == Self.quote
            let field = isQuoted ? try quotedField(text, from: start + 1) : Self.plainField(text, from: start)
            fields.append(field)
            var end = field.upperBound + (isQuoted ? 1 : 0)
            while end < text.count, FirstLine.isBlank(text[end]) { end += 1 }
            guard end < text.count else { return }
            guard text[end] == UInt8(ascii: ",") else { throw CandleFault("no comma after field \(fields.count)") }
            start = end + 1
        }
    }

    private func quotedField(_ text: Span<UInt8>, from start: Int) throws(CandleFault) -> Range<Int> {
        var end = start
        while end < text.count {
            if text[end] != Self.quote {
                end += 1
            } else if end + 1 < text.count, text[end + 1] == Self.quote {
                end += 2
            } else {
                return start..<end
            }
        }
        throw CandleFault("the quotes of field \(fields.count + 1) do not end")
    }

    private static func plainField(_ text: Span<UInt8>, from start: Int) -> Range<Int> {
        var end = start
        while end < text.count, text[end] != UInt8(ascii: ",") { end += 1 }
        while end > start, FirstLine.isBlank(text[end - 1]) { end -= 1 }
        return start..<end
    }
}

extension Span<UInt8> {
    fileprivate var beginsWithDigit: Bool {
        count > 0 && (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self[0])
    }
}

/// Where a CSV has the columns of a candle.
private struct CandleLayout {
    /// The places of timestamp, open, high, low, close and volume.
    private(set) var values = InlineArray<6, Int> { $0 }
    private(set) var symbol: Int?
    private(set) var venue: Int?
    private(set) var timeframe: Int?
    private(set) var fieldCount = 6

    /// Without a header, the order in which ccxt has the values.
    static let ofCCXT = CandleLayout()

    private static let valueNames = ["timestamp", "open", "high", "low", "close", "volume"]

    private init() {}

    /// Finds the columns by their names, in any letter case; freqtrade calls the timestamp `date`.
    ///
    /// Other columns are left out.
    init(header: [String]) throws(CandleFault) {
        var names = header.map { $0.lowercased() }
        if let date = names.firstIndex(of: "date"), !names.contains("timestamp") { names[date] = "timestamp" }
        for name in Self.valueNames + ["symbol", "venue", "timeframe"] where names.count(where: { $0 == name }) > 1 {
            throw CandleFault("two columns are called \(name)")
        }
        fieldCount = names.count
        for (index, name) in Self.valueNames.enumerated() {
            guard let place = names.firstIndex(of: name) else {
                throw CandleFault(
                    "the line is neither a candle nor a header with the columns timestamp (or date), open, high, low, "
                        + "close and volume: there is no \(name)"
                )
            }
            values[index] = place
        }
        symbol = names.firstIndex(of: "symbol")
        venue = names.firstIndex(of: "venue")
        timeframe = names.firstIndex(of: "timeframe")
    }

    /// Whether a line can say which series it is of.
    var hasSeries: Bool { symbol != nil || venue != nil || timeframe != nil }
}
