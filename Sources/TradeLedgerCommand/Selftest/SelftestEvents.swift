internal import TradeModel

/// The events of a self-test, each of which follows from the seed and its sequence.
///
/// So the ledger can be compared with the submitted events, although nothing keeps them.
struct SelftestEvents {
    private let seed: UInt64

    /// A trade is opened, increased, reduced and closed.
    private static let stepCount: UInt64 = 4
    /// One event in this many has a long context, because a kill can tear only a frame of many pages.
    private static let longStride: UInt64 = 16
    private static let longWordCountMax: UInt64 = 2048

    init(seed: UInt64) {
        self.seed = seed
    }

    /// The event of a sequence, as a line of JSON without its line feed.
    func line(_ sequence: UInt64) -> String {
        var numbers = SeededNumbers(seed: seed ^ (sequence &* 0x9E37_79B9))
        let (trade, step) = ((sequence - 1) / Self.stepCount, (sequence - 1) % Self.stepCount)
        let price = "\(1 + numbers.next(below: 99_999)).\(1 + numbers.next(below: 9_999))"
        let fields =
            switch step {
            case 0:
                #""type":"trade.opened","symbol":"BTC/USDT","side":"buy","order_type":"market","#
                    + #""amount":"4","price":"\#(price)""#
            case 1: #""type":"trade.increased","amount":"2.5","price":"\#(price)""#
            case 2: #""type":"trade.reduced","amount":"3","price":"\#(price)""#
            default: #""type":"trade.closed","price":"\#(price)","reason":"selftest""#
            }
        let context = numbers.next(below: Self.longStride) == 0 ? Self.context(&numbers) : ""
        return #"{"event_id":"\#(eventID(sequence))","trade_id":"selftest-\#(trade)","#
            + #""occurred_at":\#(1_700_000_000_000 + sequence),\#(fields)\#(context)}"#
    }

    /// The event of a sequence, as the ledger must have it.
    func draft(_ sequence: UInt64) -> EventDraft {
        do { return try EventJSON.decode(line: Array(line(sequence).utf8)) } catch {
            preconditionFailure("a generated event breaks no rule: \(error)")
        }
    }

    func eventID(_ sequence: UInt64) -> EventID { EventID(high: seed, low: sequence) }

    private static func context(_ numbers: inout SeededNumbers) -> String {
        var words = ""
        for _ in 0...numbers.next(below: longWordCountMax) { words += String(numbers.next(), radix: 36) }
        return #","context":{"signals":"\#(words)"}"#
    }
}

/// Random numbers from a seed, so that a self-test can be repeated (SplitMix64: Steele, Lea and Flood, 2014).
struct SeededNumbers {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// The next number below a bound, which is so small that the bias of a remainder does not matter.
    mutating func next(below bound: UInt64) -> UInt64 { next() % bound }
}
