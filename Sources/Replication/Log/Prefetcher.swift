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
    private let reading: WorkerPool<Source.Request, Result<Source.Chunk, any Error>>
    /// Whether a chunk was requested that has not been taken yet.
    private(set) var isUnderWay = false

    /// Starts the thread, which lives as long as this.
    init(_ source: consuming sending Source) {
        let source = Lock(source)
        self.source = source
        reading = WorkerPool(threadCount: 1, inputCountMax: 1) { request in
            source.withLock { source in Result { try source.read(request) } }
        }
    }

    deinit { reading.cancel() }

    func begin(_ request: Source.Request) {
        precondition(!isUnderWay, "one chunk is read at a time")
        isUnderWay = reading.put(request)
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
        guard isUnderWay, let chunk = reading.take() else { preconditionFailure("a chunk was requested") }
        isUnderWay = false
        return chunk
    }

    /// Runs the body with the source, before or after the chunk that is being read.
    func withSource<Value, Failure>(_ body: (inout Source) throws(Failure) -> Value) throws(Failure) -> Value {
        try source.withLock(body)
    }
}
