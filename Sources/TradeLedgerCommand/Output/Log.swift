internal import Ledger
internal import Postgres
internal import TradeModel

/// Log messages on stderr, one per line: text for people or JSON for collectors.
///
/// A message may quote anything: passwords are redacted, and terminal control characters escaped.
struct Log {
    enum Format: String {
        case text
        case json
    }

    enum Level: Int {
        case debug
        case info
        case warning
        case error

        init?(name: String) {
            switch name {
            case "debug": self = .debug
            case "info": self = .info
            case "warning": self = .warning
            case "error": self = .error
            default: return nil
            }
        }
    }

    let format: Format
    let level: Level

    /// Writes a message.
    func say(_ level: Level, _ message: String) {
        guard level.rawValue >= self.level.rawValue else { return }
        let message = PasswordRedaction.redacted(message)
        let line: String
        switch format {
        case .text:
            line = "tradeledger: \(level == .warning ? "warning: " : "")\(message)"
        case .json:
            var json = JSONWriter()
            json.beginObject()
            json.key("timestamp")
            json.value(LedgerClock.system.now())
            json.key("level")
            json.value("\(level)")
            json.key("logger")
            json.value("tradeledger")
            json.key("message")
            json.value(message)
            json.endObject()
            line = String(decoding: json.bytes, as: UTF8.self)
        }
        StandardError.write((TerminalText.escaped(line) + "\n").utf8)
    }
}
