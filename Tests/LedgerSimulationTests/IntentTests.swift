import Ledger
import LedgerTestSupport
import Testing
import TradeModel

@testable import LedgerSimulation

@Suite struct `A bot that crashes between an intent and its fill` {
    /// The process dies, or the power fails and takes all or some of what was not flushed.
    @Test(arguments: [nil, .flushed, .subset] as [Survivors?])
    func `sends both again, and each is in the log once, in this order`(survivors: Survivors?) throws {
        let drafts = try Self.drafts()
        let machine = Machine(SimulatedDisk(DiskImage()))
        try machine.create()
        _ = try machine.open()
        var images: [DiskImage] = []
        machine.disk.beforeCall = { images.append(machine.disk.image) }
        for draft in drafts { try machine.send([draft], .each) }
        machine.disk.beforeCall = nil
        images.append(machine.disk.image)

        var random = SeededGenerator(seed: 8)
        var counts: Set<Int> = []
        for image in images {
            let left = survivors.map { image.afterPowerCut($0, &random) } ?? image
            let recovered = Machine(SimulatedDisk(left))
            _ = try recovered.open()
            let log = try RecoveredLog(recovered.disk)
            counts.insert(log.events.count)
            recovered.adopt(log)
            for draft in drafts { try recovered.send([draft], .each) }
            #expect(try RecoveredLog(recovered.disk).events.map(\.body) == drafts.map(\.body))
        }
        #expect(counts == [0, 1, 2])
    }

    /// Neither has an id: the intent is recognised by its order, and the fill by its trade.
    private static func drafts() throws -> [EventDraft] {
        try [
            #"{"type":"order.submitted","order_id":"o-1","occurred_at":1700000000000,"symbol":"A/B","side":"buy","#
                + #""order_type":"limit","amount":1,"price":2}"#,
            #"{"type":"trade.opened","trade_id":"t-1","occurred_at":1700000000001,"symbol":"A/B","side":"buy","#
                + #""order_type":"limit","amount":1,"price":2,"order_id":"o-1"}"#,
        ].map { try EventJSON.decode(line: Array($0.utf8)) }
    }
}
