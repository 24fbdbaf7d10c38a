internal import Ledger
internal import LedgerService
internal import Postgres
internal import Records
internal import TradeModel

/// Writes log messages to stderr, one per line: text for people or JSON for log collectors.
///
/// A line may quote anything, so passwords and tokens are redacted and control characters are escaped.
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

        fileprivate init(_ level: LogLine.Level) {
            switch level {
            case .debug: self = .debug
            case .info: self = .info
            case .warning: self = .warning
            case .error: self = .error
            }
        }
    }

    let format: Format
    let level: Level

    /// Writes a message unless its level is too low.
    func say(_ level: Level, _ message: String) { write(level, message, ids: []) }

    /// Writes a line of the service unless its level is too low.
    func write(_ line: LogLine) { write(Level(line.level), line.message, ids: line.ids) }

    private func write(_ level: Level, _ message: String, ids: [(name: String, value: String)]) {
        guard level.rawValue >= self.level.rawValue else { return }
        let message = Self.redacted(message)
        let ids = ids.map { (name: $0.name, value: Self.redacted($0.value)) }
        let line: String
        switch format {
        case .text:
            let suffix = ids.map { " \($0.name)=\($0.value)" }.joined()
            line = "tradeledger: \(level == .warning ? "warning: " : "")\(message)\(suffix)"
        case .json:
            let record: Record = [
                ("timestamp", .time(LedgerClock.system.now())), ("level", .text("\(level)")),
                ("logger", .text("tradeledger")), ("message", .text(message)),
            ]
            line = String(decoding: (record + ids.map { ($0.name, .text($0.value)) }).json, as: UTF8.self)
        }
        StandardError.write((TerminalText.escaped(line) + "\n").utf8)
    }

    private static func redacted(_ text: String) -> String {
        TokenRedaction.redacted(PasswordRedaction.redacted(text))
    }
}
