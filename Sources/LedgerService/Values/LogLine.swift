package import TradeModel

/// A message for the log, with the ids that it is about.
///
/// The program that runs the service decides how lines are written, and takes passwords and tokens out of them.
package struct LogLine: Sendable {
    /// How much a line matters.
    package enum Level: Sendable {
        case debug, info, warning, error
    }

    /// How much it matters.
    package let level: Level
    /// What happened, on one line.
    package let message: String
    /// The id by which a producer follows its work through logs, events and SQL.
    package var correlationID: String?
    /// The trade.
    package var tradeID: String?
    /// What the trade is in.
    package var symbol: String?
    /// The ledger.
    package var ledgerID: EventID?
    /// The `X-Request-ID` of the request.
    package var requestID: String?

    /// A line without ids.
    package init(_ level: Level, _ message: String) {
        self.level = level
        self.message = message
    }

    /// The ids that apply, with their names in the log, in their order there.
    package var ids: [(name: String, value: String)] {
        let all = [
            ("correlation_id", correlationID), ("trade_id", tradeID), ("symbol", symbol),
            ("ledger_id", ledgerID?.description), ("request_id", requestID),
        ]
        return all.compactMap { name, value in value.map { (name, $0) } }
    }
}

/// Writes log lines; called from any thread.
package typealias LogWriter = @Sendable (LogLine) -> Void
