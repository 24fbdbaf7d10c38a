internal import Ledger

/// What is read part by part, each when it is asked for.
protocol ChunkSource: ~Copyable, SendableMetatype {
    associatedtype Request: Sendable
    associatedtype Chunk: Sendable
    mutating func read(_ request: Request) throws -> Chunk
}

/// Reads the next part on a thread of its own, while its owner works on the part before.
final class Prefetcher<Source: ChunkSource & ~Copyable> {
    /// What the thread itself keeps: not the object that ends it.
    private final class Desk: Sendable {
        /// The thread has it for as long as it reads.
        let source: Lock<Source>
        let order = Lock<Order>(.none)
        let wake = Semaphore()
        let done = Semaphore()

        init(_ source: consuming sending Source) { self.source = Lock(source) }

        func work() {
            while true {
                wake.wait()
                guard case .read(let request) = order.withLock({ $0 }) else { return }
                let result = source.withLock { source in Result { try source.read(request) } }
                order.withLock { $0 = .finished(result) }
                done.post()
            }
        }
    }

    private enum Order {
        case none
        case read(Source.Request)
        case finished(Result<Source.Chunk, any Error>)
    }

    private let desk: Desk
    /// Whether a part was begun that nobody has taken yet.
    private(set) var isUnderWay = false

    /// Starts the thread, which lives as long as this.
    init(_ source: consuming sending Source) {
        desk = Desk(source)
        BackgroundThread.start { [desk] in desk.work() }
    }

    deinit {
        desk.order.withLock { $0 = .none }
        desk.wake.post()
    }

    /// Begins to read a part.
    func begin(_ request: Source.Request) {
        precondition(!isUnderWay, "one part is read at a time")
        isUnderWay = true
        desk.order.withLock { $0 = .read(request) }
        desk.wake.post()
    }

    /// Waits for the part that was begun.
    func take() throws -> Source.Chunk {
        precondition(isUnderWay, "a part was begun")
        desk.done.wait()
        isUnderWay = false
        // The part is the taker's alone from here on.
        let order = desk.order.withLock { order in
            defer { order = .none }
            return order
        }
        guard case .finished(let result) = order else { preconditionFailure("what is done has a result") }
        return try result.get()
    }

    /// Waits for the part that was begun, and forgets it, with what went wrong there: who needs it reads it again.
    func forget() {
        precondition(isUnderWay, "a part was begun")
        desk.done.wait()
        isUnderWay = false
        desk.order.withLock { $0 = .none }
    }

    /// Runs the body with the source, before or behind the part that is under way.
    func withSource<Value, Failure>(_ body: (inout Source) throws(Failure) -> Value) throws(Failure) -> Value {
        try desk.source.withLock(body)
    }
}
