import Ledger
import LedgerTestSupport

/// A machine on which one call fails, or whose disk lies once.
struct FaultRun {
    private let fault: DiskFault
    private let hasDirectReads: Bool
    private var random: SeededGenerator

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        fault = DiskFault.allCases[Int(random.next(below: UInt64(DiskFault.allCases.count)))]
        hasDirectReads = random.next(below: 4) > 0
    }

    /// Runs a workload into the fault and recovers from it.
    mutating func perform() throws {
        do { try fault.isSilent ? lie() : fail() } catch let error as SimulationFailure {
            throw SimulationFailure("\(fault): \(error)")
        }
    }

    /// The call reports its failure: the ledger must report it too, and be intact after reopening.
    private mutating func fail() throws {
        let machine = try newMachine()
        var workload = Workload(seed: random.next())
        for _ in 0..<(3 * workload.stepCount) where !machine.disk.hasFailed {
            do { try workload.step(machine) } catch let error as LedgerError {
                guard error.code != .damaged else { throw error }
            }
        }
        for _ in 0..<2 {
            try reopen(machine)
            for _ in 0..<4 { try workload.step(machine) }
        }
    }

    /// Reopens on the same machine, whose page cache may show what the disk does not have; then the power fails.
    private mutating func reopen(_ machine: Machine) throws {
        machine.kill()
        machine.disk.fault = nil
        try openWhileCacheShrinks(machine)
        let log = try RecoveredLog(machine.disk)
        try require(
            machine.history.problem(with: log.events) ?? machine.history.problem(withRejected: log.rejected),
            "a ledger that was reopened after the fault"
        )
        machine.adopt(log)
        let image = machine.disk.image.afterPowerCut(.flushed, &random)
        try RecoveryCheck(history: machine.history, hasDirectReads: hasDirectReads).run(image, &random)
    }

    /// The kernel may evict clean pages at any moment, so a second read may differ from the first.
    private mutating func openWhileCacheShrinks(_ machine: Machine) throws {
        let disk = machine.disk
        let evictionCall = disk.callCount + Int(random.next(below: 80))
        disk.beforeCall = { if disk.callCount == evictionCall { disk.evict() } }
        defer { disk.beforeCall = nil }
        do { _ = try machine.open() } catch let error as LedgerError {
            guard error.code == .unusable else { throw error }
            machine.kill()
            _ = try machine.open()
        }
    }

    /// The call reports success: no earlier acknowledged event may be lost without a report.
    private mutating func lie() throws {
        let machine = try newMachine()
        var workload = Workload(seed: random.next())
        var acknowledged = 0
        for _ in 0..<workload.stepCount {
            if !machine.disk.hasFailed { acknowledged = machine.history.acknowledged.count }
            do { try workload.step(machine) } catch let error as LedgerError {
                // Reading back shows the lost write: in the log, or in an index run.
                guard error.code == .damaged || error.code == .unusable else { throw error }
                break
            }
        }
        machine.kill()
        let survivor = Machine(
            SimulatedDisk(machine.disk.image.afterPowerCut(.flushed, &random)),
            machine.history
        )
        do {
            _ = try survivor.open()
            let log = try RecoveredLog(survivor.disk)
            try require(machine.history.contentProblem(log.events), "a ledger on a disk that lied")
            guard log.events.count >= acknowledged else {
                throw SimulationFailure(
                    "\(acknowledged) events were there before the disk lied, \(log.events.count) are"
                )
            }
        } catch let error as LedgerError {
            try Refusal(error).check()
            // A file that is read back past the cache before it replaces another cannot lose an event.
            guard machine.disk.falsifiedName != SealTask<SimulatedDisk>.temporaryName || !hasDirectReads else {
                throw SimulationFailure("a sealed segment was trusted that the disk does not hold: \(error)")
            }
        }
    }

    private mutating func newMachine() throws -> Machine {
        let disk = SimulatedDisk(DiskImage(), hasDirectReads: hasDirectReads, seed: random.next())
        let machine = Machine(disk)
        try machine.create()
        _ = try machine.open()
        disk.fault = (fault, disk.callCount + Int(random.next(below: 60)))
        return machine
    }
}

/// A ledger that does not open because its data is damaged: it must name the place, the damage and the remedy.
struct Refusal {
    let error: LedgerError

    init(_ error: LedgerError) {
        self.error = error
    }

    func check() throws(SimulationFailure) {
        switch error.code {
        case .damaged, .newerFormat, .notALedger: break
        case .inputOutput, .heldByAnotherWriter, .diverged, .unusable, .invalidRequest:
            throw SimulationFailure("damage is called something else: \(error)")
        }
        guard error.message.contains("simulated"), !error.remedy.isEmpty else {
            throw SimulationFailure("a refusal names no file or nothing to do: \(error)")
        }
    }
}
