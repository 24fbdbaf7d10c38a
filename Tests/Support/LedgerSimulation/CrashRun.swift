import Ledger
import LedgerTestSupport

/// A machine that crashes before each of some calls of a workload; each time the ledger is recovered and checked.
struct CrashRun {
    /// The images of the disk that a crash may leave.
    enum Breadth: Sendable {
        /// One of the possible images, drawn from the seed.
        case one
        /// Only the process dies; of the unflushed data nothing is left, a prefix, or two subsets.
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

    /// Runs the workload to its end and recovers from every crash along the way.
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

/// The images that crashes at one moment would leave, each recovered on its own machine.
private struct Crash {
    private(set) var failure: (any Error)?
    private(set) var recoveryCount = 0
    private var random: SeededGenerator
    private let breadth: CrashRun.Breadth
    private let hasDirectReads: Bool

    /// Unless every call is tried, one call in this many crashes: other seeds try the others.
    private static let strideOfCrashes: UInt64 = 4

    init(random: SeededGenerator, _ breadth: CrashRun.Breadth, hasDirectReads: Bool) {
        self.random = random
        self.breadth = breadth
        self.hasDirectReads = hasDirectReads
    }

    /// Crashes a copy of the machine; the machine itself continues.
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
            // The remains are not a ledger and are harmless.
            return try Machine(SimulatedDisk(image)).create()
        }
        try RecoveryCheck(history: history, hasDirectReads: hasDirectReads).run(image, &random)
    }
}

extension DiskImage {
    /// Whether there is a segment, and so a ledger.
    var holdsLedger: Bool { fileNames.contains { SegmentName(fileName: $0) != nil } }
}
