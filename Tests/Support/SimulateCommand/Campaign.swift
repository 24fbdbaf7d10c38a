internal import Glibc
import Ledger
import LedgerSimulation
import LedgerTestSupport

/// Many runs of the simulation on every processor, one seed after the other.
final class Campaign: Sendable {
    /// A seed whose run broke a promise.
    struct FailedRun {
        let seed: UInt64
        let message: String
    }

    /// The results of the runs.
    struct Result {
        fileprivate(set) var counts: [Simulation.Kind: UInt64] = [:]
        fileprivate(set) var failures: [FailedRun] = []
        fileprivate(set) var seconds = 0
        fileprivate var nextSeed: UInt64

        var runCount: UInt64 { counts.values.reduce(0, +) + UInt64(failures.count) }
    }

    private let state: Lock<Result>
    private let endSeed: UInt64
    private let secondsMax: Int?

    /// The campaign ends after this many findings.
    private static let failureCountMax = 20

    init(_ plan: Plan) {
        state = Lock(Result(nextSeed: plan.firstSeed))
        endSeed = plan.runCount.map { plan.firstSeed &+ $0 } ?? .max
        secondsMax = plan.minutes.map { Int($0 * 60) }
    }

    var result: Result { state.withLock { $0 } }

    /// Returns when all runs are done, the time is over, or enough was found.
    func run() {
        let start = time(nil)
        let threads = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        let ended = Semaphore()
        for _ in 0..<threads {
            BackgroundThread.start {
                self.work(since: start)
                ended.post()
            }
        }
        for _ in 0..<threads { ended.wait() }
        state.withLock { result in
            result.failures.sort { $0.seed < $1.seed }
            result.seconds = time(nil) - start
        }
    }

    private func work(since start: time_t) {
        while let seed = take(since: start) {
            do {
                let kind = try Simulation.run(seed: seed)
                state.withLock { $0.counts[kind, default: 0] += 1 }
            } catch {
                state.withLock { $0.failures.append(FailedRun(seed: seed, message: "\(error)")) }
            }
        }
    }

    private func take(since start: time_t) -> UInt64? {
        if let secondsMax, time(nil) - start >= secondsMax { return nil }
        return state.withLock { result in
            guard result.nextSeed < endSeed, result.failures.count < Self.failureCountMax else { return nil }
            defer { result.nextSeed += 1 }
            if result.nextSeed.isMultiple(of: 10_000) {
                writeText("… seed \(result.nextSeed)\n", to: STDERR_FILENO)
            }
            return result.nextSeed
        }
    }
}
