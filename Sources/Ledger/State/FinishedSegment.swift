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
