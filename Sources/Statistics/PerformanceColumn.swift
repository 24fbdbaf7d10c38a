internal import Projections
internal import TradeModel

/// The figures of a set, and how far each ledger was read for them.
package struct PerformanceRow: Sendable {
    /// The figures.
    package let figures: SetFigures
    /// The ledgers, as a JSON array.
    package let ledgers: [UInt8]

    /// A row.
    package init(_ figures: SetFigures, ledgers: [UInt8]) {
        self.figures = figures
        self.ledgers = ledgers
    }
}

/// A column of `performance`: its name, what it says, its unit and its value.
///
/// Most columns are figures.
///
/// JSON, CSV, the page and the table of docs/statistics.md follow from it.
package struct PerformanceColumn: Sendable {
    /// The name in JSON and CSV.
    package let name: String
    /// The name for people.
    package let label: String
    /// What it is measured in.
    package let unit: FigureUnit
    /// How it is computed, for people.
    package let meaning: String
    /// Whether it is a figure, which has an `n`, and a reason where it is null.
    package let isFigure: Bool
    /// Its value in a row; the reason of a null that is no figure is empty.
    package let value: @Sendable (PerformanceRow) -> Figure<FigureValue>

    private init(
        _ name: String,
        _ label: String,
        _ unit: FigureUnit,
        isFigure: Bool = true,
        _ meaning: String,
        value: @escaping @Sendable (PerformanceRow) -> Figure<FigureValue>
    ) {
        (self.name, self.label, self.unit, self.meaning) = (name, label, unit, meaning)
        (self.isFigure, self.value) = (isFigure, value)
    }

    /// All columns, in the order in which the program prints them; the group is for sets that have one.
    package static let all: [PerformanceColumn] = heads + trades + equity + tails

    /// The figures.
    package static let figures = all.filter(\.isFigure)

    private static let heads = [
        beside("group", "group", .text, "The group; null for the trades that have none.") {
            $0.figures.group.map { .text($0.text) }
        },
        beside("quote", "currency", .text, "The currency of all amounts.") { .text($0.figures.quote.text) },
        beside("convention", "convention", .text, "The formulas: textbook or freqtrade.") {
            .text($0.figures.convention.rawValue)
        },
        beside("since", "from", .time, "The beginning of the period.") { .time($0.figures.since) },
        beside("until", "to", .time, "The end of the period.") { .time($0.figures.until) },
        beside("ledgers", "ledgers", .list, "The ledgers, each with its last sequence and the root of its log there.") {
            .json($0.ledgers)
        },
    ]

    private static let tails = [
        beside("equity_ended_at", "equity ended on", .text, "The day on which equity was 0 or less.") {
            $0.figures.equity.endedOn.map { .text($0.description) }
        },
        beside("unpriced", "no price of", .list, "What lacks a price on record.") {
            .json(JSONWriter.array($0.figures.equity.unpriced) { $0.value($1) })
        },
        beside("n", "n", .list, "On how many trades or days each figure rests.") { row in
            .json(JSONWriter.object(figures.map { ($0.name, .integer($0.value(row).n)) }))
        },
        beside("nulls", "nulls", .list, "Why each figure is null that is.") { row in
            let reasons = figures.compactMap { column in
                column.value(row).reason.map { (column.name, FigureValue.text($0)) }
            }
            return .json(JSONWriter.object(reasons))
        },
    ]

    private static func beside(
        _ name: String,
        _ label: String,
        _ unit: FigureUnit,
        _ meaning: String,
        value: @escaping @Sendable (PerformanceRow) -> FigureValue?
    ) -> PerformanceColumn {
        PerformanceColumn(name, label, unit, isFigure: false, meaning) { row in
            value(row).map { .value($0, n: 0) } ?? .null(reason: "", n: 0)
        }
    }
}

