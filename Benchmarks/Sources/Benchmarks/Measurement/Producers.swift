internal import Glibc
internal import Synchronization

/// Producers that block, each on its own thread.
enum Producers {
    /// Makes each run the closure with its number; returns the seconds until the last has ended.
    ///
    /// Throws the first error of any.
    static func run(_ count: Int, _ produce: @escaping @Sendable (Int) throws -> Void) throws -> Double {
        let shared = Shared(produce)
        var threads: [pthread_t] = []
        for number in 0..<count {
            var thread = pthread_t()
            let producer = unsafe Unmanaged.passRetained(Producer(number, shared))
            let result = unsafe pthread_create(&thread, nil, producerMain, producer.toOpaque())
            precondition(result == 0, "the system can start a thread: \(result)")
            threads.append(thread)
        }
        while shared.readyCount.load(ordering: .acquiring) < count { sched_yield() }
        let watch = Stopwatch()
        for _ in 0..<count { unsafe sem_post(shared.start) }
        for thread in threads {
            let result = pthread_join(thread, nil)
            precondition(result == 0, "a thread ends once: \(result)")
        }
        let seconds = watch.seconds
        if let error = shared.error.withLock({ $0 }) { throw error }
        return seconds
    }

    /// The shared state of the threads.
    @safe
    fileprivate final class Shared: Sendable {
        let produce: @Sendable (Int) throws -> Void
        let readyCount = Atomic(0)
        let error = Mutex<(any Error)?>(nil)
        /// A semaphore may not move in memory, and every thread may use it.
        nonisolated(unsafe) let start = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

        init(_ produce: @escaping @Sendable (Int) throws -> Void) {
            self.produce = produce
            let result = unsafe sem_init(start, 0, 0)
            precondition(result == 0, "a semaphore can be made")
        }

        deinit {
            unsafe sem_destroy(start)
            unsafe start.deallocate()
        }
    }

    fileprivate final class Producer: Sendable {
        private let number: Int
        private let shared: Shared

        init(_ number: Int, _ shared: Shared) {
            self.number = number
            self.shared = shared
        }

        func run() {
            shared.readyCount.add(1, ordering: .acquiringAndReleasing)
            while unsafe sem_wait(shared.start) != 0 {}
            do { try shared.produce(number) } catch {
                shared.error.withLock { first in first = first ?? error }
            }
        }
    }
}

private func producerMain(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument = unsafe argument else { return nil }
    unsafe Unmanaged<Producers.Producer>.fromOpaque(argument).takeRetainedValue().run()
    return nil
}
