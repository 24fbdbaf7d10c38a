internal import TradeModel

/// The events of one producer: trades that are opened, increased, reduced and closed, one behind the other.
///
/// The same ones at every run, each with a canonical record of `recordByteCount` bytes.
struct Workload {
    static let recordByteCount = 256

    /// Which producer it is, below 100: no two producers speak of the same trade.
    private let producer: Int
    /// For each step of a trade, what fills its record up.
    private let fillings: [String]

    private static let steps: [EventType] = [.opened, .increased, .reduced, .closed]
    private static let startMicroseconds: Int64 = 1_767_603_600_000_000

    init(producer: Int = 0) throws {
        precondition((0..<100).contains(producer), "a producer has two digits")
        self.producer = producer
        // Everything but the filling has the same length in every event of a step.
        fillings = try Self.steps.indices.map { step in
            let bare = try Self.draft(producer, step, filling: "")
            let byteCount = Self.recordByteCount - StoredRecord(of: bare, sequence: 1).bytes.count
            return String(repeating: "x", count: byteCount)
        }
    }

    /// The events of this producer, from its first.
    func drafts(_ count: Int) throws -> [EventDraft] {
        try (0..<count).map { try Self.draft(producer, $0, filling: fillings[$0 % fillings.count]) }
    }

    private static func draft(_ producer: Int, _ index: Int, filling: String) throws -> EventDraft {
        let type = steps[index % steps.count]
        var fields: [Field: String] = [
            .price: "60123.45", .feeCost: "0.0601", .exchangeOrderID: "ord-\(digits(index, 9))",
            .context: #"{"market_regime":"trending","signals":{"rsi":31.5},"note":"\#(filling)"}"#,
        ]
        switch type {
        case .opened:
            let opening: [Field: String] = [
                .symbol: "BTC/USDT", .side: "buy", .orderType: "limit", .amount: "0.25", .strategy: "breakout",
            ]
            fields.merge(opening) { $1 }
        case .increased: fields[.amount] = "0.15"
        case .reduced: fields[.amount] = "0.20"
        default: fields[.reason] = "take_profit"
        }
        return try EventDraft(
            type,
            tradeID: "bench-\(digits(producer, 2))-\(digits(index / steps.count, 9))",
            occurredAt: Timestamp(microsecondsSince1970: startMicroseconds + Int64(index) * 1000),
            fields: fields
        )
    }

    private static func digits(_ number: Int, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: width - text.utf8.count) + text
    }
}
