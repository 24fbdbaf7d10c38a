import LedgerTestSupport
import Testing

@testable import TradeModel

@Suite struct `The bounds of a trade's figures` {
    /// The bounds cover the numbers of any market without computing them.
    @Test func `cover usual numbers`() throws {
        var history = try TradeHistory("0.25", at: "60123.45", [.feeCost: "0.0601"])
        try history.increase("0.150000000000000000001", at: "61000.1")
        try history.reduce("0.1", at: "0.0000000001", [.feeCost: "-3", .feeCurrency: "BTC"])
        #expect(FigureBounds.allFit(history.trade.position))
        try history.close(at: "1e9", [.dust: "0.0001", .feeCost: "3.00005", .feeCurrency: "BTC"])
        #expect(FigureBounds.allFit(history.trade.position))
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `promise only what fits, for any numbers`(seed: UInt64) throws {
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        var counts = (promised: 0, computed: 0, refused: 0)
        for _ in 0..<4000 {
            var position = Position()
            for _ in 0..<6 {
                var next = position
                // Sums that overflow never reach the figures.
                do throws(DecimalError) { try Self.takeStep(&next, &random) } catch { continue }
                let isPromised = FigureBounds.allFit(next)
                do throws(DecimalError) {
                    _ = try TradeFigures(of: next, Bool.random(using: &random) ? .buy : .sell)
                    if isPromised { counts.promised += 1 } else { counts.computed += 1 }
                } catch {
                    try #require(!isPromised, "\(next)")
                    counts.refused += 1
                    continue
                }
                position = next
            }
        }
        // A test without such cases would prove nothing.
        #expect(counts.promised > 1000 && counts.computed > 100 && counts.refused > 100, "\(counts)")
    }

    private static func takeStep(_ position: inout Position, _ random: inout SeededGenerator) throws(DecimalError) {
        let (amount, price) = (number(&random), number(&random))
        let cost = Bool.random(using: &random) ? number(&random) : number(&random).negated
        let fee =
            Bool.random(using: &random)
            ? Fill.FeeValue.known(cost) : .inBase(amount: number(&random), value: cost)
        switch Int.random(in: 0..<5, using: &random) {
        case 0, 1: try position.enter(amount, at: price, fee)
        case 2: try position.take(min(amount, position.openAmount), at: price, fee)
        case 3: try position.end(min(amount, position.openAmount), at: price, fee, .buy)
        default: try position.adjust(by: cost)
        }
    }

    /// A number above 0 of any size, more often one that leaves space for products.
    private static func number(_ random: inout SeededGenerator) -> Decimal {
        let bitCount = Int.random(in: 0...(Bool.random(using: &random) ? 40 : 126), using: &random)
        let lowest = Int128(1) << Int128(bitCount)
        let coefficient = Int128.random(in: lowest...(lowest - 1 + lowest), using: &random)
        do { return try Decimal(coefficient: coefficient, scale: Int.random(in: 0...38, using: &random)) } catch {
            return .one
        }
    }
}
