internal import Glibc
import LedgerSimulation
import LedgerTestSupport

/// The program behind `tools/simulate`: arguments in, findings and a status out.
enum SimulateProgram {
    /// Runs what the arguments ask for.
    ///
    /// Returns the exit status: 0 where nothing was found, 1 where a promise was broken, 64 for wrong arguments.
    static func run(_ arguments: [String]) -> Int32 {
        let plan: Plan
        do { plan = try Plan(arguments) } catch {
            writeText("simulate: \(error.message)\n", to: STDERR_FILENO)
            return 64
        }
        if plan.checksMutations { return MutationCheck.run(runCountMax: plan.runCount ?? 20_000) ? 0 : 1 }
        let campaign = Campaign(plan)
        campaign.run()
        return report(campaign.result) ? 0 : 1
    }

    private static func report(_ result: Campaign.Result) -> Bool {
        for finding in result.findings {
            writeText("seed \(finding.seed): \(finding.message)\n")
            writeText("  again with: tools/simulate --seed \(finding.seed) --runs 1\n")
        }
        let kinds = Simulation.Kind.allCases.map { "\($0.rawValue) \(result.counts[$0, default: 0])" }
        writeText("\(result.runCount) runs in \(result.seconds) s: \(kinds.joined(separator: ", "))\n")
        writeText(result.findings.isEmpty ? "every promise was kept\n" : "\(result.findings.count) broke a promise\n")
        return result.findings.isEmpty
    }
}
