package import Ledger

/// Runs all background work of the service: each task on a thread of its own, started again after an error, and ended
/// together with the others within a given time.
package final class Supervisor: Sendable {
    private let clock: LedgerClock
    private let log: LogWriter
    private let tasks = Lock<[SupervisedTask]>([])

    /// A supervisor without tasks, which writes to this log when a task fails.
    package init(clock: LedgerClock = .system, log: @escaping LogWriter) {
        self.clock = clock
        self.log = log
    }

    /// Starts a task.
    ///
    /// `work` runs until it is asked to stop, or until it has nothing more to do. When it throws, the error is logged,
    /// and the work begins again after a pause. It must end soon after `TaskRun.stop` becomes readable.
    ///
    /// Throws where the process has no descriptor left.
    package func start(
        _ name: String,
        pause: RestartPause = RestartPause(),
        _ work: @escaping @Sendable (TaskRun) throws -> Void
    ) throws(ServiceError) {
        let task = SupervisedTask(name, try StopChannel(), pause, clock, log, work)
        tasks.withLock { $0.append(task) }
        BackgroundThread.start { task.run() }
    }

    /// The states of all tasks, in the order in which they were started.
    package var statuses: [TaskStatus] { tasks.withLock { $0 }.map(\.status) }

    /// Ends the tasks one after the other, the one that was started last first.
    ///
    /// Each has what the others have left of the time. Once it has passed, the rest is asked to end, and not waited
    /// for. Returns the names of the tasks that have not ended.
    package func stop(within time: Duration) -> [String] {
        let deadline = ContinuousClock.now + time
        return tasks.withLock { $0 }.reversed().filter { !$0.stop(until: deadline) }.map(\.status.name)
    }
}

/// How long a task that failed pauses before it begins again: the pause doubles with each failure, up to a maximum.
package struct RestartPause: Sendable {
    /// The pause after the first failure.
    package let firstMilliseconds: Int32
    /// The longest pause; a run that took longer than this counts as a success.
    package let longestMilliseconds: Int32

    /// Pauses from a second to a minute, unless others are given.
    package init(firstMilliseconds: Int32 = 1_000, longestMilliseconds: Int32 = 60_000) {
        precondition(0 < firstMilliseconds && firstMilliseconds <= longestMilliseconds, "a pause takes time")
        self.firstMilliseconds = firstMilliseconds
        self.longestMilliseconds = longestMilliseconds
    }

    /// The pause after some failures in a row, of which there is at least one.
    package func milliseconds(afterFailures count: Int) -> Int32 {
        let doublings = min(count - 1, Int32.bitWidth)
        return Int32(min(Int64(firstMilliseconds) << Int64(doublings), Int64(longestMilliseconds)))
    }
}

/// One run of a task's work, as the work sees it.
package struct TaskRun: Sendable {
    fileprivate let task: SupervisedTask

    /// Readable once the work is to end; nothing may be read from it.
    package var stop: Int32 { task.channel.stop }

    /// Waits until the work is to end, or until some milliseconds have passed; whether it is to end.
    package func isStopRequested(waitingMilliseconds milliseconds: Int32 = 0) -> Bool {
        task.channel.isStopRequested(waitingMilliseconds: milliseconds)
    }

    /// Shows that the work is going on.
    package func showRunning() { task.show(.running) }

    /// Shows that the work cannot go on at present, and why; waiting or an administrator may resolve it.
    package func showWaiting(_ reason: String) { task.show(.waiting, reason) }
}

/// A task of a supervisor.
private final class SupervisedTask: Sendable {
    let channel: StopChannel
    private let pause: RestartPause
    private let clock: LedgerClock
    private let log: LogWriter
    private let work: @Sendable (TaskRun) throws -> Void
    private let shown: Lock<TaskStatus>

    init(
        _ name: String,
        _ channel: StopChannel,
        _ pause: RestartPause,
        _ clock: LedgerClock,
        _ log: @escaping LogWriter,
        _ work: @escaping @Sendable (TaskRun) throws -> Void
    ) {
        (self.channel, self.pause, self.clock, self.log, self.work) = (channel, pause, clock, log, work)
        shown = Lock(TaskStatus(name: name, state: .starting, since: clock.now()))
    }

    var status: TaskStatus { shown.withLock { $0 } }

    func show(_ state: TaskState, _ reason: String? = nil) {
        let now = clock.now()
        shown.withLock { $0.change(to: state, reason, at: now) }
    }

    /// Does the work again and again until it ends without an error or is to end; called once, on the task's thread.
    func run() {
        var failuresInARow = 0
        repeat {
            let begin = ContinuousClock.now
            show(.starting)
            do {
                try work(TaskRun(task: self))
                break
            } catch {
                if ContinuousClock.now - begin > .milliseconds(Int(pause.longestMilliseconds)) { failuresInARow = 0 }
                failuresInARow += 1
                fail(error, pausing: pause.milliseconds(afterFailures: failuresInARow))
            }
        } while !channel.isStopRequested(waitingMilliseconds: pause.milliseconds(afterFailures: failuresInARow))
        show(.stopped)
        channel.noteEnd()
    }

    private func fail(_ error: any Error, pausing milliseconds: Int32) {
        shown.withLock { $0.failureCount += 1 }
        show(.failed, "\(error)")
        log(LogLine(.error, "\(status.name): \(error); trying again in \((milliseconds + 999) / 1000) s"))
    }

    /// Asks the work to end, and waits for that until a time; whether it has ended.
    func stop(until deadline: ContinuousClock.Instant) -> Bool {
        channel.requestStop()
        let left = max(.zero, deadline - .now)
        return channel.hasEnded(waitingMilliseconds: Int32(clamping: Int64(left / .milliseconds(1))))
    }
}
