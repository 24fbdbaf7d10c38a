package import Projections
public import TradeModel

/// What figures are asked for.
public struct PerformanceQuery: Sendable {
    /// By which group; nil for all trades of a currency together.
    public let grouping: Grouping?
    /// The groups of which there are tables beside the figures, in the currencies of the trades.
    public let tables: [Grouping]
    /// The first time at which a trade of the period was closed; nil for the first on record.
    public let since: Timestamp?
    /// The first time that is after the period; nil for the last close on record.
    public let until: Timestamp?
    /// The currency into which all amounts are converted; nil where each currency has figures of its own.
    package let base: ByteText?
    /// The capital at the beginning of the period, which replaces the flows on record; nil where these count.
    public let capital: Decimal?
    /// Whether the P&L of open trades at prices on record is part of equity.
    public let isMarked: Bool
    /// The formulas.
    public let convention: Convention

    /// How figures are computed that different programs compute differently.
    ///
    /// The raw value is the value of the option `--convention`.
    public enum Convention: String, CaseIterable, Sendable {
        /// From daily returns.
        case textbook
        /// As freqtrade's `metrics.py` does.
        case freqtrade
    }

    /// A query; times are half-open.
    public init(
        by grouping: Grouping? = nil,
        tables: [Grouping] = [],
        since: Timestamp? = nil,
        until: Timestamp? = nil,
        base: String? = nil,
        capital: Decimal? = nil,
        isMarked: Bool = false,
        convention: Convention = .textbook
    ) {
        self.grouping = grouping
        self.tables = tables
        self.since = since
        self.until = until
        self.base = base.map { ByteText($0) }
        self.capital = capital
        self.isMarked = isMarked
        self.convention = convention
    }

    /// Whether a trade closed at a time counts; none does that is not closed.
    package func includes(_ closedAt: Timestamp?) -> Bool {
        closedAt.map { includes($0.microsecondsSince1970) } ?? false
    }

    /// Whether a time, in microseconds since 1970, is in the period.
    func includes(_ time: Int64) -> Bool { !isBeforePeriod(time) && isBeforeEnd(time) }

    /// Whether a time is before the period.
    func isBeforePeriod(_ time: Int64) -> Bool { since.map { time < $0.microsecondsSince1970 } ?? false }

    /// Whether a time is not after the period.
    func isBeforeEnd(_ time: Int64) -> Bool { until.map { time < $0.microsecondsSince1970 } ?? true }

    /// Whether a flow or a result counts in equity: a capital replaces flows, and what came before the period.
    func counts(_ flow: AccountFlow) -> Bool {
        isBeforeEnd(flow.time) && (capital == nil || flow.isResult && !isBeforePeriod(flow.time))
    }

    /// Whether flows of accounts belong to the sets: those of all trades, and those by account.
    var hasFlows: Bool { grouping == nil || grouping == .account }
}

/// What the trades of a set have in common.
struct TradeSetKey: Hashable, Sendable {
    /// Nil where trades are not grouped, or have no group.
    let group: ByteText?
    let currency: ByteText
}
