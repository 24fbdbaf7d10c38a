package import Projections
package import TradeModel

/// Why figures are null, in clauses for people.
enum Reason {
    static let noTrade = "no trade was closed"
    static let noWin = "no trade has a profit"
    static let noLoss = "no trade has a loss"
    static let beyondRange = "the figure is beyond the range of decimals"
    static let needsCapital = "equity belongs to all trades or to an account; pass --capital for other groups"
    static let notInConvention = "this convention does not have the figure"
    static let noLength = "the period has no length"
}

/// The figures of one set of trades: all of a currency, or those of a group of it.
///
/// The texts of a figure, and which of them a page shows, are declared in `PerformanceColumn`.
package struct SetFigures: Sendable {
    /// The group; nil where trades are not grouped, or have none.
    package let group: ByteText?
    /// The currency of all amounts.
    package let quote: ByteText
    let convention: PerformanceQuery.Convention
    /// The beginning of the period.
    package let since: Timestamp
    /// The end of the period.
    package let until: Timestamp
    let trades: TradeStatistics
    let sums: TradeSums
    /// That of the textbook.
    private let textbookSQN: Figure<Double>
    let equity: EquityFigures
    let whyNoMoney: String?

    /// The equity of each day of the period, or the sum of P&L where there is no capital; for all trades alone.
    package let curve: [Double]
    /// Whether that is equity.
    package var isCurveOfEquity: Bool { equity.equity.value != nil }
    /// What lacks a price.
    package var unpriced: [String] { equity.unpriced }

    /// The ids of the trades with the largest profit and the largest loss, once somebody has looked them up.
    package var largestTradeIDs: (win: String?, loss: String?) = (nil, nil)

    /// Where the opens are of the trades with the largest profit and the largest loss: ledger and sequence.
    package var largestTrades: (win: (ledger: Int, sequence: UInt64)?, loss: (ledger: Int, sequence: UInt64)?) {
        (place(trades.largestWin), place(trades.largestLoss))
    }

    private func place(_ trade: ClosedTrade?) -> (ledger: Int, sequence: UInt64)? {
        trade.map { (Int($0.ledger), $0.firstSequence) }
    }

    init(_ input: SetInput, _ query: PerformanceQuery) {
        (group, quote, sums) = (input.key.group, input.key.currency, input.sums)
        convention = query.convention
        whyNoMoney =
            input.unpricedTrades.isEmpty
            ? nil : "a close has no price of " + input.unpricedTrades.joined(separator: " or ")
        let span = input.span(query)
        (since, until) = (span.since, span.until)
        trades = TradeStatistics(
            input.trades,
            from: since.microsecondsSince1970,
            to: until.microsecondsSince1970,
            query.convention
        )
        equity = EquityFigures(input, query, span, trades.drawdown)
        curve = query.grouping == nil && whyNoMoney == nil ? equity.curve ?? input.sumOfPnL(span.days) : []
        textbookSQN = SystemQualityNumber.figure(of: input.trades.lazy.map(\.pnl))
    }
}

/// The figures of trades, which rest on no capital.
extension SetFigures {
    private var n: Int { trades.count }

    var winRate: Figure<Decimal> { ratio(count(trades.winCount), count(n), n: n) }
    var netPnL: Figure<Decimal> { money(trades.netPnL, n: n) }
    var grossProfit: Figure<Decimal> { money(trades.grossProfit, n: trades.winCount) }
    var grossLoss: Figure<Decimal> { money(trades.grossLoss, n: trades.lossCount) }
    var fees: Figure<Decimal> { money(sums.fees, n: n) }

    var feeShare: Figure<Decimal> {
        var result = trades.netPnL
        result.add(sums.fees)
        guard result.value.map(\.isPositive) ?? true else {
            return .null(reason: "the profit before fees is 0 or less", n: n)
        }
        return moneyRatio(sums.fees, result, n: n)
    }

