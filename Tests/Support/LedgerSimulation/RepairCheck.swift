import Ledger
import LedgerTestSupport
import TradeModel

/// Repairs a damaged ledger, with a crash during the repair: every event that was not given up must be there
/// afterwards.
struct RepairCheck {
    private let history: History
    private let clock = ManualClock()
    private var random: SeededGenerator

    init(history: History, seed: UInt64) {
        self.history = history
        random = SeededGenerator(seed: seed)
    }

    mutating func run(_ image: DiskImage) throws {
        let disk = SimulatedDisk(image)
        // Most calls read; a crash is interesting where something has changed since the last.
        var images: [DiskImage] = []
        disk.beforeCall = { if images.last?.time != disk.image.time { images.append(disk.image) } }
        defer { disk.beforeCall = nil }
        let given = try at("a repair") { try repairAndOpen(disk, given: [], original: image) }
        guard let given, let left = images.randomElement(using: &random) else { return }
        let survivors: Survivors = random.next(below: 2) == 0 ? .flushed : .subset
        let found = SimulatedDisk(left.afterPowerCut(survivors, &random))
        // The first run may have written the same losses before it crashed.
        _ = try at("a repair that a crash interrupted") { try repairAndOpen(found, given: given) }
    }

    /// The old content of a changed file is kept, on the disk itself.
    private func checkEvidence(_ repaired: DiskImage, of damaged: DiskImage) throws {
        var random = SeededGenerator(seed: 0)
        let onDisk = repaired.afterPowerCut(.flushed, &random)
        let evidence = onDisk.fileNames.filter { $0.hasPrefix(Self.evidencePrefix) }
        for copy in evidence {
            let name = copy.dropFirst(Self.evidencePrefix.count).drop { $0.isNumber }.dropFirst()
            guard onDisk.contents(copy) == damaged.contents(String(name)) else {
                throw SimulationFailure("\(copy) is not what the damaged file was")
            }
        }
        for name in damaged.fileNames where SegmentName(fileName: name) != nil {
            let isKept =
                onDisk.contents(name) == damaged.contents(name) || evidence.contains { $0.hasSuffix("-" + name) }
            // A file that only had the wrong name exists under the right one.
            let isMoved = onDisk.fileNames.contains { onDisk.contents($0) == damaged.contents(name) }
            guard isKept || isMoved else { throw SimulationFailure("\(name) was changed and no copy of it was kept") }
        }
    }

    private static let evidencePrefix = "damaged-"

    /// The ledger's trades are the fold of its log, without lost events and those that depend on them.
    private func checkFold(_ machine: Machine, _ log: RecoveredLog) throws {
        var follower = TradeFollower(recomputing: machine.disk)
        while try follower.next(upTo: UInt64(log.events.count)) != nil {}
        let open = try machine.openTrades()
        let folded = Dictionary(uniqueKeysWithValues: follower.folding.openTrades.map { ($0.id, $0.trade) })
        guard open.count == folded.count else { throw SimulationFailure("other trades are open than in the log") }
        for (id, trade) in open where folded[id] != trade {
            throw SimulationFailure("trade \(String(decoding: id, as: UTF8.self)) is not that of the log")
        }
    }

    /// Repairs the ledger and checks that it has all other events; nil if the repair needs a person.
    private func repairAndOpen(
        _ disk: SimulatedDisk,
        given: Set<UInt64>,
        original: DiskImage? = nil
    ) throws -> Set<UInt64>? {
        var given = given
        do throws(LedgerError) {
            guard try repair(disk, &given) else { return nil }
        } catch {
            try Refusal(error).check()
            return nil
        }
        if let original { try checkEvidence(disk.image, of: original) }
        let machine = Machine(disk)
        _ = try machine.open()
        let log = try RecoveredLog(disk)
        try checkFold(machine, log)
        try require(history.problem(withRejected: log.rejected), "the rejected events")
        let events = log.events
        guard events.count >= history.acknowledged.count else {
            throw SimulationFailure("\(history.acknowledged.count) events were acknowledged, \(events.count) are there")
        }
        for (event, known) in zip(events, history.acknowledged) where event != known {
            guard event.body.type == .lost, given.contains(known.sequence) else {
                throw SimulationFailure("event \(known.sequence) was not given up and is not as it was")
            }
        }
        return given
    }

    /// Repairs what can be repaired and gives up the rest, as an operator who follows the messages would; false if only
    /// a person can decide the rest.
    private func repair(_ disk: SimulatedDisk, _ given: inout Set<UInt64>) throws(LedgerError) -> Bool {
        clock.advance(microseconds: 1)
        var repair = LogRepair(disk, clock: clock.clock)
        _ = try repair.mend()
        for corruption in try repair.corruptions() {
            guard let range = corruption.sequences else { continue }
            _ = try repair.acceptLoss(of: range, reason: "simulated damage", actor: "simulation")
            given.formUnion(range)
        }
        return try repair.corruptions().isEmpty
    }
}
