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
    /// Held by the thread while it reads.
    private let source: Lock<Source>
    /// What the thread reads next; nil ends it.
    private let requests = Handoff<Source.Request?>()
    private let chunks = Handoff<Result<Source.Chunk, any Error>>()
    /// Whether a chunk was requested that has not been taken yet.
    private(set) var isUnderWay = false

    /// Starts the thread, which lives as long as this.
    init(_ source: consuming sending Source) {
        self.source = Lock(source)
        // The thread retains what it uses, and not this, whose deinit ends it.
        BackgroundThread.start { [source = self.source, requests, chunks] in
            while let request = requests.take() {
                chunks.put(source.withLock { source in Result { try source.read(request) } })
            }
        }
    }

    deinit { requests.put(nil) }

    func begin(_ request: Source.Request) {
        precondition(!isUnderWay, "one chunk is read at a time")
        isUnderWay = true
        requests.put(request)
    }

    /// Waits for the requested chunk.
    func take() throws -> Source.Chunk { try finished().get() }

    /// Visits the chunks of a source from which the same request reads one after another, until there is none.
    func visit<Value>(_ request: Source.Request, _ body: (Value) throws -> Void) throws where Source.Chunk == Value? {
        begin(request)
        defer { if isUnderWay { forget() } }
        while let chunk = try take() {
            begin(request)
            try body(chunk)
        }
    }

    /// Waits for the requested chunk and discards it, with any error: a caller that needs it reads it again.
    func forget() { _ = finished() }

    private func finished() -> Result<Source.Chunk, any Error> {
        precondition(isUnderWay, "a chunk was requested")
        isUnderWay = false
        return chunks.take()
    }

    /// Runs the body with the source, before or after the chunk that is being read.
    func withSource<Value, Failure>(_ body: (inout Source) throws(Failure) -> Value) throws(Failure) -> Value {
        try source.withLock(body)
    }
}

/// Passes single values from one thread to another.
private final class Handoff<Value>: Sendable {
    private let slot = Lock<Value?>(nil)
    private let filled = Semaphore()

    func put(_ value: Value) {
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
