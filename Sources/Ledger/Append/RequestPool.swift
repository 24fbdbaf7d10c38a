/// Requests of callers that block, kept to be filled again: a thread that appends allocates nothing then.
final class RequestPool: Sendable {
    private let idle = Lock([AppendRequest]())

    /// More than so many are not kept: a burst of threads must not be paid for later.
    private static let idleCountMax = 256

    /// An empty request of the caller's own.
    func take() -> AppendRequest {
        idle.withLock { $0.popLast() } ?? AppendRequest(waitingOn: Semaphore())
    }

    /// Takes back a request that was settled and looked at.
    func give(back request: AppendRequest) {
        request.clear()
        idle.withLock { idle in
            if idle.count < Self.idleCountMax { idle.append(request) }
        }
    }
}
