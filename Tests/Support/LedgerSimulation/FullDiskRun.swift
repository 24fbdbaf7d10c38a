import Ledger
import LedgerTestSupport
import TradeModel

/// A machine whose disk is full for a while, at any byte.
struct FullDiskRun {
    private var random: SeededGenerator

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    /// Fills the disk, frees space again, and checks the ledger throughout.
    mutating func perform() throws {
        let disk = SimulatedDisk(DiskImage(), seed: random.next())
        let machine = Machine(disk)
        try machine.create()
        _ = try machine.open()
        var workload = Workload(seed: random.next())
        for _ in 0..<3 {
            disk.byteCountMax = disk.image.byteCount + Int(random.next(below: 6000))
            for _ in 0..<workload.stepCount { try workload.step(machine) }
            try fill(machine)
            try recover(machine)
            // Space returns, and the same process continues.
            disk.byteCountMax = .max
            guard try takes(opened(), machine) else {
                throw SimulationFailure("an open is refused although there is room")
            }
            for _ in 0..<4 { try workload.step(machine) }
            try recover(machine)
        }
    }

    /// Opens trades until one is refused for lack of space; the ledger must still accept closes then.
    private mutating func fill(_ machine: Machine) throws {
        var last: EventDraft?
        for _ in 0..<Self.openCountMax {
            let open = try opened()
            guard try takes(open, machine) else {
                let note = try annotated(last?.body.subject ?? open.body.subject)
                guard try last == nil || takes(note, machine) else {
                    throw SimulationFailure("the first open that is refused leaves no room to end a trade")
                }
                return
            }
            last = open
        }
        throw SimulationFailure("a full disk takes open after open")
    }

    private static let openCountMax = 400

    /// Sends one event that breaks no rule; false if the disk is full.
    private func takes(_ draft: EventDraft, _ machine: Machine) throws -> Bool {
        for outcome in try machine.send([draft], .each) {
            guard case .failure(.rejected(let rejection)) = outcome else { continue }
            guard rejection.code == .diskFull else { throw SimulationFailure("\(rejection.message)") }
            return false
        }
        return true
    }

    private mutating func opened() throws -> EventDraft {
        try draft(
            #""type":"trade.opened","trade_id":"full-\#(random.next())","symbol":"A/B","side":"buy","#
                + #""order_type":"market","amount":1,"price":1"#
        )
    }

    private mutating func annotated(_ id: String) throws -> EventDraft {
        try draft(#""type":"trade.annotated","trade_id":"\#(id)","reason":"the disk is full""#)
    }

    private mutating func draft(_ members: String) throws -> EventDraft {
        let id = EventID.version7(at: Timestamp(microsecondsSince1970: 0), random: (random.next(), random.next()))
        return EventDraft(
            eventID: id,
            body: try EventJSON.decode(line: Array("{\"occurred_at\":1700000000001,\(members)}".utf8)).body
        )
    }

    private mutating func recover(_ machine: Machine) throws {
        let image = machine.disk.image.afterPowerCut(random.next(below: 2) == 0 ? .flushed : .subset, &random)
        try RecoveryCheck(history: machine.history, hasDirectReads: true).run(image, &random)
    }
}
