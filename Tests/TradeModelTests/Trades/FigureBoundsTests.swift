import LedgerTestSupport
import Testing

@testable import TradeModel

@Suite struct `The bounds of a trade's figures` {
    /// The bounds cover the numbers of any market without computing them.
    @Test func `cover usual numbers`() throws {
        var history = try TradeHistory("0.25", at: "60123.45", [.feeCost: "0.0601"])
        try history.increase("0.150000000000000000001", at: "61000.1")
        try history.reduce("0.1", at: "0.0000000001", [.feeCost: "-3", .feeCurrency: "BTC"])
        #expect(Decimal.figuresFitForCertain(history.trade.money))
        try history.close(at: "1e9", [.dust: "0.0001", .feeCost: "3.00005", .feeCurrency: "BTC"])
        #expect(Decimal.figuresFitForCertain(history.trade.money))
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `promise only what fits, for any numbers`(seed: UInt64) throws {
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        var counts = (promised: 0, computed: 0, refused: 0, narrow: 0)
        for _ in 0..<4000 {
            var money = Money<Decimal>()
            for _ in 0..<6 {
                var next = money
                // Sums that overflow never reach the figures.
                do throws(DecimalError) { try Self.takeStep(&next, &random) } catch { continue }
                let isPromised = Decimal.figuresFitForCertain(next)
                if let narrow = Money<Decimal64>(next), Decimal64.figuresFit(narrow, .buy) {
                    try #require(isPromised, "\(next)")
                    counts.narrow += 1
                }
                do throws(DecimalError) {
                    _ = try TradeFigures(of: next, Bool.random(using: &random) ? .buy : .sell)
                    if isPromised { counts.promised += 1 } else { counts.computed += 1 }
                } catch {
                    try #require(!isPromised, "\(next)")
                    counts.refused += 1
                    continue
                }
                money = next
            }
        }
        // A test without such cases would prove nothing.
        #expect(counts.promised > 1000 && counts.computed > 100, "\(counts)")
        #expect(counts.refused > 100 && counts.narrow > 100, "\(counts)")
    }

    private static func takeStep(
        _ money: inout Money<Decimal>,
        _ random: inout SeededGenerator
    ) throws(DecimalError) {
        let (amount, price) = (number(&random), number(&random))
        let cost = Bool.random(using: &random) ? number(&random) : number(&random).negated
        let fee = Fee(value: cost, cost: number(&random), isInBase: Bool.random(using: &random), isKnown: true)
        let entry = Fill(amount: amount, price: price)
        let exit = Fill(amount: min(amount, money.openAmount), price: price)
        switch Int.random(in: 0..<5, using: &random) {
        case 0, 1: try money.enter(entry, fee)
        case 2: try money.take(exit, fee)
        case 3: try money.end(exit, fee, .buy)
        default: try money.adjust(by: cost)
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
