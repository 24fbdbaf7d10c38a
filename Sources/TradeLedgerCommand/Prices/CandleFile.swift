internal import Replication

/// A file of candles, in the format that its first bytes show.
struct CandleFile: ~Copyable {
    private let file: InputFile
    private let options: SeriesOptions

    /// Opens a file.
    init(path: String, _ options: SeriesOptions) throws(FileError) {
        file = try InputFile(path: path)
        self.options = options
    }

    var name: String { file.name }

    /// How many bytes the file has; 0 for a pipe.
    var byteCount: Int { file.byteCount }

    /// Reads all candles; `onProgress` receives how many bytes were read.
    ///
    /// Throws where the file is no file of candles, or needs other options.
    func read(_ report: CandleReport, onProgress: (Int) -> Void) throws {
        guard let first = try file.read() else { throw Failure(.dataRejected, "\(name) is empty") }
        let start = FirstLine.withoutByteOrderMark(first[...])
        let line = start.prefix { $0 != UInt8(ascii: "\n") }
        let text = start.drop { FirstLine.isBlank($0) || $0 == UInt8(ascii: "\n") }
        switch text.first {
        case UInt8(ascii: "["): try read(Array(start), CandleJSON(try options.series()), report, onProgress)
        case UInt8(ascii: "{"):
            throw Failure(.dataRejected, "\(name) is a JSON object, not an array of candles as ccxt returns it")
        default:
            if let refusal = FirstLine(line).refusalOfBinary {
                throw Failure(.dataRejected, "\(name) is \(refusal.format), not a CSV or ccxt's JSON")
            }
            try read(Array(start), CandleCSV(name, options), report, onProgress)
        }
    }

    private func read(
        _ first: [UInt8],
        _ parser: some CandleParser,
        _ report: CandleReport,
        _ onProgress: (Int) -> Void
    ) throws {
        var parser = parser
        var bytes: [UInt8]? = first
        var doneByteCount = 0
        while let next = bytes {
            try parser.read(next, report)
            doneByteCount += next.count
            onProgress(doneByteCount)
            bytes = try file.read()
        }
        try parser.finish(report)
    }
}
