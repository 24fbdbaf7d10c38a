import Ledger
import LedgerTestSupport
import TradeModel

/// Opens the ledger that a crash left and compares it with the promises.
struct RecoveryCheck {
    let history: History
    /// Whether the file system has reads past the page cache.
    let hasDirectReads: Bool

    /// Checks every promise about the ledger on the disk, and about its later states.
    func run(_ image: DiskImage, _ random: inout SeededGenerator) throws {
        var expected = self
        var image = image
        if random.next(below: 4) == 0 {
            image = try at("a reader came first") { try expected.readFirst(image, &random) }
        }
        guard history.isCreated || image.holdsLedger else { return }
        if random.next(below: 2) == 0 { try at("a crash during recovery") { try expected.crashInside(image, &random) } }
        let machine = try expected.recover(image)
        if random.next(below: 2) == 0 { try at("sent again after recovery") { try expected.sendAgain(machine) } }
        switch random.next(below: 4) {
        case 0: try at("recovered twice") { try expected.openAgain(machine) }
        case 1: try at("opened from a snapshot") { try expected.tidyAndOpen(machine) }
        case 2: try at("appended to after recovery") { try expected.goOn(machine, &random) }
        default: break
        }
    }

    /// A program that only reads comes first; the events that it saw must survive a power cut.
    private mutating func readFirst(_ image: DiskImage, _ random: inout SeededGenerator) throws -> DiskImage {
        let disk = SimulatedDisk(image, hasDirectReads: hasDirectReads)
        let log = try RecoveredLog(disk)
        try check(log)
        var history = history
        history.see(UInt64(log.events.count))
        self = RecoveryCheck(history: history, hasDirectReads: hasDirectReads)
        return disk.image.afterPowerCut(.flushed, &random)
    }

    /// The machine crashes while it recovers, at any call.
    private func crashInside(_ image: DiskImage, _ random: inout SeededGenerator) throws {
        var images: [DiskImage] = []
        let disk = SimulatedDisk(image, hasDirectReads: hasDirectReads)
        disk.beforeCall = { images.append(disk.image) }
        _ = try Machine(disk).open()
        disk.beforeCall = nil
        let left = images.randomElement(using: &random)
        let survivors: Survivors = random.next(below: 2) == 0 ? .flushed : .subset
        guard let found = left?.afterPowerCut(survivors, &random) else { return }
        if history.isCreated || found.holdsLedger { _ = try recover(found) }
    }

    /// Opens the ledger and compares it with the sent events and with its own log.
    private func recover(_ image: DiskImage) throws -> Machine {
        let machine = Machine(SimulatedDisk(image, hasDirectReads: hasDirectReads), history)
        let report = try machine.open()
        let log = try RecoveredLog(machine.disk)
        try check(log)
        try checkEvidence(report, image, machine.disk.image)
        try checkFold(machine, log)
        machine.adopt(log)
        try checkIdentities(machine, log)
        return machine
    }

    private func check(_ log: RecoveredLog) throws {
        if let problem = history.problem(with: log.events) ?? history.problem(withRejected: log.rejected) {
            throw SimulationFailure(problem)
        }
    }

    /// Bytes that were cut from the tail are kept, byte for byte, on the disk itself.
    private func checkEvidence(_ report: RecoveryReport, _ before: DiskImage, _ after: DiskImage) throws {
        var random = SeededGenerator(seed: 0)
        let onDisk = after.afterPowerCut(.flushed, &random)
        for torn in report.tornWrites {
            let bytes = before.contents(torn.file)?.dropFirst(torn.offset).prefix(torn.byteCount)
            guard let bytes, onDisk.contents(torn.evidence)?.elementsEqual(bytes) == true else {
                throw SimulationFailure("\(torn.evidence) is not a copy of what was cut from \(torn.file)")
            }
        }
    }

    private func checkFold(_ machine: Machine, _ log: RecoveredLog) throws {
        let trades = try log.trades()
        guard try machine.openTrades() == trades.filter({ $0.value.status == .open }) else {
            throw SimulationFailure("the open trades are not those of the log")
        }
        for (id, trade) in trades where trade.status != .open {
            guard try machine.trade(id) == trade else {
                throw SimulationFailure("trade \(String(decoding: id, as: UTF8.self)) is not that of the log")
            }
        }
    }

    /// The ledger recognises each event on record when it is sent again, and appends nothing.
    ///
    /// A client may not know the id: then the body of an intent, an open or a close is enough.
    private func checkIdentities(_ machine: Machine, _ log: RecoveredLog) throws {
        guard !log.events.isEmpty else { return }
        try machine.send(log.events.map { EventDraft(eventID: $0.eventID, body: $0.body) }, .each)
        let bodies = log.events.map(\.body).filter(\.type.isRecognisedByBody)
        try machine.send(bodies.map { EventDraft(body: $0) }, .each)
        guard machine.history.acknowledged.count == log.events.count else {
            throw SimulationFailure("an event on record was appended again")
        }
    }

    /// A client that got no answer before the crash sends the same events again: no intent and no fill is in the log
    /// twice, whether or not the first one reached the disk.
    private func sendAgain(_ machine: Machine) throws {
        let drafts = history.unanswered.filter { $0.eventID != nil || $0.body.type.isRecognisedByBody }
        for _ in 0..<2 { try machine.send(drafts, .each) }
        let log = try RecoveredLog(machine.disk)
        for draft in drafts {
            let count = log.events.count { $0.body == draft.body && $0.eventID == draft.eventID ?? $0.eventID }
            guard count <= 1 else { throw SimulationFailure("\(draft.body.type.name) is in the log \(count) times") }
        }
    }

    /// Recovering twice is the same as once.
    private func openAgain(_ machine: Machine) throws {
        machine.kill()
        let report = try machine.open()
        guard report.tornWrites.isEmpty else { throw SimulationFailure("the second recovery cut something again") }
        guard try RecoveredLog(machine.disk).events == machine.history.acknowledged else {
            throw SimulationFailure("the second recovery gave other events than the first")
        }
    }

    /// The derived files agree with the log.
    private func tidyAndOpen(_ machine: Machine) throws {
        try machine.maintain()
        let log = try RecoveredLog(machine.disk)
        for _ in 0..<2 {
            try checkFold(machine, log)
            try checkIdentities(machine, log)
            machine.kill()
            _ = try machine.open()
        }
    }

    /// The recovered ledger accepts events, and acknowledged ones survive the next power cut.
    private func goOn(_ machine: Machine, _ random: inout SeededGenerator) throws {
        var program = Program(seed: random.next())
        for _ in 0..<2 { try machine.send(try program.nextDrafts(), .each) }
        try machine.maintain(stepCountMax: Int(random.next(below: 20)))
        machine.kill()
        let image = machine.disk.image.afterPowerCut(.flushed, &random)
        _ = try RecoveryCheck(history: machine.history, hasDirectReads: hasDirectReads).recover(image)
    }
}
