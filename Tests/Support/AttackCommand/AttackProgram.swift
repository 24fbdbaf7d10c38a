internal import CLedgerShims
internal import Glibc
internal import LedgerTestSupport

/// The program behind `tools/attack`: reads arguments, prints findings, and returns a status.
enum AttackProgram {
    /// Performs the run that the arguments request.
    ///
    /// Returns the exit status: 0 if every promise was kept, 1 if one was broken or the rig failed, 64 for wrong
    /// arguments, 130 after a signal.
    static func run(_ arguments: [String]) -> Int32 {
        let plan: AttackPlan
        do { plan = try AttackPlan(arguments) } catch {
            writeText("attack: \(error.message)\n", to: STDERR_FILENO)
            return 64
        }
        let timeline = Timeline(stop: ledger_stop_signals(1))
        var campaign = AttackCampaign(plan, timeline)
        campaign.run()
        if timeline.isInterrupted {
            timeline.tell("interrupted; everything is removed")
            return 130
        }
        writeText(campaign.summary)
        return campaign.failures.isEmpty ? 0 : 1
    }
}
