import Glibc
import LedgerTestSupport
import Testing

@testable import TradeModel

@Suite struct `The fold of a trade` {
    /// A million events in all with `--long`.
    @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64])
    func `answers as the reference does, event by event`(seed: UInt64) throws {
        print("seed \(seed)")
        var comparison = FoldComparison(seed: seed)
        let eventCount = unsafe getenv("TRADELEDGER_TEST_LONG") == nil ? 10_000 : 125_000
        while comparison.eventCount < eventCount { try comparison.runTrade() }
        // A test without such cases would prove nothing.
        for code in FoldComparison.expectedCodes { #expect(comparison.refusals[code, default: 0] > 5, "\(code)") }
        #expect(comparison.wideCount > 1000 && comparison.narrowCount > 1000)
        #expect(comparison.returnCount > 5)
    }
}

/// Makes trades of every kind of number at random, and folds each event twice.
private struct FoldComparison {
    private var random: SeededGenerator
    private(set) var eventCount = 0
    private(set) var refusals: [RejectionCode: Int] = [:]
    /// How many events left their trade with numbers of 64 bits, and how many with wider ones.
    private(set) var narrowCount = 0
    private(set) var wideCount = 0
    /// How often a trade came back from wider numbers to those of 64 bits.
    private(set) var returnCount = 0
    /// The kind of numbers of the trade.
    private var magnitudes = Magnitudes.usual

    static let expectedCodes: [RejectionCode] = [
        .numberOutOfRange, .amountExceedsOpen, .dustMismatch, .amountNotPositive, .priceNotPositive, .timeBeforeOpen,
        .tradeClosed, .tradeVoided,
    ]

    private enum Magnitudes: CaseIterable {
        /// As markets have them.
        case usual
        /// Around the limit of 64 bits.
        case wide
        /// Any that a decimal can have.
        case any
    }

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    mutating func runTrade() throws {
        magnitudes = Magnitudes.allCases.randomElement(using: &random) ?? .usual
        let opening = body(.opened, amount: number(), price: number())
        eventCount += 1
        var sequence: UInt64 = 1
        var (trade, reference): (Trade, ReferenceTrade)
        do throws(Rejection) { trade = try Trade(opening: opening, sequence: sequence) } catch {
            note(error)
            let expected = Self.refusal { () throws(Rejection) in
                _ = try ReferenceTrade(opening: opening, sequence: sequence)
            }
            return try #require(error == expected, "\(opening)")
        }
        reference = try ReferenceTrade(opening: opening, sequence: sequence)
        try check(trade, reference, opening)
        for _ in 0..<Int.random(in: 1...12, using: &random) {
            let next = self.next(reference)
            sequence += 1
            eventCount += 1
            let (wasWide, before) = (!trade.isNarrow, trade)
            let refusal = Self.refusal { () throws(Rejection) in try trade.apply(next, sequence: sequence) }
            let expected = Self.refusal { () throws(Rejection) in try reference.apply(next, sequence: sequence) }
            try #require(refusal == expected, "\(next) after \(before)")
            if let refusal {
                note(refusal)
                try #require(trade == before, "\(next) was refused")
            } else {
                if wasWide && trade.isNarrow { returnCount += 1 }
                try check(trade, reference, next)
            }
        }
    }

    private mutating func note(_ refusal: Rejection) { refusals[refusal.code, default: 0] += 1 }

    private static func refusal(_ step: () throws(Rejection) -> Void) -> Rejection? {
        do throws(Rejection) { try step() } catch { return error }
        return nil
    }

    private mutating func check(_ trade: Trade, _ reference: ReferenceTrade, _ body: EventBody) throws {
        if trade.isNarrow { narrowCount += 1 } else { wideCount += 1 }
        let position = reference.position
        let figures = try ReferenceFigures(of: position, reference.side)
        let isSame =
            trade.entryAmount == position.entry.amount && trade.exitAmount == position.exit.amount
            && trade.openAmount == position.openAmount && trade.closedCost == position.closedCost
            && trade.fees == position.fees && trade.adjustments == position.adjustments
            && trade.isFeesIncomplete == position.isFeesIncomplete && trade.money.dustValue == position.dustValue
            && trade.money.entry.notional == position.entry.notional
            && trade.money.exit.notional == position.exit.notional && trade.status == reference.status
            && trade.closedAt == reference.closedAt && trade.closeSequence == reference.closeSequence
            && trade.lastSequence == reference.lastSequence && trade.eventCount == reference.eventCount
            && trade.figures.entryPrice == figures.entryPrice && trade.figures.exitPrice == figures.exitPrice
            && trade.figures.realizedPnL == figures.realizedPnL && trade.figures.pnlPercent == figures.pnlPercent
        try #require(isSame, "\(body): \(trade) and \(reference)")
        try #require(Trade(state: trade.state[...]) == trade)
    }

