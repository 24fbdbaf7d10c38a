import Testing

@testable import LedgerSimulation

@Suite struct `A simulated ledger` {
    /// Each is a workload that crashes after every call, with every image that such a crash may leave.
    @Test(arguments: 1...2 as ClosedRange<UInt64>)
    func `loses no acknowledged event, wherever the machine crashes`(seed: UInt64) throws {
        #expect(try Simulation.enumerateCrashes(seed: seed) > 100)
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func `keeps its promises through crashes, faults, full disks and damage`(block: UInt64) throws {
        for seed in (block * 10 + 1)...(block * 10 + 10) {
            #expect(throws: Never.self, "tools/simulate --seed \(seed) --runs 1") { try Simulation.run(seed: seed) }
        }
    }

    @Test func `is opened on a full disk, also for the first time`() throws {
        let disk = SimulatedDisk(DiskImage())
        try Machine(disk).create()
        disk.byteCountMax = disk.image.byteCount
        #expect(throws: Never.self) { try Machine(disk).open() }
    }

    @Test func `meets every kind of fault in the tested seeds`() {
        let kinds = (1...80 as ClosedRange<UInt64>).map { Simulation.kind(seed: $0) }
        #expect(Set(kinds) == Set(Simulation.Kind.allCases))
    }
}
