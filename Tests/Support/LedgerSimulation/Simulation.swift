import LedgerTestSupport

/// Runs a simulated ledger through crashes, faults, a full disk or damage, from a seed.
package enum Simulation {
    /// The kind of fault in a run.
    package enum Kind: String, CaseIterable, Sendable {
        /// The machine crashes, after each call in turn.
        case crash
        /// A call fails, or the disk lies.
        case fault
        /// The disk is full for a while.
        case fullDisk = "full disk"
        /// A file is changed.
        case corruption
    }

    /// The kind of fault in the run of a seed.
    package static func kind(seed: UInt64) -> Kind {
        var random = SeededGenerator(seed: seed)
        return kind(&random)
    }

    private static func kind(_ random: inout SeededGenerator) -> Kind {
        let kinds: [Kind] = [
            .crash, .crash, .crash, .fault, .fault, .fullDisk, .corruption, .corruption, .crash, .fault,
        ]
        return kinds[Int(random.next(below: UInt64(kinds.count)))]
    }

    /// Performs the run of a seed.
    ///
    /// The same seed gives the same run. Throws the first broken promise. Returns the kind of fault.
    @discardableResult
    package static func run(seed: UInt64) throws -> Kind {
        var random = SeededGenerator(seed: seed)
        let kind = kind(&random)
        let inner = random.next()
        switch kind {
        case .crash:
            var run = CrashRun(seed: inner, .one)
            try run.perform()
        case .fault:
            var run = FaultRun(seed: inner)
            try run.perform()
        case .fullDisk:
            var run = FullDiskRun(seed: inner)
            try run.perform()
        case .corruption:
            var run = CorruptionRun(seed: inner)
            try run.perform()
        }
        return kind
    }

    /// Crashes a workload after each call and recovers from each image that the crash may leave.
    ///
    /// Returns the number of recoveries.
    package static func enumerateCrashes(seed: UInt64) throws -> Int {
        var run = CrashRun(seed: seed, .each)
        try run.perform()
        return run.recoveryCount
    }
}
