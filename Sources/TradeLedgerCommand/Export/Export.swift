internal import Ledger
internal import Projections
internal import Replay
internal import TradeModel

/// Events of a ledger, and the trades that they are of, for other programs.
struct Export {
    private let reader: LedgerReader
    private let sequences: ClosedRange<UInt64>

    init(_ reader: LedgerReader, _ sequences: ClosedRange<UInt64>) {
        self.reader = reader
        self.sequences = sequences
    }

    /// Everything that is durable now.
    static func whole(of reader: LedgerReader) throws(LedgerError) -> Export {
        Export(reader, 1...max(1, try reader.durableSequence()))
    }

    /// Writes the trades that the events are of, as they were behind the last of them; to a file, or to stdout.
    func writeTrades(to path: String?) throws {
        let trades = try TradeReplay(reader).trades(asOf: .sequence(sequences.upperBound))
        try write(to: path, as: .csv) { printer in
            for trade in trades where trade.trade.lastSequence >= sequences.lowerBound {
                try printer.print(TradeRecord.record(trade))
            }
        }
    }

    /// Writes the events, a line of JSON each; to a file, or to stdout.
    func writeEvents(to path: String?) throws {
        var events = try reader.events(from: sequences.lowerBound, to: sequences.upperBound)
        try write(to: path, as: .json) { printer in
            while let event = try events.next() { try printer.print(json: event, reader.ledgerID) }
        }
    }

    private func write(
        to path: String?,
        as format: OutputFormat,
        _ print: (inout RecordPrinter) throws -> Void
    ) throws {
        guard let path else {
            var printer = RecordPrinter(format)
            try print(&printer)
            return try printer.finish()
        }
        let file = try OutputFile(path: path)
        var printer = RecordPrinter(format, to: StandardOutput(redirectedTo: file))
        try print(&printer)
        try printer.finish()
        try file.finish()
    }
}
