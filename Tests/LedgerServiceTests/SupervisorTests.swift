import Glibc
import Ledger
import LedgerService
import LedgerTestSupport
import PostgresTestSupport
import Testing
import TradeModel

@Suite(.onOwnThread) struct `A supervisor` {
    private struct Fault: Error, CustomStringConvertible {
        let description: String
    }

    private let lines = Lock<[LogLine]>([])

    private func supervisor(_ clock: LedgerClock = .system) -> Supervisor {
        Supervisor(clock: clock) { line in lines.withLock { $0.append(line) } }
    }

    private static func waitForStop(_ run: TaskRun) {
        run.showRunning()
        while !run.isStopRequested(waitingMilliseconds: 60_000) {}
    }

    @Test func `runs tasks until they are stopped`() throws {
        let supervisor = supervisor()
        try supervisor.start("a", Self.waitForStop)
        try supervisor.start("b", Self.waitForStop)
        try waitUntil("both run") { supervisor.statuses.map(\.state) == [.running, .running] }
        #expect(supervisor.stop(within: .seconds(60)).isEmpty)
        #expect(supervisor.statuses.map(\.name) == ["a", "b"])
        #expect(supervisor.statuses.map(\.state) == [.stopped, .stopped])
        #expect(lines.withLock { $0 }.isEmpty)
    }

    @Test func `stops the task first that was started last`() throws {
        let ended = Lock<[String]>([])
        let supervisor = supervisor()
        for name in ["a", "b", "c"] {
            try supervisor.start(name) { run in
                Self.waitForStop(run)
                ended.withLock { $0.append(name) }
            }
        }
        #expect(supervisor.stop(within: .seconds(60)).isEmpty)
        #expect(ended.withLock { $0 } == ["c", "b", "a"])
    }

    @Test func `names the tasks that do not end in time, and asks all to end`() throws {
        let release = Semaphore()
        let supervisor = supervisor()
        try supervisor.start("a", Self.waitForStop)
        try supervisor.start("deaf") { _ in release.wait() }
        let late = supervisor.stop(within: .milliseconds(1))
        #expect(late.contains("deaf"))
        try waitUntil("the other has ended") { supervisor.statuses[0].state == .stopped }
        release.post()
        #expect(supervisor.stop(within: .seconds(60)).isEmpty)
    }

    @Test func `begins again after an error, and says why and since when it failed`() throws {
        let clock = ManualClock()
        let runs = Lock(0)
        let supervisor = supervisor(clock.clock)
        let pause = RestartPause(firstMilliseconds: 1, longestMilliseconds: 60_000)
        try supervisor.start("fragile", pause: pause) { run in
            let count = runs.withLock { count in
                count += 1
                return count
            }
            guard count < 3 else { return Self.waitForStop(run) }
            throw Fault(description: "fault \(count)")
        }
        try waitUntil("it runs") { supervisor.statuses[0].state == .running }
        #expect(supervisor.statuses[0].failureCount == 2)
        #expect(supervisor.statuses[0].reason == nil)
        #expect(supervisor.stop(within: .seconds(60)).isEmpty)
        let messages = lines.withLock { $0 }
        #expect(messages.map(\.level) == [.error, .error])
        #expect(messages.first?.message == "fragile: fault 1; trying again in 1 s")
    }

    @Test func `shows a failed task during its pause, and ends it then`() throws {
        let clock = ManualClock()
        let supervisor = supervisor(clock.clock)
        let pause = RestartPause(firstMilliseconds: 60_000, longestMilliseconds: 60_000)
        try supervisor.start("fragile", pause: pause) { _ in throw Fault(description: "no luck") }
        try waitUntil("it failed") { supervisor.statuses[0].state == .failed }
        #expect(supervisor.statuses[0].reason == "no luck")
        #expect(supervisor.statuses[0].since == clock.clock.now())
        #expect(supervisor.stop(within: .seconds(30)).isEmpty)
        #expect(supervisor.statuses[0].state == .stopped)
    }

    @Test func `shows what a task waits for, and since when`() throws {
        let clock = ManualClock()
        let begin = clock.clock.now()
        let (asked, changed) = (Semaphore(), Semaphore())
        let supervisor = supervisor(clock.clock)
        try supervisor.start("patient") { run in
            run.showWaiting("the database is down")
            changed.post()
            asked.wait()
            clock.advance(microseconds: 5)
            run.showWaiting("the database starts up")
            changed.post()
            asked.wait()
            run.showRunning()
            changed.post()
            Self.waitForStop(run)
        }
        changed.wait()
        #expect(supervisor.statuses[0].state == .waiting)
        #expect(supervisor.statuses[0].reason == "the database is down")
        asked.post()
        changed.wait()
        #expect(supervisor.statuses[0].reason == "the database starts up")
        #expect(supervisor.statuses[0].since == begin)
        asked.post()
        changed.wait()
        #expect(supervisor.statuses[0].reason == nil)
        #expect(supervisor.statuses[0].since == clock.clock.now() && supervisor.statuses[0].since != begin)
        #expect(supervisor.stop(within: .seconds(60)).isEmpty)
    }

    @Test func `does not begin again what has ended`() throws {
        let runs = Lock(0)
        let supervisor = supervisor()
        try supervisor.start("short") { _ in runs.withLock { $0 += 1 } }
        try waitUntil("it has ended") { supervisor.statuses[0].state == .stopped }
        #expect(supervisor.stop(within: .seconds(60)).isEmpty)
        #expect(runs.withLock { $0 } == 1)
    }

    @Test func `doubles the pause after each failure up to a maximum`() {
        let pause = RestartPause(firstMilliseconds: 1_000, longestMilliseconds: 60_000)
        #expect((1...8).map(pause.milliseconds) == [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000])
        #expect(pause.milliseconds(afterFailures: .max) == 60_000)
    }
}
