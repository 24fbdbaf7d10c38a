import Ledger
import LedgerTestSupport

/// A backup of a simulated ledger, and the check that it can be restored wherever it was interrupted, with every event
/// that was acknowledged before it.
struct BackupCheck {
    /// The disk of the ledger as the backup begins.
    let source: DiskImage
    let history: History
    let seed: UInt64

    /// Runs a backup and restores it; its disk crashes before some of the calls.
    func run(_ disk: SimulatedDisk, _ backUp: () throws -> BackupReport) throws {
        var random = SeededGenerator(seed: seed)
        var images: [DiskImage] = []
        disk.beforeCall = { images.append(disk.image) }
        defer { disk.beforeCall = nil }
        let report = try backUp()
        disk.beforeCall = nil
        guard report.sequence >= UInt64(history.acknowledged.count) else {
            throw SimulationFailure("a backup ends at \(report.sequence) of \(history.acknowledged.count) events")
        }
        try at("a restored backup") { try restore(disk.image, &random) }
        guard let left = images.randomElement(using: &random) else { return }
        let survivors: [Survivors?] = [nil, .flushed, .subset]
        let choice = survivors[Int(random.next(below: 3))]
        let found = choice.map { left.afterPowerCut($0, &random) } ?? left
        try at("a backup that a crash interrupted") { try goOn(found, &random) }
    }

    /// A crash leaves an older backup or none, and the next run completes it.
    private func goOn(_ found: DiskImage, _ random: inout SeededGenerator) throws {
        let disk = SimulatedDisk(found)
        do {
            let log = try RecoveredLog(disk)
            try require(history.contentProblem(log.events), "its events")
        } catch let error as LedgerError {
            // Before the first segment exists, no copied file can be damaged or lost.
            guard error.code == .notALedger else { throw error }
        }
        _ = try LogBackup(of: SimulatedDisk(source), in: disk, clock: Machine.clock).run { _ in }
        try restore(disk.image, &random)
    }

    /// Restores the backup on a third disk, which may crash before any call, and opens it for writing.
    private func restore(_ backup: DiskImage, _ random: inout SeededGenerator) throws {
        var images: [DiskImage] = []
        let target = SimulatedDisk(DiskImage())
        target.beforeCall = { images.append(target.image) }
        try restore(backup, to: target)
        target.beforeCall = nil
        try check(SimulatedDisk(target.image.afterPowerCut(.flushed, &random)))
        guard let left = images.randomElement(using: &random) else { return }
        let survivor = SimulatedDisk(left.afterPowerCut(random.next(below: 2) == 0 ? .flushed : .subset, &random))
        do {
            _ = try RecoveredLog(survivor)
            // The restore was complete.
        } catch let error as LedgerError {
            guard error.code == .notALedger else { throw error }
            try restore(backup, to: survivor)
        }
        try check(survivor)
    }

    private func restore(_ backup: DiskImage, to target: SimulatedDisk) throws {
        let run = LogRestore(from: SimulatedDisk(backup), to: target)
        _ = try run.run(Machine.configuration) { _ in }
    }

    private func check(_ disk: SimulatedDisk) throws {
        let machine = Machine(disk, history)
        _ = try machine.open()
        let log = try RecoveredLog(disk)
        try require(history.problem(with: log.events) ?? history.problem(withRejected: log.rejected), "its events")
    }
}
