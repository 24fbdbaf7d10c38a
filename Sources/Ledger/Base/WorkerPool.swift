internal import Glibc

/// Works on inputs with several threads at the same time, and hands over the results in the order of the inputs.
///
/// One thread puts inputs, and one thread takes results. A fixed number of inputs is under way, so memory stays bounded
/// however many there are: `put` waits until a result is taken.
package final class WorkerPool<Input: Sendable, Output: Sendable>: Sendable {
    private struct State {
        /// What no thread has begun to work on.
        var inputs: [(place: Int, input: Input)] = []
        var putCount = 0
        var takenCount = 0
        var isClosed = false
    }

    private let state = Lock(State())
    /// Posted for each of the waiting inputs, and for each thread at the end.
    private let waiting = Semaphore()
    /// Posted for each place that is free.
    private let room = Semaphore()
    /// Where the results appear, used in turn: the nth result in the place of n modulo their number.
    private let places: [Handoff<Output?>]
    private let threads: [BackgroundTask]

    /// Starts the threads, which live until `cancel` or `close`.
    package init(
        threadCount: Int,
        inputCountMax: Int,
        _ work: @escaping @Sendable (Input) -> Output
    ) {
        precondition(threadCount > 0 && inputCountMax > 0, "a pool has a thread, and room for an input")
        places = (0..<inputCountMax).map { _ in Handoff() }
        threads = (0..<threadCount).map { _ in BackgroundTask() }
        for _ in places { room.post() }
        for thread in threads {
            thread.start {
                while let (place, input) = self.nextInput() { self.places[place].put(work(input)) }
            }
        }
    }

    /// Gives the threads the next input; waits while too many are under way.
    ///
    /// False, and nothing is done, once the pool is closed.
    package func put(_ input: Input) -> Bool {
        guard let place = nextPlace() else { return false }
        let isOpen = state.withLock { state in
            if !state.isClosed { state.inputs.append((place, input)) }
            return !state.isClosed
        }
        if isOpen { waiting.post() }
        return isOpen
    }

    /// Says that no input follows.
    package func finish() {
        if let place = nextPlace() { places[place].put(nil) }
    }

    /// Waits for the result of the next input; nil after the last one.
    ///
    /// Not to be called after it returned nil or after the pool was closed.
    package func take() -> Output? {
        let place = state.withLock { state in
            state.takenCount += 1
            return (state.takenCount - 1) % places.count
        }
        guard let output = places[place].take() else { return nil }
        room.post()
        return output
    }

    /// Tells the threads to end, without waiting for that; inputs that none has begun are dropped.
    package func cancel() {
        state.withLock { state in
            state.isClosed = true
            state.inputs = []
        }
        room.post()
        for _ in threads { waiting.post() }
    }

    /// Tells the threads to end, and waits for that.
    package func close() {
        cancel()
        for thread in threads { thread.close() }
    }

    /// Waits for a free place and takes it; nil once the pool is closed.
    private func nextPlace() -> Int? {
        room.wait()
        let place: Int? = state.withLock { state in
            guard !state.isClosed else { return nil }
            state.putCount += 1
            return (state.putCount - 1) % places.count
        }
        // A closed pool makes nobody wait.
        if place == nil { room.post() }
        return place
    }

    /// Waits for an input to work on; nil once the pool is closed.
    private func nextInput() -> (place: Int, input: Input)? {
        waiting.wait()
        return state.withLock { $0.inputs.isEmpty ? nil : $0.inputs.removeFirst() }
    }
}

/// How many processors there are.
package enum Processors {
    package static var count: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
}

/// Passes single values from one thread to another.
private final class Handoff<Value>: Sendable {
    private let slot = Lock<Value?>(nil)
    private let filled = Semaphore()

    func put(_ value: sending Value) {
        slot.withLock { $0 = .some(value) }
        filled.post()
    }

    /// Waits for the value; from then on only the caller refers to it.
    func take() -> Value {
        filled.wait()
        guard let value = slot.withLock({ $0.take() }) else { preconditionFailure("a value was put") }
        return value
    }
}
