internal import TradeModel

/// Makes the events of trades, each with a canonical record of about `recordByteCount` bytes.
///
/// Prices, fees, confidences and signals vary from event to event as a bot's do, so that a compressor saves no more
/// than in real logs.
struct EventMaker {
    /// One event of a trade.
    struct Step {
        let type: EventType
        /// Base quantity; nil for a close, which takes all that is open.
        var amount: String?
    }

    static let recordByteCount = 256

    /// The padding of the record for each type of event.
    private let fillings: [EventType: String]

    private static let startMicroseconds: Int64 = 1_767_603_600_000_000
    private static let regimes = ["trending", "sideways", "breakout", "volatile"]

    init() throws {
        // Everything except the padding has about the same length in every event of a type.
        let steps =
            [EventType.opened, .increased, .reduced].map { Step(type: $0, amount: "0.25") } + [Step(type: .closed)]
        fillings = try Dictionary(
            uniqueKeysWithValues: steps.map { step in
                let bare = try Self.draft(step, 0, Workload.tradeID(0), "BTC/USDT", filling: "")
                let byteCount = Self.recordByteCount - StoredRecord(of: bare, sequence: 1).bytes.count
                return (step.type, String(repeating: "x", count: max(byteCount, 0)))
            }
        )
    }

    /// The event with this number: its time and its values follow from the number.
    func draft(_ step: Step, _ number: Int, ofTrade id: String, symbol: String = "BTC/USDT") throws -> EventDraft {
        try Self.draft(step, number, id, symbol, filling: fillings[step.type, default: ""])
    }

    /// When the event with this number happened: one each millisecond.
    static func time(_ number: Int) -> Timestamp {
        Timestamp(microsecondsSince1970: startMicroseconds + Int64(number) * 1000)
    }

    private static func draft(
        _ step: Step,
        _ number: Int,
        _ tradeID: String,
        _ symbol: String,
        filling: String
    ) throws -> EventDraft {
        let chance = scattered(number)
        let context =
            #"{"market_regime":"\#(regimes[chance % 4])","bull_confidence":0.\#(digits(chance % 89 + 10, 2)),"#
            + #""signals":{"rsi":\#(digits(chance / 7 % 89 + 10, 2)).\#(chance % 9 + 1)},"note":"\#(filling)"}"#
        var fields: [Field: String] = [
            .price: "6\(digits(chance / 11 % 9999, 4)).\(digits(chance / 13 % 89 + 10, 2))",
            .feeCost: "0.0\(digits(chance / 17 % 899 + 100, 3))",
            .exchangeOrderID: "ord-\(digits(chance / 3 % 1_000_000_000, 9))",
            .context: context,
        ]
        fields[.amount] = step.amount
        switch step.type {
        case .opened:
            let opening: [Field: String] = [
                .symbol: symbol, .side: "buy", .orderType: "limit", .strategy: "breakout",
            ]
            fields.merge(opening) { $1 }
        case .closed: fields[.reason] = "take_profit"
        default: break
        }
        return try EventDraft(step.type, subject: tradeID, occurredAt: time(number), fields: fields)
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
