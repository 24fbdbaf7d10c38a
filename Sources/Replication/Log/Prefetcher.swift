internal import Ledger

/// A source that is read in chunks, each on request.
protocol ChunkSource: ~Copyable, SendableMetatype {
    associatedtype Request: Sendable
    associatedtype Chunk: Sendable
    mutating func read(_ request: Request) throws -> Chunk
}

/// Reads the next chunk on a separate thread while the owner works on the current one.
///
/// Three sources are read through it: batches of rows that are ready to send (`LogTailer`, for the replicator), rows of
/// trades (`FoldedRows`, for `rebuild`), and events with the roots to compare (`LogState`, for `verify`).
final class Prefetcher<Source: ChunkSource & ~Copyable> {
    /// The state that the thread retains; not the prefetcher itself, whose deinit ends the thread.
    private final class Desk: Sendable {
        /// Held by the thread while it reads.
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
    /// Whether a chunk was requested that has not been taken yet.
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

    /// Starts reading a chunk.
    func begin(_ request: Source.Request) {
        precondition(!isUnderWay, "one chunk is read at a time")
        isUnderWay = true
        desk.order.withLock { $0 = .read(request) }
        desk.wake.post()
    }

    /// Waits for the requested chunk.
    func take() throws -> Source.Chunk {
        precondition(isUnderWay, "a chunk was requested")
        desk.done.wait()
        isUnderWay = false
        // From here on only the caller refers to the chunk.
        let order = desk.order.withLock { order in
            defer { order = .none }
            return order
        }
        guard case .finished(let result) = order else { preconditionFailure("what is done has a result") }
        return try result.get()
    }

    /// Waits for the requested chunk and discards it, with any error: a caller that needs it reads it again.
    func forget() {
        precondition(isUnderWay, "a chunk was requested")
        desk.done.wait()
        isUnderWay = false
        desk.order.withLock { $0 = .none }
    }

    /// Runs the body with the source, before or after the chunk that is being read.
    func withSource<Value, Failure>(_ body: (inout Source) throws(Failure) -> Value) throws(Failure) -> Value {
        try desk.source.withLock(body)
    }
}