/// The figures of trades.
extension PerformanceColumn {
    private static let trades = [
        count("trades", "trades", "How many trades were closed.") { $0.count },
        count("closed", "closed", "The same as trades.") { $0.count },
        count("wins", "wins", "How many have a P&L above 0.") { $0.winCount },
        count("losses", "losses", "How many have a P&L below 0.") { $0.lossCount },
        count("draws", "draws", "How many have a P&L of exactly 0.") { $0.drawCount },
        trade("win_rate", "win rate", .fraction, "wins / trades") { $0.winRate.cell },
        trade("net_pnl", "net P&L", .money, "The sum of the P&L.") { $0.netPnL.cell },
        trade("gross_profit", "gross profit", .money, "The sum of the P&L of wins.") { $0.grossProfit.cell },
        trade("gross_loss", "gross loss", .money, "The sum of the P&L of losses, as a positive amount.") {
            $0.grossLoss.cell
        },
        trade("fees", "fees", .money, "The sum of the fees.") { $0.fees.cell },
        trade("fee_share", "fees / profit before fees", .fraction, "fees / (gross_profit - gross_loss + fees)") {
            $0.feeShare.cell
        },
        trade("average_win", "average win", .money, "gross_profit / wins") { $0.averageWin.cell },
        trade("average_loss", "average loss", .money, "gross_loss / losses") { $0.averageLoss.cell },
        trade("payoff_ratio", "payoff ratio", .ratio, "average_win / average_loss") { $0.payoffRatio.cell },
        trade("largest_win", "largest win", .money, "The largest P&L above 0.") { $0.largestWin.cell },
        trade("largest_win_trade", "largest win, trade", .text, "The id of that trade.") { $0.largestWinTrade.cell },
        trade("largest_loss", "largest loss", .money, "The lowest P&L below 0.") { $0.largestLoss.cell },
        trade("largest_loss_trade", "largest loss, trade", .text, "The id of that trade.") { $0.largestLossTrade.cell },
        trade("profit_factor", "profit factor", .ratio, "gross_profit / gross_loss") { $0.profitFactor.cell },
        trade("expectancy", "expectancy per trade", .money, "net_pnl / trades") { $0.expectancy.cell },
        trade("expectancy_ratio", "expectancy ratio", .ratio, "(1 + payoff_ratio) * win_rate - 1") {
            $0.expectancyRatio.cell
        },
        trade("sqn", "system quality number", .ratio, "sqrt(n) * mean(pnl) / sd1(pnl); freqtrade: to 4 decimals") {
            $0.systemQuality.cell
        },
        count("win_streak", "most wins in a row", "The most wins in a row; a draw ends it.") { $0.winStreak },
        count(
            "loss_streak",
            "most losses in a row",
            "The most losses in a row. A draw ends it; for freqtrade it is a loss."
        ) { $0.lossStreak },
        trade("holding_seconds_mean", "held, mean", .seconds, "The mean of closed_at - opened_at.") {
            $0.trades.holding.mean.cell
        },
        trade("holding_seconds_median", "held, median", .seconds, "Its median.") { $0.trades.holding.median.cell },
        trade("holding_seconds_min", "held, shortest", .seconds, "Its minimum.") { $0.trades.holding.min.cell },
        trade("holding_seconds_max", "held, longest", .seconds, "Its maximum.") { $0.trades.holding.max.cell },
        trade("exposure", "share of time in a trade", .fraction, "The share of the period with an open trade.") {
            $0.exposure.cell
        },
        count("open_trades_max", "most open at once", "The most trades that were open at once.") {
            $0.openness.countMax
        },
        trade("turnover", "turnover", .ratio, "The value of entries and exits / the mean equity of the days.") {
            $0.turnover.cell
        },
        trade("pnl_pct_mean", "mean P&L of a trade", .percent, "The mean of pnl_pct.") { $0.pnlPercentMean.cell },
    ]

    private static func count(
        _ name: String,
        _ label: String,
        _ meaning: String,
        value: @escaping @Sendable (TradeStatistics) -> Int
    ) -> PerformanceColumn {
        PerformanceColumn(name, label, .count, meaning) { row in
            .value(.integer(value(row.figures.trades)), n: row.figures.trades.count)
        }
    }

    private static func trade(
        _ name: String,
        _ label: String,
        _ unit: FigureUnit,
        _ meaning: String,
        value: @escaping @Sendable (SetFigures) -> Figure<FigureValue>
    ) -> PerformanceColumn {
        PerformanceColumn(name, label, unit, meaning) { value($0.figures) }
    }
}

