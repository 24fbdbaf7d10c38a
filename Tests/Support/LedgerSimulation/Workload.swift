import Ledger
import LedgerTestSupport

/// The ordinary life of a ledger, drawn from a seed: appends, pauses, maintenance, reopening.
struct Workload {
    private var random: SeededGenerator
    private var program: Program
    let stepCount: Int

    /// The number of events that fit into one frame.
    private static let atomicCountMax = 8

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        program = Program(seed: random.next())
        stepCount = 3 + Int(random.next(below: 10))
    }

    /// Performs the next step on the machine.
    mutating func step(_ machine: Machine) throws {
        switch random.next(below: 17) {
        case 0...6: try machine.send(try program.nextDrafts(), .each)
        case 7...9: try machine.send(Array(try program.nextDrafts().prefix(Self.atomicCountMax)), .all)
        case 10: try machine.rest()
        case 11: try machine.testFlush()
        case 12...14: try machine.maintain(stepCountMax: 1 + Int(random.next(below: 20)))
        case 15: try machine.backUp(&random)
        default:
            if random.next(below: 12) == 0 { try machine.intrude(&random) }
            try reopen(machine)
        }
    }

    /// The process ends, by closing the ledger or not, and another one opens the ledger.
    private mutating func reopen(_ machine: Machine) throws {
        if random.next(below: 2) == 0 { try machine.rest() }
        machine.kill()
        _ = try machine.open()
        let log = try RecoveredLog(machine.disk)
        try require(machine.history.problem(with: log.events), "a ledger that was reopened")
        machine.adopt(log)
    }
}
