internal import Ledger
internal import Postgres
internal import TradeModel

/// Writes log messages to stderr, one per line: text for people or JSON for log collectors.
///
/// A message may quote anything, so passwords are redacted and control characters are escaped.
struct Log {
    enum Format: String, CaseIterable {
        case text
        case json
    }

    enum Level: Int, CaseIterable {
        case debug
        case info
        case warning
        case error

        init?(name: String) {
            guard let level = Self.allCases.first(where: { "\($0)" == name }) else { return nil }
            self = level
        }
    }

    let format: Format
    let level: Level

    /// Writes a message unless its level is too low.
    func say(_ level: Level, _ message: String) {
        guard level.rawValue >= self.level.rawValue else { return }
        let message = PasswordRedaction.redacted(message)
        let line: String
        switch format {
        case .text:
            line = "tradeledger: \(level == .warning ? "warning: " : "")\(message)"
        case .json:
            let record: Record = [
                ("timestamp", .time(LedgerClock.system.now())), ("level", .text("\(level)")),
                ("logger", .text("tradeledger")), ("message", .text(message)),
            ]
            line = String(decoding: record.json, as: UTF8.self)
        }
        StandardError.write((TerminalText.escaped(line) + "\n").utf8)
    }
}
