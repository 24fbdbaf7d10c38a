import Ledger
import LedgerSimulation
import LedgerTestSupport

/// Puts each deliberate bug into the ledger in turn and runs the simulation until it notices.
enum FailpointCheck {
    /// True if each bug was found within this many runs, by a run that finds nothing without the bug.
    static func run(runCountMax: UInt64) -> Bool {
        #if MUTATIONS
        var foundCount = 0
        for failpoint in Failpoint.allCases {
            unsafe Failpoint.active = failpoint
            if let (seed, message) = firstFinding(runCountMax: runCountMax) {
                foundCount += 1
                writeText("caught  \(failpoint.rawValue): seed \(seed): \(message)\n")
            } else {
                writeText("MISSED  \(failpoint.rawValue): \(runCountMax) runs\n")
            }
        }
        writeText("\(foundCount) of \(Failpoint.allCases.count) mutations were caught\n")
        return foundCount == Failpoint.allCases.count
        #else
        writeText("the mutations are not compiled in; use tools/simulate --mutations\n")
        return false
        #endif
    }

    #if MUTATIONS
    private static func firstFinding(runCountMax: UInt64) -> (seed: UInt64, message: String)? {
        for seed in 1...runCountMax {
            do { try Simulation.run(seed: seed) } catch {
                if isClean(seed) { return (seed, "\(error)") }
            }
        }
        return nil
    }

    private static func isClean(_ seed: UInt64) -> Bool {
        let failpoint = unsafe Failpoint.active
        unsafe Failpoint.active = nil
        defer { unsafe Failpoint.active = failpoint }
        do { try Simulation.run(seed: seed) } catch { return false }
        return true
    }
    #endif
}
