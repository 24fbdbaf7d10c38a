import LedgerTestSupport

/// Generates small histories full of special cases, the same for the same seed: dust, voids, fees in other currencies,
/// decimals of 21 digits, positions that shrink to zero and grow again.
struct SpecialTrades {
    private struct Position {
        let id: String
        /// Digits after the point of its amounts.
        let scale: Int
        var units: Int
        var eventsLeft: Int
    }

    private var random: SeededGenerator
    private var tradeCount = 0

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    /// The events of this many trades, mixed.
    mutating func nextLines(tradeCount count: Int) -> [String] {
        var lines: [String] = []
        var positions: [Position] = []
        for _ in 0..<count {
            let scale = [0, 4, 8, 21][pick(4)]
            tradeCount += 1
            let position = Position(id: "t\(tradeCount)", scale: scale, units: 1 + pick(1_000_000), eventsLeft: pick(6))
            positions.append(position)
            let symbol = ["A/B", "A-B", "A/B:B", "A"][pick(4)]
            let side = ["buy", "sell", "long", "short"][pick(4)]
            lines.append(
                line(
                    "trade.opened",
                    position.id,
                    [
                        #""symbol":"\#(symbol)""#, #""side":"\#(side)""#, #""order_type":"market""#,
                        fill(position.units, scale),
                    ]
                )
            )
        }
        while !positions.isEmpty {
            let index = pick(positions.count)
            lines.append(nextLine(&positions[index]))
            positions[index].eventsLeft -= 1
            if positions[index].eventsLeft < 0 { positions.remove(at: index) }
        }
        return lines
    }

    private mutating func nextLine(_ position: inout Position) -> String {
        let (units, scale) = (position.units, position.scale)
        if position.eventsLeft <= 0 { return lastLine(position) }
        switch pick(5) {
        case 0:
            position.units += 1 + pick(1000)
            return line("trade.increased", position.id, [fill(position.units - units, scale)])
        case 1 where units > 0:
            // Half of the time to exactly zero.
            position.units = pick(2) == 0 ? 0 : pick(units)
            return line("trade.reduced", position.id, [fill(units - position.units, scale)])
        case 2: return line("trade.annotated", position.id, [context()])
        default:
            let sign = pick(2) == 0 ? "-" : ""
            return line(
                "trade.adjusted",
                position.id,
                [#""kind":"other""#, #""cost":"\#(sign)\#(decimal(pick(9999), 18))""#]
            )
        }
    }

    private mutating func lastLine(_ position: Position) -> String {
        let (units, scale) = (position.units, position.scale)
        switch pick(6) {
        case 0: return line("trade.voided", position.id, [#""reason":"void""#])
        case 1 where units > 1:
            // More than most fees in the coin took, or less.
            let dust = pick(2) == 0 ? 1 : 1 + pick(units - 1)
            return line("trade.closed", position.id, [fill(units - dust, scale), #""dust":"rest""#])
        case 2 where units > 1:
            return line("trade.closed", position.id, [fill(units - 1, scale), #""dust":"\#(decimal(1, scale))""#])
        case 3 where units > 0: return line("trade.closed", position.id, [#""price":0"#, #""reason":"written_off""#])
        case 4 where units > 0: return line("trade.closed", position.id, [fill(units, scale), context()])
        default: return line("trade.annotated", position.id, [context()])
        }
    }

    private mutating func fill(_ units: Int, _ scale: Int) -> String {
        let price = decimal(1 + pick(1_000_000), [0, 2, 10][pick(3)])
        return #""amount":"\#(decimal(units, scale))","price":"\#(price)""# + fee()
    }

    private mutating func fee() -> String {
        let cost = (pick(4) == 0 ? "-" : "") + decimal(pick(1_000_000), [0, 6, 18][pick(3)])
        switch pick(6) {
        case 0: return ""
        case 1: return #","fee":{"cost":"\#(cost)","currency":"A"}"#
        case 2: return #","fee":{"cost":"\#(cost)","currency":"C"}"#
        case 3: return #","fee":{"cost":"1","currency":"\#(["A", "B", "C"][pick(3)])","quote_cost":"\#(cost)"}"#
        default: return #","fee":"\#(cost)""#
        }
    }

    private mutating func context() -> String {
        let value = ["0.50", "1e-30", "-7E3", #""text""#, "null", "[1.50]", #"{"k":1e3}"#, "1e140000"][pick(8)]
        let key = ["market_regime", "bull_confidence", "decision_confidence", "agent_votes", "signals"][pick(5)]
        return #""context":{"\#(key)":\#(value)}"#
    }

    private func line(_ type: String, _ id: String, _ fields: [String]) -> String {
        let common = [#""type":"\#(type)""#, #""trade_id":"\#(id)""#, #""occurred_at":1700000000000"#]
        return "{" + (common + fields).joined(separator: ",") + "}"
    }

    private func decimal(_ units: Int, _ scale: Int) -> String { "\(units)e-\(scale)" }

    private mutating func pick(_ count: Int) -> Int { Int(random.next(below: UInt64(count))) }
}
