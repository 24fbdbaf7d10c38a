import Ledger
import LedgerTestSupport

/// A machine that crashes after calls of a workload in turn: each time it is recovered and held to its word.
struct CrashRun {
    /// Which images of the disk a crash is taken to leave.
    enum Breadth: Sendable {
        /// One of those that may be left, drawn from the seed.
        case one
        /// The process alone dies; nothing unflushed is left; a prefix; two subsets.
        case each
    }

    private let breadth: Breadth
    private let hasDirectReads: Bool
    private var random: SeededGenerator
    private(set) var recoveryCount = 0

    init(seed: UInt64, _ breadth: Breadth) {
        self.breadth = breadth
        random = SeededGenerator(seed: seed)
        hasDirectReads = random.next(below: 4) > 0
    }

    /// Runs the workload to its end and recovers from every crash on the way.
    mutating func perform() throws {
        let machine = Machine(SimulatedDisk(DiskImage(), hasDirectReads: hasDirectReads))
        var workload = Workload(seed: random.next())
        var crash = Crash(random: SeededGenerator(seed: random.next()), breadth, hasDirectReads: hasDirectReads)
        machine.disk.beforeCall = { crash.strike(machine) }
        defer {
            machine.disk.beforeCall = nil
            recoveryCount = crash.recoveryCount
        }
        try machine.create()
        _ = try machine.open()
        for _ in 0..<workload.stepCount {
            try workload.step(machine)
            if let failure = crash.failure { throw failure }
        }
        try machine.rest()
        crash.strike(machine)
        if let failure = crash.failure { throw failure }
    }
}

/// What crashes at one moment would leave, each recovered on a machine of its own.
private struct Crash {
    private(set) var failure: (any Error)?
    private(set) var recoveryCount = 0
    private var random: SeededGenerator
    private let breadth: CrashRun.Breadth
    private let hasDirectReads: Bool

    /// Unless each is tried, one crash for so many calls: other seeds try the others.
    private static let strideOfCrashes: UInt64 = 4

    init(random: SeededGenerator, _ breadth: CrashRun.Breadth, hasDirectReads: Bool) {
        self.random = random
        self.breadth = breadth
        self.hasDirectReads = hasDirectReads
    }

    /// Crashes the machine where it stands, which itself goes on unharmed.
    mutating func strike(_ machine: Machine) {
        machine.look()
        guard failure == nil, breadth == .each || random.next(below: Self.strideOfCrashes) == 0 else { return }
        let disk = machine.disk
        do {
            for survivors in chosen(disk.image.time) {
                let image = survivors.map { disk.image.afterPowerCut($0, &random) } ?? disk.image
                do { try recover(image, machine.history) } catch {
                    let what = survivors.map { "a power cut that left \($0)" } ?? "a kill"
                    throw SimulationFailure("\(what) before call \(disk.callCount): \(error)")
                }
            }
        } catch { failure = error }
    }

    /// The ways to crash that are tried here: nil is the process's own death.
    private mutating func chosen(_ time: Int) -> [Survivors?] {
        let prefix = Survivors.prefix(time - Int(random.next(below: 12)))
        let all: [Survivors?] = [nil, .flushed, prefix, .subset, .subset]
        switch breadth {
        case .each: return all
        case .one: return [all[Int(random.next(below: UInt64(all.count)))]]
        }
    }

    private mutating func recover(_ image: DiskImage, _ history: History) throws {
        recoveryCount += 1
        if !history.isCreated && !image.holdsLedger {
            // The remains are not a ledger and do no harm.
            return try Machine(SimulatedDisk(image)).create()
        }
        try RecoveryCheck(history: history, hasDirectReads: hasDirectReads).run(image, &random)
    }
}

extension DiskImage {
    /// Whether there is a segment, and so a ledger.
    var holdsLedger: Bool { fileNames.contains { SegmentName(fileName: $0) != nil } }
}
