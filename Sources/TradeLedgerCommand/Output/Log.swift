internal import Ledger
internal import TradeModel

/// Messages for the operator, on stderr, a line each: as text for people or as JSON for collectors.
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

    /// Says something.
    func say(_ level: Level, _ message: String) {
        guard level.rawValue >= self.level.rawValue else { return }
        var bytes: [UInt8] = []
        switch format {
        case .text:
            bytes += "tradeledger: \(level == .warning ? "warning: " : "")\(message)\n".utf8
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
            json.endLine()
            bytes = json.bytes
        }
        StandardError.write(bytes)
    }
}
