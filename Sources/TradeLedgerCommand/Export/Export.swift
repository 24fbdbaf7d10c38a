internal import Ledger
internal import Projections
internal import Records
internal import Replay
internal import TradeModel

/// Exports the events of a ledger, and their trades, for other programs.
struct Export {
    private let reader: LedgerReader
    private let first: UInt64
    private let last: UInt64

    /// Exports some events, all of which are durable.
    init(_ reader: LedgerReader, _ sequences: ClosedRange<UInt64>) {
        self.reader = reader
        first = sequences.lowerBound
        last = sequences.upperBound
    }

    /// Exports everything that is durable now, which may be nothing.
    init(wholeOf reader: LedgerReader) throws(LedgerError) {
        self.reader = reader
        first = 1
        last = try reader.durableSequence()
    }

    /// Writes the trades of the events, as of the last event and in the order of their opens, to a file or to stdout.
    ///
    /// The open trades are in memory; the rest is in a temporary file beside the output or in `TMPDIR`.
    func writeTrades(to path: String?, _ existing: OutputFile.Existing = .kept) throws {
        let folder = path.map(Directory.parent) ?? Settings.temporaryDirectory
        try write(to: path, existing) { output in
            var spool = LineSpool(in: folder)
            var header: String?
            try TradeReplay(reader).visitTrades(from: first, to: last) { trade in
                let record = TradePrinter.record(trade)
                header = header ?? Record.csvHeader(record.map(\.name))
                try spool.add(Array(record.csv.utf8), at: trade.trade.firstSequence)
            }
            guard let header else { return }
            try output.line(header)
            try spool.drain { try output.line($0) }
        }
    }

    /// Writes the events to a file or to stdout, one line of JSON each.
    func writeEvents(to path: String?, _ existing: OutputFile.Existing = .kept) throws {
        var events = try reader.events(from: first, to: last)
        try write(to: path, existing) { output in
            var line: [UInt8] = []
            while let event = try events.next() {
                line.removeAll(keepingCapacity: true)
                EventJSON.write(event, ledgerID: reader.ledgerID, into: &line)
                try output.line(line.dropLast())
            }
        }
    }

    private func write(
        to path: String?,
        _ existing: OutputFile.Existing,
        _ fill: (inout StandardOutput) throws -> Void
    ) throws {
        guard let path else {
            var output = StandardOutput()
            try fill(&output)
            return try output.flush()
        }
        let file = try OutputFile(path: path, existing: existing)
        var output = StandardOutput(redirectedTo: file)
        try fill(&output)
        try output.flush()
        try file.finish()
    }
}