    var averageWin: Figure<Decimal> {
        guard trades.winCount > 0 else { return .null(reason: Reason.noWin, n: 0) }
        return moneyRatio(trades.grossProfit, count(trades.winCount), n: trades.winCount)
    }

    var averageLoss: Figure<Decimal> {
        guard trades.lossCount > 0 else { return .null(reason: Reason.noLoss, n: 0) }
        return moneyRatio(trades.grossLoss, count(trades.lossCount), n: trades.lossCount)
    }

    /// (profit / wins) / (loss / losses), with one division.
    var payoffRatio: Figure<Decimal> {
        guard trades.lossCount > 0 else { return .null(reason: Reason.noLoss, n: n) }
        guard trades.winCount > 0 else { return .null(reason: Reason.noWin, n: n) }
        return moneyRatio(
            times(trades.grossProfit, trades.lossCount),
            times(trades.grossLoss, trades.winCount),
            n: trades.winCount + trades.lossCount
        )
    }

    var largestWin: Figure<Decimal> { largest(trades.largestWin, trades.winCount, Reason.noWin) }
    var largestLoss: Figure<Decimal> { largest(trades.largestLoss, trades.lossCount, Reason.noLoss) }

    private func largest(_ trade: ClosedTrade?, _ n: Int, _ whyNone: String) -> Figure<Decimal> {
        if let whyNoMoney { return .null(reason: whyNoMoney, n: n) }
        guard let trade else { return .null(reason: whyNone, n: 0) }
        return .value(trade.pnl, n: n)
    }

    var largestWinTrade: Figure<String> { tradeID(largestTradeIDs.win, largestWin) }
    var largestLossTrade: Figure<String> { tradeID(largestTradeIDs.loss, largestLoss) }

    private func tradeID(_ id: String?, _ figure: Figure<Decimal>) -> Figure<String> {
        if let reason = figure.reason { return .null(reason: reason, n: figure.n) }
        return .value(id ?? "", n: figure.n)
    }

    var profitFactor: Figure<Decimal> {
        guard trades.lossCount > 0 else { return .null(reason: Reason.noLoss, n: n) }
        return moneyRatio(trades.grossProfit, trades.grossLoss, n: n)
    }

    var expectancy: Figure<Decimal> { moneyRatio(trades.netPnL, count(n), n: n) }

    /// (1 + payoff ratio) · win rate − 1, which is (wins · loss + losses · profit) / (trades · loss) − 1.
    var expectancyRatio: Figure<Decimal> {
        guard trades.lossCount > 0 else { return .null(reason: Reason.noLoss, n: n) }
        guard trades.winCount > 0 || convention == .freqtrade else { return .null(reason: Reason.noWin, n: n) }
        var dividend = times(trades.grossLoss, trades.winCount - n)
        dividend.add(times(trades.grossProfit, trades.lossCount))
        return moneyRatio(dividend, times(trades.grossLoss, n), n: n)
    }

    var systemQuality: Figure<Double> {
        if let freqtrade = equity.freqtrade { return equity.figure(freqtrade.sqn) }
        if let whyNoMoney { return .null(reason: whyNoMoney, n: n) }
        return textbookSQN
    }

    /// The share of the period in which a trade was open.
    var exposure: Figure<Decimal> {
        let length = until.microsecondsSince1970 - since.microsecondsSince1970
        guard length > 0 else { return .null(reason: Reason.noLength, n: n) }
        return ratio(count(Int(trades.openness.microseconds)), count(Int(length)), n: n)
    }

    var pnlPercentMean: Figure<Decimal> { ratio(sums.pnlPercent, count(n), n: n) }

    /// The value of entries and exits / the mean equity of the days.
    var turnover: Figure<Decimal> {
        switch equity.sumOfDays {
        case .null(let reason, let n): return .null(reason: reason, n: n)
        case .value(let sum, let dayCount):
            guard sum.value.map(\.isPositive) ?? true else {
                return .null(reason: "the mean equity is 0 or less", n: n)
            }
            return moneyRatio(times(sums.notional, dayCount), sum, n: n)
        }
    }

