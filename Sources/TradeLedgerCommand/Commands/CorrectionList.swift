internal import Projections
internal import Replay
internal import Statistics
internal import TradeModel

/// `performance --diff-as-of`: the trades that later events have corrected.
enum CorrectionList {
    /// The options that say nothing about a single trade.
    private static let excluded = ["--by", "--base", "--capital", "--marked", "--convention"]

    /// Prints the trades of the period that were closed by a time as the ledger knew them then, and whose P&L or status
    /// has changed since.
    static func print(
        _ replay: PerformanceReplay,
        since earlier: Timestamp,
        _ query: PerformanceQuery,
        _ settings: Settings,
        _ arguments: CommandLineArguments
    ) throws {
        if let option = excluded.first(where: arguments.has) {
            throw Failure(.usage, "--diff-as-of and \(option) cannot be combined")
        }
        let corrections = try settings.withProgress("performance", total: try replay.eventCount()) { report in
            var done: UInt64 = 0
            return try replay.corrections(since: .time(earlier)) {
                done += 1
                report(done)
            }
        }
        let period = corrections.filter { query.includes($0.before.trade.closedAt) }
        var printer = RecordPrinter(settings.format)
        for correction in period { try printer.print(record(correction)) }
        if settings.format == .table {
            if period.isEmpty { try printer.print(text: "no trade was corrected") }
            for total in try totals(period) { try printer.print(total) }
        }
        try printer.finish()
    }

    private static func record(_ correction: TradeCorrection) -> Record {
        let (before, after) = (correction.before.trade, correction.after.trade)
        return record(
            (.text(correction.before.id), before.quote, Cell(before.closedAt)),
            (.text(before.status.rawValue), .text(after.status.rawValue)),
            correction.pnlBefore,
            correction.pnlAfter
        )
    }

    private static func record(
        _ trade: (id: Cell, quote: String, closedAt: Cell),
        _ status: (before: Cell, after: Cell),
        _ before: Decimal?,
        _ after: Decimal?
    ) -> Record {
        var difference = ExactSum()
        if let before, let after {
            difference.add(after)
            difference.add(before.negated)
        }
        return [
            ("trade_id", trade.id), ("quote", .text(trade.quote)), ("closed_at", trade.closedAt),
            ("status_before", status.before), ("status_after", status.after), ("realized_pnl_before", Cell(before)),
            ("realized_pnl_after", Cell(after)), ("difference", Cell(difference.value)),
        ]
    }

    /// One line for each quote currency.
    private static func totals(_ corrections: [TradeCorrection]) throws -> [Record] {
        let byQuote = Dictionary(grouping: corrections) { ByteText($0.before.trade.quote) }
        return byQuote.sorted { $0.key < $1.key }.map { quote, all in
            var (before, after) = (ExactSum(), ExactSum())
            for correction in all {
                before.add(correction.pnlBefore)
                after.add(correction.pnlAfter)
            }
            return record((.text("TOTAL"), quote.text, .null), (.null, .null), before.value, after.value)
        }
    }
}
