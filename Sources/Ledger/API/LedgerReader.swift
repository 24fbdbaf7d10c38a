public import TradeModel

/// Reads a ledger without writing to it, in this process or another, whether a writer holds it or not.
///
/// A reader sees durable events only: an event that it has seen survives every crash.
public struct LedgerReader: Sendable {
    package let log: LogReader<PosixStorage>

    /// Opens a ledger for reading.
    ///
    /// Throws `notALedger` and faults of the file system.
    public init(opening directory: String) throws(LedgerError) {
        log = try LogReader(PosixStorage(directory: directory))
    }

    /// The ledger's own id.
    public var ledgerID: EventID { log.ledgerID }

    /// The name of the ledger; nil where it has none.
    public func name() throws(LedgerError) -> LedgerName? { try LedgerName.read(log.storage) }

    /// The sequence of the last durable event, 0 where there is none.
    ///
    /// O(1) while a writer is active, otherwise O(last segment).
    public func durableSequence() throws(LedgerError) -> UInt64 { try log.durableSequence() }

    /// The durable events from a sequence on, to the last that is durable now, or to one given.
    public func events(from first: UInt64 = 1, to last: UInt64? = nil) throws(LedgerError) -> EventStream {
        let durable = try durableSequence()
        return EventStream(log.cursor(from: first), limit: min(last ?? durable, durable))
    }

    /// The events of a trade up to a durable sequence, in order; none where there is no such trade.
    ///
    /// O(events of the trade), and what was appended since the last segment was finished.
    public func events(ofTrade id: String, to last: UInt64) throws(LedgerError) -> [Event] {
        try log.events(ofTrade: Array(id.utf8), upTo: min(last, durableSequence()))
    }

    /// The process that holds the ledger for writing, nil where none does.
    public func writer() throws(LedgerError) -> Int32? { try log.writer() }

    /// How many segments the log has.
    public func segmentCount() throws(LedgerError) -> Int { try log.segmentCount() }

    /// How many of them are sealed: finished and compressed.
    public func sealedSegmentCount() throws(LedgerError) -> Int { try log.sealedCount() }

    /// What all files of the ledger take together, in bytes.
    public func byteCount() throws(LedgerError) -> Int { try log.byteCount() }

    /// Visits the rejected events in the order in which they came.
    public func rejectedEvents(_ visit: (RejectedEvent) throws -> Void) throws {
        try log.rejectedEvents(visit)
    }
}

/// The events of a ledger in order, read as they are asked for.
public struct EventStream: ~Copyable {
    private var cursor: EventCursor<PosixStorage>
    private var limit: UInt64

    init(_ cursor: consuming EventCursor<PosixStorage>, limit: UInt64) {
        self.cursor = cursor
        self.limit = limit
    }

    /// The next event, nil after the last.
    ///
    /// Throws `damaged` with file and offset where acknowledged events cannot be read.
    public mutating func next() throws(LedgerError) -> Event? { try cursor.next(upTo: limit) }

    /// Extends the stream to a later sequence, one known to be durable.
    public mutating func extend(to sequence: UInt64) {
        limit = max(limit, sequence)
    }
}
