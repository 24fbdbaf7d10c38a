import Ledger
import LedgerTestSupport

/// A machine with a mirror that crashes while one of its two disks may die, or fail once: what was acknowledged is on
/// either disk that did not.
struct MirrorRun {
    private var random: SeededGenerator
    private let hasDirectReads: Bool

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        hasDirectReads = random.next(below: 4) > 0
    }

    /// Runs a workload and recovers from crashes on the way.
    mutating func perform() throws {
        let machine = Machine(newDisk(), mirror: newDisk())
        guard let mirror = machine.mirror else { preconditionFailure("the machine was given a mirror") }
        var workload = Workload(seed: random.next())
        var crash = MirrorCrash(seed: random.next(), hasDirectReads: hasDirectReads)
        for disk in [machine.disk, mirror] { disk.beforeCall = { crash.mayStrike(machine, mirror) } }
        defer { for disk in [machine.disk, mirror] { disk.beforeCall = nil } }
        try machine.create()
        _ = try machine.open()
        crash.isMirrored = true
        let failing = random.next(below: 2) == 0 ? machine.disk : mirror
        let call = failing.callCount + Int(random.next(below: 80))
        switch random.next(below: 4) {
        case 0: break
        case 1: failing.fault = (try fault(), call)
        default: failing.diesAtCall = call
        }
        for _ in 0..<(2 * workload.stepCount) {
            do { try workload.step(machine) } catch { throw crash.failure ?? error }
            if let failure = crash.failure { throw failure }
        }
        try crash.strike(machine, mirror)
    }

    private mutating func newDisk() -> SimulatedDisk {
        SimulatedDisk(DiskImage(), hasDirectReads: hasDirectReads, seed: random.next())
    }

    /// A fault that the disk tells of.
    private mutating func fault() throws -> DiskFault {
        let faults = DiskFault.allCases.filter { !$0.isSilent }
        return faults[Int(random.next(below: UInt64(faults.count)))]
    }
}

/// What a crash of a machine with a mirror leaves, and what becomes of it.
private struct MirrorCrash {
    private(set) var failure: (any Error)?
    /// Whether the mirror has everything: until then the first disk alone does.
    var isMirrored = false
    private var random: SeededGenerator
    private let hasDirectReads: Bool

    /// One crash for so many calls.
    private static let strideOfCrashes: UInt64 = 6

    init(seed: UInt64, hasDirectReads: Bool) {
        random = SeededGenerator(seed: seed)
        self.hasDirectReads = hasDirectReads
    }

    mutating func mayStrike(_ machine: Machine, _ mirror: SimulatedDisk) {
        machine.look()
        guard failure == nil, random.next(below: Self.strideOfCrashes) == 0 else { return }
        do { try strike(machine, mirror) } catch { failure = error }
    }

    /// Crashes the machine where it stands, which itself goes on unharmed.
    mutating func strike(_ machine: Machine, _ mirror: SimulatedDisk) throws {
        let isPowerCut = random.next(below: 3) > 0
        let images = [machine.disk, mirror].map { isPowerCut ? left(by: $0) : $0.image }
        // Of a disk that has failed only the other knows what it lacks.
        let whole = [machine.disk, mirror].map { !$0.isDead && !$0.hasFailed }
        let what = "a \(isPowerCut ? "power cut" : "kill") before calls \(machine.disk.callCount), \(mirror.callCount)"
        guard machine.history.isCreated || images[0].holdsLedger else { return }
        try at(what) {
            switch random.next(below: 3) {
            case 0 where isMirrored && whole[0]: try surviveAlone(images, 0, machine.history)
            case 1 where isMirrored && whole[1]: try surviveAlone(images, 1, machine.history)
            default: try surviveTogether(images, machine.history)
            }
        }
    }

    private mutating func left(by disk: SimulatedDisk) -> DiskImage {
        let prefix = Survivors.prefix(disk.image.time - Int(random.next(below: 12)))
        let survivors = [.flushed, prefix, .subset][Int(random.next(below: 3))]
        return disk.image.afterPowerCut(survivors, &random)
    }

    /// One disk is lost in the crash: the other goes on, and the lost one comes back.
    private mutating func surviveAlone(_ images: [DiskImage], _ survivor: Int, _ history: History) throws {
        var disks = images.map { SimulatedDisk($0, hasDirectReads: hasDirectReads) }
        disks[1 - survivor].diesAtCall = 0
        let machine = Machine(disks[0], mirror: disks[1], history)
        try at("disk \(survivor) alone") {
            _ = try machine.open()
            machine.adopt(try checkedLog(disks[survivor], history))
            try goOn(machine)
        }
        disks[1 - survivor] = SimulatedDisk(images[1 - survivor], hasDirectReads: hasDirectReads)
        let found = disks.map { $0.image }
        try at("disk \(1 - survivor) came back") { try surviveTogether(found, machine.history) }
    }

    /// Both disks are there: both hold everything afterwards, and each of them alone.
    private mutating func surviveTogether(_ images: [DiskImage], _ history: History) throws {
        let disks = images.map { SimulatedDisk($0, hasDirectReads: hasDirectReads) }
        let machine = Machine(disks[0], mirror: disks[1], history)
        _ = try machine.open()
        let logs = try disks.map { try checkedLog($0, history) }
        guard logs[0].events == logs[1].events, logs[0].rejected == logs[1].rejected else {
            throw SimulationFailure("the copies differ after they were brought in step")
        }
        machine.adopt(logs[0])
        try goOn(machine)
        let image = disks[Int(random.next(below: 2))].image.afterPowerCut(.flushed, &random)
        try RecoveryCheck(history: machine.history, hasDirectReads: hasDirectReads).run(image, &random)
    }

    private func checkedLog(_ disk: SimulatedDisk, _ history: History) throws -> RecoveredLog {
        let log = try RecoveredLog(disk)
        try require(history.problem(with: log.events) ?? history.problem(withRejected: log.rejected), "a copy")
        return log
    }

    /// The ledger takes events, and the process ends.
    private mutating func goOn(_ machine: Machine) throws {
        var program = Program(seed: random.next())
        for _ in 0..<Int(random.next(below: 3)) { try machine.send(try program.nextDrafts(), .each) }
        if random.next(below: 2) == 0 { try machine.rest() }
        machine.kill()
    }
}
