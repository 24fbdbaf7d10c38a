internal import CLedgerShims
internal import Glibc
internal import LedgerTestSupport

/// The program behind `tools/chaos`: reads arguments, prints a summary, and returns a status.
enum ChaosProgram {
    /// Performs the run that the arguments request.
    ///
    /// Returns the exit status: 0 if every promise was kept, 1 if one was broken or the rig failed, 64 for wrong
    /// arguments, 130 after a signal.
    static func run(_ arguments: [String]) -> Int32 {
        let plan: ChaosPlan
        do { plan = try ChaosPlan(arguments) } catch {
            writeText("chaos: \(error.message)\n", to: STDERR_FILENO)
            return 64
        }
        let timeline = Timeline(stop: ledger_stop_signals(1))
        do {
            let chaos = try Chaos(plan, timeline)
            let summary = try chaos.run()
            writeText(summary.text)
            return summary.failures.isEmpty ? 0 : 1
        } catch is Timeline.Interrupted {
            timeline.tell("interrupted; everything is removed")
            return 130
        } catch {
            // A process that a signal ended is not a fault.
            if timeline.isInterrupted { return 130 }
            writeText("seed \(plan.seed): \(error)\n")
            return 1
        }
    }
}