    private mutating func next(_ trade: ReferenceTrade) -> EventBody {
        let open = trade.position.openAmount
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<5: return body(.increased, amount: number(), price: number())
        case 5..<11: return body(.reduced, amount: part(of: open), price: number())
        case 11..<15: return close(open)
        case 15..<18: return body(.adjusted, cost: signed())
        case 18: return body(.annotated)
        default: return body(.voided)
        }
    }

    private mutating func close(_ open: Decimal) -> EventBody {
        let amount = part(of: open)
        let rest = difference(open, amount) ?? .zero
        switch Int.random(in: 0..<6, using: &random) {
        case 0: return body(.closed, amount: amount, price: number(), dust: rest.isNegative ? "1" : rest.description)
        case 1: return body(.closed, amount: amount, price: number(), dust: "rest")
        case 2: return body(.closed, price: number(), dust: rest.isNegative ? "0" : rest.description)
        case 3: return body(.closed, amount: amount, price: number())
        default: return body(.closed, price: number())
        }
    }

    private mutating func body(
        _ type: EventType,
        amount: Decimal? = nil,
        price: Decimal? = nil,
        dust: String? = nil,
        cost: Decimal? = nil
    ) -> EventBody {
        let isEarly = Int.random(in: 0..<50, using: &random) == 0
        let time = Timestamp(microsecondsSince1970: type == .opened || !isEarly ? 1_000_000 : 999_999)
        var writer = BodyWriter(type: type, occurredAt: time, subject: Array("T".utf8))
        if type == .opened {
            let symbol = ["BTC/USDT", "BTC-USDT:USDT", "GOLD"][Int.random(in: 0..<3, using: &random)]
            writer.append(.symbol, text: Array(symbol.utf8))
            writer.append(.side, text: Array((Bool.random(using: &random) ? "buy" : "sell").utf8))
            writer.append(.orderType, text: Array("limit".utf8))
        }
        if let amount { writer.append(.amount, decimal: amount) }
        if let price {
            writer.append(.price, decimal: price)
            appendFee(to: &writer)
        }
        if let dust { writer.append(.dust, text: Array(dust.utf8)) }
        if let cost {
            writer.append(.kind, text: Array("funding".utf8))
            writer.append(.cost, decimal: cost)
        }
        return writer.finish()
    }

    private mutating func appendFee(to writer: inout BodyWriter) {
        guard Int.random(in: 0..<4, using: &random) > 0 else { return }
        writer.append(.feeCost, decimal: signed())
        let currency: String? = ["BTC", "USDT", "BNB", nil].randomElement(using: &random) ?? nil
        if let currency { writer.append(.feeCurrency, text: Array(currency.utf8)) }
        if Int.random(in: 0..<3, using: &random) == 0 { writer.append(.feeQuoteCost, decimal: signed()) }
    }

    /// A part of what is open, all of it, or something else.
    private mutating func part(of open: Decimal) -> Decimal {
        let magnitude = open.coefficient.magnitude
        switch Int.random(in: 0..<5, using: &random) {
        case 0: return open
        case 1: return number()
        default:
            guard magnitude > 1 else { return open }
            return decimal(Int128(UInt128.random(in: 1..<magnitude, using: &random)), open.scale)
        }
    }

    private mutating func signed() -> Decimal { Bool.random(using: &random) ? number() : number().negated }

    /// A number that is not negative.
    private mutating func number() -> Decimal {
        if Int.random(in: 0..<60, using: &random) == 0 { return .zero }
        let (bitCounts, scales): (ClosedRange<UInt64>, ClosedRange<Int>) =
            switch magnitudes {
            case .usual: (1...36, 0...8)
            case .wide: (20...63, 0...18)
            case .any: (1...126, 0...38)
            }
        let bitCount = UInt64.random(in: bitCounts, using: &random)
        let magnitude = UInt128.random(in: 1...UInt128.max, using: &random) >> UInt128(128 - bitCount)
        return decimal(Int128(magnitude), Int.random(in: scales, using: &random))
    }

    private func decimal(_ coefficient: Int128, _ scale: Int) -> Decimal {
        do { return try Decimal(coefficient: coefficient, scale: scale) } catch { return .one }
    }

    private func difference(_ left: Decimal, _ right: Decimal) -> Decimal? {
        do { return try left.subtracting(right) } catch { return nil }
    }
}
