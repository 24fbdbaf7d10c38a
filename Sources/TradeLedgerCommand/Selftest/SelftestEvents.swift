internal import TradeModel

/// The events of a self-test: which event belongs to which sequence follows from the seed alone.
///
/// So the ledger can be compared with what was submitted, without keeping what was submitted.
struct SelftestEvents {
    private let seed: UInt64

    /// A trade is opened, increased, reduced and closed.
    private static let stepCount: UInt64 = 4
    /// One event in this many has a long context, because a kill can only tear a frame of many pages.
    private static let longStride: UInt64 = 16
    private static let longWordCountMax: UInt64 = 2048

    init(seed: UInt64) {
        self.seed = seed
    }

    /// The event that has the sequence, as a line of JSON without its line feed.
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

    /// The event that has the sequence, as the ledger must hold it.
    func draft(_ sequence: UInt64) -> EventDraft {
        do { return try EventJSON.decode(line: Array(line(sequence).utf8)) } catch {
            preconditionFailure("a generated event breaks no rule: \(error)")
        }
    }

    /// The id of the event that has the sequence.
    func eventID(_ sequence: UInt64) -> EventID { EventID(high: seed, low: sequence) }

    private static func context(_ numbers: inout SeededNumbers) -> String {
        var words = ""
        for _ in 0...numbers.next(below: longWordCountMax) { words += String(numbers.next(), radix: 36) }
        return #","context":{"signals":"\#(words)"}"#
    }
}
