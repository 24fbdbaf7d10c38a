internal import TradeModel

/// The events of one producer: trades that are opened, increased, reduced and closed, one after another.
///
/// They are the same in every run, each with a canonical record of about `recordByteCount` bytes. Prices, fees,
/// confidences and signals vary from event to event as a bot's do, so that a compressor saves no more than in real
/// logs.
struct Workload {
    static let recordByteCount = 256

    /// The number of the producer, below 100: no two producers have the same trades.
    private let producer: Int
    /// The padding of the record for each step of a trade.
    private let fillings: [String]

    private static let steps: [EventType] = [.opened, .increased, .reduced, .closed]
    private static let startMicroseconds: Int64 = 1_767_603_600_000_000
    private static let regimes = ["trending", "sideways", "breakout", "volatile"]

    init(producer: Int = 0) throws {
        precondition((0..<100).contains(producer), "a producer has two digits")
        self.producer = producer
        // Everything except the padding has the same length in every event of a step, apart from zeros at the end of
        // numbers.
        fillings = try Self.steps.indices.map { step in
            let bare = try Self.draft(producer, step, filling: "")
            let byteCount = Self.recordByteCount - StoredRecord(of: bare, sequence: 1).bytes.count
            return String(repeating: "x", count: max(byteCount, 0))
        }
    }

    /// This many events of this producer, from the first.
    func drafts(_ count: Int, from first: Int = 0) throws -> [EventDraft] {
        try (first..<(first + count)).map {
            try Self.draft(producer, $0, filling: fillings[$0 % fillings.count])
        }
    }

    /// The id of the trade that an event belongs to.
    static func tradeID(producer: Int = 0, ofEvent index: Int) -> String {
        "bench-\(digits(producer, 2))-\(digits(index / steps.count, 9))"
    }

    private static func draft(_ producer: Int, _ index: Int, filling: String) throws -> EventDraft {
        let type = steps[index % steps.count]
        let chance = scattered(index)
        let context =
            #"{"market_regime":"\#(regimes[chance % 4])","bull_confidence":0.\#(digits(chance % 89 + 10, 2)),"#
            + #""signals":{"rsi":\#(digits(chance / 7 % 89 + 10, 2)).\#(chance % 9 + 1)},"note":"\#(filling)"}"#
        var fields: [Field: String] = [
            .price: "6\(digits(chance / 11 % 9999, 4)).\(digits(chance / 13 % 89 + 10, 2))",
            .feeCost: "0.0\(digits(chance / 17 % 899 + 100, 3))",
            .exchangeOrderID: "ord-\(digits(chance / 3 % 1_000_000_000, 9))",
            .context: context,
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
            subject: tradeID(producer: producer, ofEvent: index),
            occurredAt: Timestamp(microsecondsSince1970: startMicroseconds + Int64(index) * 1000),
            fields: fields
        )
    }

    /// A pseudorandom number, the same for the same index (splitmix64).
    static func scattered(_ index: Int) -> Int {
        var bits = UInt64(index) &* 0x9E37_79B9_7F4A_7C15 &+ 0x9E37_79B9_7F4A_7C15
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((bits ^ (bits >> 31)) >> 2)
    }

    /// A number with leading zeros and this many digits.
    static func digits(_ number: Int, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(width - text.utf8.count, 0)) + text
    }
}