    /// A sum of money.
    private func money(_ sum: ExactSum, n: Int) -> Figure<Decimal> {
        if let whyNoMoney { return .null(reason: whyNoMoney, n: n) }
        guard let value = sum.value else { return .null(reason: Reason.beyondRange, n: n) }
        return .value(value, n: n)
    }

    private func moneyRatio(_ dividend: ExactSum, _ divisor: ExactSum, n: Int) -> Figure<Decimal> {
        if let whyNoMoney { return .null(reason: whyNoMoney, n: n) }
        return ratio(dividend, divisor, n: n)
    }

    /// A quotient of sums, rounded half to even at 18 digits after the point; the divisor is not zero.
    private func ratio(_ dividend: ExactSum, _ divisor: ExactSum, n: Int) -> Figure<Decimal> {
        guard let dividend = dividend.value, let divisor = divisor.value else {
            return .null(reason: Reason.beyondRange, n: n)
        }
        do throws(DecimalError) { return .value(try Decimal.quotient(dividend, by: divisor), n: n) } catch {
            return .null(reason: Reason.beyondRange, n: n)
        }
    }

    private func count(_ count: Int) -> ExactSum {
        var sum = ExactSum()
        sum.add(Self.decimal(count))
        return sum
    }

    private static func decimal(_ count: Int) -> Decimal { Decimal(canonicalCoefficient: Int128(count), scale: 0) }

    /// A sum times a whole number; unknown where that is beyond the range of decimals.
    private func times(_ sum: ExactSum, _ factor: Int) -> ExactSum {
        var product = ExactSum()
        do throws(DecimalError) {
            guard let value = sum.value else { throw .outOfRange }
            product.add(try value.multiplied(by: Self.decimal(factor)))
        } catch {
            product = .unknown
        }
        return product
    }
}

/// The falls of the sum of P&L and of the returns.
extension SetFigures {
    /// The largest fall of the sum of P&L; 0 where it never fell.
    var maxDrawdown: Figure<Decimal> {
        if let whyNoMoney { return .null(reason: whyNoMoney, n: n) }
        switch trades.drawdown.deepestFall {
        case .null(let reason, let n): return .null(reason: reason, n: n)
        case .value(let fall, let n):
            do throws(DecimalError) { return .value(try fall.amount.decimal(), n: n) } catch {
                return .null(reason: Reason.beyondRange, n: n)
            }
        }
    }

    /// A time of the largest fall of the sum of P&L.
    func timeOfFall(_ time: (PnLDrawdown.Fall) -> Timestamp?) -> Figure<FigureValue> {
        if let reason = maxDrawdown.reason { return .null(reason: reason, n: n) }
        guard let fall = trades.drawdown.deepestFall.value, fall.amount.isPositive else {
            return .null(reason: "the sum of P&L never fell", n: n)
        }
        guard let time = time(fall) else { return .null(reason: "not recovered yet", n: n) }
        return .value(.time(time), n: n)
    }

    var recoveryFactor: Figure<Decimal> {
        guard convention == .textbook else { return .null(reason: Reason.notInConvention, n: 0) }
        if let whyNoMoney { return .null(reason: whyNoMoney, n: n) }
        return trades.drawdown.recoveryFactor
    }

    /// The deepest falls of the index of returns, as a JSON array.
    var deepestDrawdowns: Figure<FigureValue> {
        guard let figures = equity.textbook else { return .null(reason: Reason.notInConvention, n: 0) }
        return equity.figure(figures.drawdowns).map { .json(JSONWriter.array($0) { $0.value(json: $1.json) }) }
    }
}

extension IndexDrawdown {
    fileprivate var json: [UInt8] {
        JSONWriter.object([
            ("peak_at", FigureValue.text(peakOn.description)), ("trough_at", .text(troughOn.description)),
            ("recovered_at", recoveredOn.map { .text($0.description) }), ("depth", .binary(depth)),
            ("days_to_recovery", daysToRecovery.map { .integer($0) }),
        ])
    }
}
