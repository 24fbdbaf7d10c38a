internal import Ledger
internal import Projections
internal import Records
internal import Replay
internal import TradeModel

/// Prints trades, with the field names of the contract.
enum TradePrinter {
    /// The columns of trades, with a total for each quote currency in which voided trades do not count.
    private static let listing: Listing = {
        var listing = Listing("trades", TradeRow.columns, totalBy: "quote")
        listing.excluded = ("status", Trade.Status.voided.rawValue)
        return listing
    }()

    /// Which of the listed trades are printed.
    enum Selection {
        case all
        case first(Int)
        case last(Int)
    }

    /// Prints the selected trades as they were known at a moment, in the order in which they were opened.
    ///
    /// The open trades, all rows of a table and the selected last lines are in memory; the rest is in an unnamed file
    /// in `TMPDIR`.
    static func print(
        _ reader: LedgerReader,
        asOf moment: Moment,
        _ selection: Selection,
        _ settings: Settings,
        where isIncluded: (TradeHistory) -> Bool = { _ in true }
    ) throws {
        var printer = RecordPrinter(settings, listing)
        var spool = LineSpool(in: Settings.temporaryDirectory)
        let last = try moment.lastSequence(reader)
        try settings.withProgress("trades", total: last) { onProgress in
            var done: UInt64 = 0
            try TradeReplay(reader).visitTrades(
                to: last,
                onEvent: {
                    done += 1; onProgress(done)
                }
            ) { trade in
                // A later event may exclude a trade that was included; an empty line then replaces its line.
                let line = isIncluded(trade) ? printer.line(TradeRow(trade), TradeRow.printedColumns) : []
                try spool.add(line, at: trade.trade.firstSequence)
            }
        }
        try drain(&spool, selection) { try printer.print(line: $0) }
        try printer.finish()
    }

    private static func drain(
        _ spool: inout LineSpool,
        _ selection: Selection,
        _ print: ([UInt8]) throws -> Void
    ) throws {
        var lines: [[UInt8]] = []
        var count = 0
        try spool.drain { line in
            guard !line.isEmpty else { return }
            count += 1
            switch selection {
            case .first(let limit) where count > limit: return
            case .all, .first: try print(line)
            case .last(let limit):
                lines.append(line)
                // The lines are moved only occasionally.
                if lines.count / 2 > limit { lines.removeFirst(lines.count - limit) }
            }
        }
        if case .last(let limit) = selection { for line in lines.suffix(limit) { try print(line) } }
    }

    static func record(_ history: TradeHistory) -> Record {
        Record(TradeRow(history), TradeRow.printedColumns)
    }
}
