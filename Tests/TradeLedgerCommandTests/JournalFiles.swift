import Glibc
import LedgerTestSupport

/// A directory as the trading bot writes it: one file for each trade by `json.dump(record, file, indent=2)` of Python,
/// and `index.json`.
struct JournalFiles {
    let path: String
    private var index: [(trade: String, file: String)] = []

    init(in ledger: CommandLedger) throws {
        path = ledger.directory.path + "/trades"
        guard unsafe mkdir(path, 0o700) == 0 else { throw SystemFailure(operation: "create \(path)", number: errno) }
        try writeIndex()
    }

    /// Writes or replaces the file of a record, with an entry in the index.
    mutating func write(_ record: BotRecord) throws {
        if !index.contains(where: { $0.trade == record.trade }) { index.append((record.trade, record.fileName)) }
        try write(record.fileName, record.json)
        try writeIndex()
    }

    /// Writes many records, and the index once.
    mutating func write(_ records: [BotRecord]) throws {
        for record in records {
            index.append((record.trade, record.fileName))
            try write(record.fileName, record.json)
        }
        try writeIndex()
    }

    /// Writes a file that the index does not name.
    func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }

    func write(_ name: String, _ bytes: [UInt8]) throws {
        let file = unsafe fopen(path + "/" + name, "w")
        defer { unsafe fclose(file) }
        let count = unsafe bytes.withUnsafeBytes { unsafe fwrite($0.baseAddress, 1, $0.count, file) }
        guard count == bytes.count else { throw SystemFailure(operation: "write \(name)", number: errno) }
    }

    func remove(_ name: String) throws {
        guard unsafe unlink(path + "/" + name) == 0 else {
            throw SystemFailure(operation: "remove \(name)", number: errno)
        }
    }

    private func writeIndex() throws {
        let entries = index.map { "  \"\($0.trade)\": \"\($0.file)\"" }
        try write("index.json", entries.isEmpty ? "{}" : "{\n\(entries.joined(separator: ",\n"))\n}")
    }
}

/// A `TradeRecord` of the trading bot, which has binary fractions.
struct BotRecord {
    var trade: String
    var symbol = "BTC/USDT"
    /// Milliseconds since 1970; the default is 2026-01-02T03:04:05.678Z.
    var timestamp = 1_767_323_045_678
    var side = "buy"
    var orderType = "limit"
    var amount = 0.1
    var entryPrice = 50_000.5
    var exitPrice: Double?
    var fees = 0.25
    var regime: String? = "trending"
    var closeTimestamp: Int?
    /// More members, each as JSON after a comma and a line feed.
    var more = ""

    init(_ trade: String) { self.trade = trade }

    /// The record after the bot's `close_trade`.
    func closed(at price: Double = 51_000.25, fees: Double = 0.5, after milliseconds: Int = 3_600_000) -> BotRecord {
        var closed = self
        (closed.exitPrice, closed.fees, closed.closeTimestamp) = (price, fees, timestamp + milliseconds)
        return closed
    }

    /// The result as the bot computes it, in binary floating point.
    private var result: Double {
        guard let exitPrice else { return 0 }
        return (side == "buy" ? exitPrice - entryPrice : entryPrice - exitPrice) * amount - fees
    }

    /// `YYYYmmdd_HHMMSS_<trade_id>.json`, of the time in UTC.
    var fileName: String {
        var seconds = time_t(timestamp / 1000)
        var parts = unsafe tm()
        unsafe gmtime_r(&seconds, &parts)
        let numbers = unsafe [
            parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
        ]
        let digits = numbers.map { ($0 < 10 ? "0" : "") + String($0) }.joined()
        return "\(digits.prefix(8))_\(digits.suffix(6))_\(trade).json"
    }

    /// The text of the file.
    var json: String {
        let isClosed = exitPrice != nil
        let cost = entryPrice * amount
        return """
            {
              "trade_id": "\(trade)",
              "symbol": "\(symbol)",
              "timestamp": \(timestamp),
              "side": "\(side)",
              "order_type": "\(orderType)",
              "amount": \(amount),
              "entry_price": \(entryPrice),
              "exit_price": \(exitPrice.map { "\($0)" } ?? "null"),
              "realized_pnl": \(result),
              "pnl_pct": \(cost == 0 ? 0 : result / cost * 100),
              "fees": \(fees),
              "market_regime": \(regime.map { "\"\($0)\"" } ?? "null"),
              "bull_confidence": 0.30000000000000004,
              "bear_confidence": 1e-07,
              "decision_confidence": null,
              "won": \(result > 0),
              "closed": \(isClosed),
              "close_timestamp": \(closeTimestamp.map { "\($0)" } ?? "null"),
              "agent_votes": {
                "bull": {
                  "confidence": 0.7,
                  "reasoning": "volume: \\"high\\",\\n  trend up"
                }
              },
              "signals": {
                "rsi": 71.5
              }\(more)
            }
            """
    }

    /// Records of a seed: both sides, several quote currencies, fractions that binary numbers hold badly.
    static func generated(_ count: Int, seed: UInt64) -> [BotRecord] {
        var random = SeededGenerator(seed: seed)
        return (0..<count).map { number in
            var record = BotRecord("t-\(number)")
            record.symbol = ["BTC/USDT", "ETH/EUR", "SOL/USDT:USDT"][Int(random.next(below: 3))]
            record.timestamp += number * 61_000 + Int(random.next(below: 60_000))
            record.side = ["buy", "sell", "long", "SHORT"][Int(random.next(below: 4))]
            record.amount = [0.1, 0.1 + 0.2, 1e-07, 3, 0.12345678901234568][Int(random.next(below: 5))]
            record.entryPrice = Double(random.next(below: 1_000_000)) / 7 + 0.01
            record.fees = Double(random.next(below: 100)) / 30
            guard random.next(below: 4) > 0 else { return record }
            return record.closed(
                at: Double(random.next(below: 1_000_000)) / 9 + 0.01,
                fees: record.fees + Double(random.next(below: 100)) / 70,
                after: Int(random.next(below: 100_000_000))
            )
        }
    }
}
