/// A pool of requests for blocking callers, so that an appending thread allocates nothing.
final class RequestPool: Sendable {
    private let idle = Lock([AppendRequest]())

    /// The largest number kept, so that a burst of threads does not hold memory for ever.
    private static let idleCountMax = 256

    /// An empty request of the caller's own.
    func take() -> AppendRequest {
        idle.withLock { $0.popLast() } ?? AppendRequest(waitingOn: Semaphore())
    }

    /// Returns a settled request to the pool.
    func give(back request: AppendRequest) {
        request.clear()
        idle.withLock { idle in
            if idle.count < Self.idleCountMax { idle.append(request) }
        }
    }
}
