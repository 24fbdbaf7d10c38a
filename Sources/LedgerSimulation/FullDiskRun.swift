import Ledger
import LedgerTestSupport

/// A machine whose disk is full for a while, at any byte.
struct FullDiskRun {
    private var random: SeededGenerator

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    /// Fills the disk, makes room again, and holds the ledger to its word throughout.
    mutating func perform() throws {
        let disk = SimulatedDisk(DiskImage(), seed: random.next())
        let machine = Machine(disk)
        try machine.create()
        _ = try machine.open()
        var workload = Workload(seed: random.next())
        for _ in 0..<3 {
            disk.byteCountMax = disk.image.byteCount + Int(random.next(below: 6000))
            for _ in 0..<workload.stepCount { try workload.step(machine) }
            try recover(machine)
            // Room comes back, and the same process goes on.
            disk.byteCountMax = .max
            for _ in 0..<4 { try workload.step(machine) }
            try recover(machine)
        }
    }

    private mutating func recover(_ machine: Machine) throws {
        let image = machine.disk.image.afterPowerCut(random.next(below: 2) == 0 ? .flushed : .subset, &random)
        try RecoveryCheck(history: machine.history, hasDirectReads: true).run(image, &random)
    }
}
