internal import LedgerTestSupport

/// Runs attacks, one seed after the other, each of the kind that has had the least time so far.
///
/// If the plan counts attacks, the kinds take turns, so that a seed gives the same attacks on every machine.
struct AttackCampaign {
    /// An attack that broke a promise.
    struct FailedAttack {
        let kind: AttackKind
        let seed: UInt64
        let message: String
    }

    /// The results of one kind.
    private struct Tally {
        var spent = Duration.zero
        var turnCount = 0
        var attackCount = 0
        var failureCount = 0
    }

    private let plan: AttackPlan
    private let timeline: Timeline
    private let rig = Rig()
    private var tallies: [AttackKind: Tally] = [:]
    private(set) var failures: [FailedAttack] = []

    /// After this many findings a kind is skipped: further ones are mostly the same.
    private static let failureCountMax = 5

    init(_ plan: AttackPlan, _ timeline: Timeline) {
        (self.plan, self.timeline) = (plan, timeline)
    }

    /// Attacks until the time is over, all runs are done, every kind has found enough, or a signal interrupts it.
    mutating func run() {
        timeline.tell("seed \(plan.seed), \(plan.kinds.map(\.rawValue).joined(separator: " "))")
        var seed = plan.seed
        while !timeline.isInterrupted, !isOver(runCount: seed - plan.seed), let kind = nextKind {
            let start = timeline.elapsed
            var attackCount = 0
            do { attackCount = try kind.attack(seed: seed, rig) } catch {
                // An attack that a signal ended is not a finding.
                guard !timeline.isInterrupted else { return }
                note(FailedAttack(kind: kind, seed: seed, message: "\(error)"))
            }
            tallies[kind, default: Tally()].spent += timeline.elapsed - start
            tallies[kind, default: Tally()].turnCount += 1
            tallies[kind, default: Tally()].attackCount += attackCount
            seed += 1
        }
    }

    private func isOver(runCount: UInt64) -> Bool {
        if let count = plan.runCount { return runCount >= count }
        return timeline.elapsed >= .seconds(plan.minutes * 60)
    }

    private var nextKind: AttackKind? {
        let kinds = plan.kinds.filter { tally(of: $0).failureCount < Self.failureCountMax }
        return plan.runCount == nil
            ? kinds.min { tally(of: $0).spent < tally(of: $1).spent }
            : kinds.min { tally(of: $0).turnCount < tally(of: $1).turnCount }
    }

    private func tally(of kind: AttackKind) -> Tally { tallies[kind, default: Tally()] }

    private mutating func note(_ failure: FailedAttack) {
        failures.append(failure)
        tallies[failure.kind, default: Tally()].failureCount += 1
        timeline.tell("\(failure.kind.rawValue), seed \(failure.seed): \(failure.message)")
    }

    var summary: String {
        var lines = failures.map {
            "BROKEN: \($0.kind.rawValue): \($0.message)\n"
                + "  again with: tools/attack --seed \($0.seed) --runs 1 \($0.kind.rawValue)"
        }
        let counts = plan.kinds.map { "\($0.rawValue) \(tallies[$0]?.attackCount ?? 0)" }
        lines.append("seed \(plan.seed), \(timeline.elapsed.components.seconds) s: \(counts.joined(separator: ", "))")
        lines.append(failures.isEmpty ? "every promise was kept" : "\(failures.count) attacks broke a promise")
        return lines.joined(separator: "\n") + "\n"
    }
}
