package import TradeModel

/// Builds a ledger in an empty directory from events that come from elsewhere, in order from the first.
///
/// The events keep their bytes, so the log keeps its root; frames and segments are new. Until `finish`, a guard file
/// marks the directory as incomplete. Memory holds one frame.
package struct LogRebuild<S: Storage>: ~Copyable {
    private let storage: S
    private let preallocated: PreallocatedSegment<S>
    private var writer: SegmentWriter<S>
    private var tree: LogTree<S>
    /// The payload of the next frame, after room for its header.
    private var frame = [UInt8](repeating: 0, count: FrameHeader.byteCount)
    private var frameEventCount = 0

    private static var frameByteCount: Int { 1 << 20 }

    /// Begins the log.
    ///
    /// Throws `invalidRequest` if the directory holds anything but the remains of an interrupted restore.
    package init(
        into storage: S,
        ledgerID: EventID,
        configuration: LedgerConfiguration,
        clock: LedgerClock
    ) throws(LedgerError) {
        try RestoreGuard(storage).begin()
        try LedgerLayout.make(storage, ledgerID: ledgerID, configuration: configuration, clock: clock)
        let preallocated = PreallocatedSegment(storage, byteCount: configuration.segmentByteCount)
        let writer = try SegmentWriter(
            storage,
            continuing: try SegmentScan(storage, SegmentName(firstSequence: 1).fileName) { _ in },
            preallocated: preallocated,
            configuration: configuration,
            clock: clock
        )
        self.storage = storage
        self.preallocated = preallocated
        self.writer = writer
        tree = LogTree(recomputing: storage)
    }

    /// The sequence of the last event.
    package var sequence: UInt64 { tree.sequence }

    /// The root over the events so far.
    package var root: MerkleHash {
        get throws(LedgerError) { try tree.root(at: tree.sequence) }
    }

    /// Adds the next event.
    package mutating func append(_ event: Event) throws(LedgerError) {
        precondition(event.sequence == sequence + 1, "events come in order")
        let byteCount = EventRecord.framedByteCount(event.body, event.idOrigin)
        let payloadByteCount = frame.count - FrameHeader.byteCount + byteCount
        if payloadByteCount > Self.frameByteCount || !writer.hasRoom(payloadByteCount: payloadByteCount) {
            try flush()
        }
        if !writer.hasRoom(payloadByteCount: byteCount) {
            guard writer.canHold(payloadByteCount: byteCount) else { throw .fileSizeLimit(writer.usableByteCount) }
            if let shortage = try writer.roll() { throw shortage }
        }
        EventRecord.encodeFramed(event, into: &frame)
        frameEventCount += 1
        tree.append(event)
    }

    /// Turns the directory into a ledger.
    package consuming func finish() throws(LedgerError) {
        try flush()
        try writer.assertDurable()
        try writer.publish()
        if let shortage = try preallocated.secure() { throw shortage }
        try preallocated.prepare()
        try RestoreGuard(storage).end()
    }

    private mutating func flush() throws(LedgerError) {
        guard frameEventCount > 0 else { return }
        try writer.append(&frame, count: frameEventCount)
        frame.removeSubrange(FrameHeader.byteCount...)
        frameEventCount = 0
    }
}
