/// Pets the watchdog of systemd, each time after a flush has completed: a service that cannot make events durable any
/// more is ended.
package struct WatchdogTask: Sendable {
    /// The name of the task.
    package static let name = "watchdog"

    private let socket: NotifySocket
    private let periodMilliseconds: Int32
    private let flush: @Sendable () throws -> Void

    /// A task that flushes and pets in a period.
    ///
    /// `flush` returns once everything that was acknowledged is on stable storage, and throws where a flush failed.
    package init(_ socket: NotifySocket, every period: Duration, flush: @escaping @Sendable () throws -> Void) {
        self.socket = socket
        periodMilliseconds = Int32(clamping: max(1, Int64(period / .milliseconds(1))))
        self.flush = flush
    }

    /// Pets the watchdog until it is asked to stop.
    ///
    /// Throws what the flush threw.
    package func run(_ run: TaskRun) throws {
        repeat {
            try flush()
            try socket.send(.watchdog)
            run.showRunning()
        } while !run.isStopRequested(waitingMilliseconds: periodMilliseconds)
    }
}
