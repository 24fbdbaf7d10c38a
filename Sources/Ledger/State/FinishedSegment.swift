import TradeModel

/// What the writer knows of a segment that it has finished, and hands over so that nothing reads the segment again.
struct FinishedSegment: Sendable {
    /// The identities of its events; nil where index runs have them already.
    let identities: SegmentIdentities?
    /// The fold after its last event, if a snapshot is due.
    fileprivate(set) var snapshot: Snapshot?
    /// The checksum of its last frame, which the header of the next segment repeats.
    let endChecksum: UInt32
}

/// The identities of the events of one segment, as its index run is to hold them.
struct SegmentIdentities: Sendable {
    /// The first of the events.
    let firstSequence: UInt64
    /// In the order of the events.
    private(set) var entries: [IndexEntry] = []
    /// How many of the events have no entries, because they were lost or depend on a lost one.
    private(set) var skippedCount: UInt32 = 0
    /// Milliseconds after the time of every UUIDv7 among the stored ids; 0 where there is none.
    private(set) var idTimeEnd: UInt64 = 0
    /// The event that comes next.
    private(set) var nextSequence: UInt64

    /// Those of no event yet.
    init(from firstSequence: UInt64) {
        self.firstSequence = firstSequence
        nextSequence = firstSequence
    }

    /// Adds the next event, which is on record; events of before are left out.
    ///
    /// `subject` is nil where no rule asks for the events of what it is about.
    mutating func add(_ sequence: UInt64, storedID: EventID?, subject: UInt64?) {
        guard sequence >= nextSequence else { return }
        nextSequence = sequence + 1
        if let storedID {
            entries.append(IndexEntry(Fingerprint.event(storedID), sequence))
            idTimeEnd = max(idTimeEnd, storedID.version7Milliseconds.map { $0 + 1 } ?? 0)
        }
        if let subject { entries.append(IndexEntry(subject, sequence)) }
    }

    /// Counts the next event, which is not on record.
    mutating func skip(_ sequence: UInt64) {
        guard sequence >= nextSequence else { return }
        nextSequence = sequence + 1
        skippedCount += 1
    }
}

/// The finished segments that maintenance has not taken in yet, the oldest first.
package final class FinishedSegments: Sendable {
    private let waiting = Lock([FinishedSegment]())

    init() {}

    /// The oldest one; nil where there is none.
    var first: FinishedSegment? { waiting.withLock { $0.first } }

    /// Adds the next one.
    ///
    /// Its snapshot makes those that still wait superfluous, so memory holds one of them at most.
    func append(_ segment: FinishedSegment) {
        waiting.withLock { waiting in
            if segment.snapshot != nil { for index in waiting.indices { waiting[index].snapshot = nil } }
            waiting.append(segment)
        }
    }

    func removeFirst() { waiting.withLock { _ = $0.removeFirst() } }
}
