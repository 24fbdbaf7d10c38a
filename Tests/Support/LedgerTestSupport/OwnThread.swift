internal import Glibc
package import Testing

/// Runs each test on its own thread, for tests that wait.
///
/// Other tests share as many threads as there are processors. A test that waits on one of these blocks the others,
/// while their time limits run.
package struct OwnThread: SuiteTrait, TestTrait, TestScoping {
    package let isRecursive = true

    package func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable () async throws -> Void
    ) async throws {
        guard testCase != nil else { return try await function() }
        try await withTaskExecutorPreference(ThreadExecutor()) { try await function() }
    }
}

extension Trait where Self == OwnThread {
    /// Runs each test on its own thread.
    package static var onOwnThread: Self { OwnThread() }
}

/// Runs each job on a new thread.
private final class ThreadExecutor: TaskExecutor {
    private final class Work {
        let job: UnownedJob
        let executor: ThreadExecutor

        init(_ job: UnownedJob, _ executor: ThreadExecutor) {
            (self.job, self.executor) = (job, executor)
        }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let work = unsafe Unmanaged.passRetained(Work(UnownedJob(job), self))
        var thread = pthread_t()
        let result = unsafe pthread_create(&thread, nil, runJob, work.toOpaque())
        precondition(result == 0, "the system can start a thread: \(result)")
        pthread_detach(thread)
    }

    static func run(_ argument: UnsafeMutableRawPointer?) {
        guard let argument = unsafe argument else { return }
        let work = unsafe Unmanaged<Work>.fromOpaque(argument).takeRetainedValue()
        unsafe work.job.runSynchronously(on: work.executor.asUnownedTaskExecutor())
    }
}

private func runJob(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    unsafe ThreadExecutor.run(argument)
    return nil
}
