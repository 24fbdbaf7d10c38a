internal import Glibc
import LedgerSimulation
import LedgerTestSupport

/// The program behind `tools/simulate`: reads arguments, prints findings, and returns a status.
enum SimulateProgram {
    /// Performs the run that the arguments request.
    ///
    /// Returns the exit status: 0 if nothing was found, 1 if a promise was broken, 64 for wrong arguments.
    static func run(_ arguments: [String]) -> Int32 {
        let plan: Plan
        do { plan = try Plan(arguments) } catch {
            writeText("simulate: \(error.message)\n", to: STDERR_FILENO)
            return 64
        }
        if plan.checksMutations { return FailpointCheck.run(runCountMax: plan.runCount ?? 20_000) ? 0 : 1 }
        let campaign = Campaign(plan)
        campaign.run()
        return report(campaign.result) ? 0 : 1
    }

    private static func report(_ result: Campaign.Result) -> Bool {
        for failure in result.failures {
            writeText("seed \(failure.seed): \(failure.message)\n")
            writeText("  again with: tools/simulate --seed \(failure.seed) --runs 1\n")
        }
        let kinds = Simulation.Kind.allCases.map { "\($0.rawValue) \(result.counts[$0, default: 0])" }
        writeText("\(result.runCount) runs in \(result.seconds) s: \(kinds.joined(separator: ", "))\n")
        writeText(result.failures.isEmpty ? "every promise was kept\n" : "\(result.failures.count) broke a promise\n")
        return result.failures.isEmpty
    }
}
