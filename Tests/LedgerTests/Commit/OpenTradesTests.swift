import LedgerTestSupport
import Testing
import TradeModel

@testable import Ledger

@Suite struct `Commit keeps open trades` {
    /// Ids of all lengths that the format allows, some of them the beginning of others.
    private static func id(_ number: UInt64) -> [UInt8] {
        let text = "trade \(number) " + String(repeating: "x", count: 128)
        return Array(text.utf8.prefix(1 + Int(number % 128)))
    }

    /// A trade that the sequence of its open distinguishes from others.
    private static func trade(_ sequence: UInt64) throws -> OpenTrade {
        let body = try TradeEvents.opened("t").body
        return try OpenTrade(opening: body, TradeTerms(body.bytes.span), sequence: sequence, fill: nil)
    }

    @Test(arguments: [21, 22, 23] as [UInt64])
    func `like a dictionary by their ids, whatever their fingerprints`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var trades = OpenTrades()
        var model: [[UInt8]: UInt64] = [:]
        for step in 1...4000 as ClosedRange<UInt64> {
            let id = Self.id(random.next(below: 300))
            // Few fingerprints, so that ids collide, and only their bytes distinguish them.
            let fingerprint = UInt64(id.count % 7)
            let slot = trades.slot(of: id.span, fingerprint)
            #expect(slot.map { trades[$0].trade.firstSequence } == model[id], "seed \(seed)")
            if let slot, random.next(below: 100) < 60 {
                #expect(trades.remove(slot).trade.firstSequence == model[id], "seed \(seed)")
                model[id] = nil
            } else if let slot {
                let changed = try Self.trade(step)
                trades.update(slot) { $0 = changed }
                model[id] = step
            } else {
                trades.insert(try Self.trade(step), id: id.span, fingerprint)
                model[id] = step
            }
        }
        let all = trades.all.map { ($0.id, $0.trade.firstSequence) }
        #expect(Dictionary(uniqueKeysWithValues: all) == model, "seed \(seed)")
        #expect(trades.count == model.count)
        for slot in 0..<trades.count { #expect(model[trades.id(at: slot)] == trades[slot].trade.firstSequence) }
    }

    @Test func `as a copy had them when they change later`() throws {
        var trades = OpenTrades()
        let ids = (0..<200).map { Array("trade \($0)".utf8) }
        for (index, id) in ids.enumerated() { trades.insert(try Self.trade(UInt64(index)), id: id.span, 1) }
        let copy = trades
        for id in ids.prefix(150) {
            let slot = trades.slot(of: id.span, 1)
            trades.remove(try #require(slot))
        }
        let changed = try Self.trade(1000)
        for slot in 0..<trades.count { trades.update(slot) { $0 = changed } }
        #expect(copy.count == 200)
        for (slot, id) in ids.enumerated() {
            #expect(copy.id(at: slot) == id && copy[slot].trade.firstSequence == UInt64(slot))
        }
    }
}