/// The figures of equity.
extension PerformanceColumn {
    private static let equity = [
        trade("capital", "capital", .money, "What came in less what went out, or --capital.") {
            $0.equity.capital.cell
        },
        trade("equity", "equity", .money, "The capital and all P&L at the end of the period.") {
            $0.equity.equity.cell
        },
        trade("days", "days", .days, "How many daily returns there are.") { $0.equity.dayCount.cell },
        ratio("sharpe", "Sharpe ratio, a year", .ratio, "mean(r) / sd1(r) * sqrt(365)", { $0.sharpe }, { $0.sharpe }),
        ratio(
            "sortino",
            "Sortino ratio, a year",
            .ratio,
            "mean(r) / sqrt(sum(min(r, 0)^2) / n) * sqrt(365)",
            { $0.sortino },
            { $0.sortino }
        ),
        ratio("volatility", "volatility, a year", .fraction, "sd1(r) * sqrt(365)", { $0.volatility }, nil),
        ratio("twr", "time-weighted return", .fraction, "The product of 1 + r, less 1.", { $0.twr }, { $0.twr }),
        ratio("mwr", "money-weighted return, a year", .fraction, "XIRR, actual/365", { $0.mwr }, nil),
        ratio("cagr", "return a year", .fraction, "(1 + twr)^(365/n) - 1", { $0.cagr }, { $0.cagr }),
        trade("max_drawdown", "largest drawdown", .money, "The largest fall of the sum of P&L from its peak.") {
            $0.maxDrawdown.cell
        },
        trade("max_drawdown_peak_at", "largest drawdown, from", .time, "When the sum was last at the peak before.") {
            $0.timeOfFall { $0.peakAt }
        },
        trade("max_drawdown_trough_at", "largest drawdown, lowest", .time, "When the sum was lowest.") {
            $0.timeOfFall { $0.troughAt }
        },
        trade("max_drawdown_recovered_at", "largest drawdown, recovered", .time, "When it was at the peak again.") {
            $0.timeOfFall { $0.recoveredAt }
        },
        ratio(
            "max_drawdown_ratio",
            "largest drawdown of returns",
            .fraction,
            "The same of the product of 1 + r.",
            { $0.maxDrawdownRatio },
            { $0.maxDrawdownRatio }
        ),
        ratio("calmar", "Calmar ratio", .ratio, "cagr / max_drawdown_ratio", { $0.calmar }, { $0.calmar }),
        trade("recovery_factor", "recovery factor", .ratio, "net_pnl / max_drawdown") { $0.recoveryFactor.cell },
        ratio("var_95", "value at risk, 95 %", .fraction, "The lower 5 % quantile of r.", { $0.valueAtRisk95 }, nil),
        ratio(
            "es_95",
            "expected shortfall, 95 %",
            .fraction,
            "The mean of r at var_95 or below.",
            { $0.expectedShortfall95 },
            nil
        ),
        ratio("skew", "skewness of returns", .ratio, "The skewness of r, bias-corrected.", { $0.skew }, nil),
        ratio("kurtosis", "excess kurtosis of returns", .ratio, "That of r, bias-corrected.", { $0.kurtosis }, nil),
        trade("drawdowns", "deepest drawdowns", .list, "The five deepest falls of the product of 1 + r.") {
            $0.deepestDrawdowns
        },
    ]

    private static func ratio(
        _ name: String,
        _ label: String,
        _ unit: FigureUnit,
        _ meaning: String,
        _ textbook: @escaping @Sendable (TextbookFigures) -> Figure<Double>,
        _ freqtrade: (@Sendable (FreqtradeFigures) -> Figure<Double>)?
    ) -> PerformanceColumn {
        PerformanceColumn(name, label, unit, meaning) { row in
            let equity = row.figures.equity
            if let figures = equity.textbook { return equity.figure(textbook(figures)).cell }
            guard let figures = equity.freqtrade, let freqtrade else {
                return .null(reason: Reason.notInConvention, n: 0)
            }
            return equity.figure(freqtrade(figures)).cell
        }
    }
}
