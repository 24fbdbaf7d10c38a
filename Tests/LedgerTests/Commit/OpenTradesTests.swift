import LedgerTestSupport
import Testing

@testable import Ledger

@Suite struct `Commit keeps open trades` {
    /// Ids of all lengths that the format allows, some of them the beginning of others.
    private static func id(_ number: UInt64) -> [UInt8] {
        let text = "trade \(number) " + String(repeating: "x", count: 128)
        return Array(text.utf8.prefix(1 + Int(number % 128)))
    }

    @Test(arguments: [21, 22, 23] as [UInt64])
    func `like a dictionary by their ids, whatever their fingerprints`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var trades = OpenTrades<UInt64>()
        var model: [[UInt8]: UInt64] = [:]
        for step in 1...4000 as ClosedRange<UInt64> {
            let id = Self.id(random.next(below: 300))
            // Few fingerprints, so that ids collide, and only their bytes distinguish them.
            let fingerprint = UInt64(id.count % 7)
            let slot = trades.slot(of: id.span, fingerprint)
            #expect(slot.map { trades.folds[$0] } == model[id], "seed \(seed)")
            if let slot, random.next(below: 100) < 60 {
                trades.remove(slot)
                model[id] = nil
            } else if let slot {
                trades.update(slot) { $0 = step }
                model[id] = step
            } else {
                trades.insert(step, id: id.span, fingerprint)
                model[id] = step
            }
        }
        #expect(trades.byID == model, "seed \(seed)")
        #expect(trades.count == model.count)
        for slot in trades.folds.indices { #expect(model[Array(trades.id(at: slot))] == trades.folds[slot]) }
    }

    @Test func `with their ids when their states are read`() {
        var trades = OpenTrades<Int>()
        for (number, id) in ["a", "b", "c"].enumerated() { trades.insert(number, id: Array(id.utf8).span, 1) }
        let texts = OpenTrades(trades) { "\($0)" }
        #expect(texts.byID == [Array("a".utf8): "0", Array("b".utf8): "1", Array("c".utf8): "2"])
        #expect(texts.slot(of: Array("b".utf8).span, 1) == trades.slot(of: Array("b".utf8).span, 1))
    }
}
