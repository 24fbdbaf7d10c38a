internal import Projections
internal import Records
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
        var printer = RecordPrinter(settings, listing)
        for correction in period { try printer.print(record(correction)) }
        try printer.finish()
    }

    private static let listing = Listing(
        "corrected trades",
        [
            Table.Column(name: "trade_id", look: .key, isNumber: false),
            Table.Column(name: "quote", look: .main, isNumber: false),
            Table.Column(name: "closed_at", look: .main, isNumber: false),
            Table.Column(name: "status_before", look: .more, isNumber: false),
            Table.Column(name: "status_after", look: .more, isNumber: false),
            Table.Column(name: "realized_pnl_before", look: TableLook(.main, .gain, isSummed: true), isNumber: true),
            Table.Column(name: "realized_pnl_after", look: TableLook(.main, .gain, isSummed: true), isNumber: true),
            Table.Column(name: "difference", look: TableLook(.key, .gain, isSummed: true), isNumber: true),
        ],
        totalBy: "quote"
    )

    private static func record(_ correction: TradeCorrection) -> Record {
        let (before, after) = (correction.before.trade, correction.after.trade)
        var difference = ExactSum()
        difference.add(correction.pnlAfter)
        difference.add(correction.pnlBefore.negated)
        return [
            ("trade_id", .text(correction.before.id)), ("quote", .text(before.quote)),
            ("closed_at", Cell(before.closedAt)), ("status_before", .text(before.status.rawValue)),
            ("status_after", .text(after.status.rawValue)), ("realized_pnl_before", .decimal(correction.pnlBefore)),
            ("realized_pnl_after", .decimal(correction.pnlAfter)), ("difference", Cell(difference.value)),
        ]
    }
}
