package import TradeModel

/// The result of reading every byte of a log.
package struct LogAudit: Sendable {
    package let segmentCount: Int
    /// The durable events, which is also the last durable sequence.
    package let eventCount: UInt64
    /// The bytes of all file headers and whole frames, with sealed segments counted at their plain length.
    package let byteCount: Int
}

extension LogReader {
    /// Reads every segment from its first byte, checks headers, checksums, chain, sequences and the canonical form of
    /// each record, and visits the events.
    ///
    /// Throws `damaged` if an acknowledged event is missing or broken.
    package func audit(_ visit: (Event) throws(LedgerError) -> Void) throws(LedgerError) -> LogAudit {
        try auditFrames(upTo: try durableSequence()) { (frame) throws(LedgerError) in
            try frame.visitEvents { (event, _) throws(LedgerError) in try visit(event) }
        }
    }

    /// As `audit`, but up to a durable sequence, and visits frames, whose records are checked when they are visited.
    func auditFrames(
        upTo durable: UInt64,
        _ visit: (AuditedFrame) throws(LedgerError) -> Void
    ) throws(LedgerError) -> LogAudit {
        do throws(LedgerError) { return try readFrames(upTo: durable, visit) } catch {
            throw error.explained(by: storage)
        }
    }

    private func readFrames(
        upTo durable: UInt64,
        _ visit: (AuditedFrame) throws(LedgerError) -> Void
    ) throws(LedgerError) -> LogAudit {
        let scan = try LogScan(storage)
        var byteCount = 0
        let last = try scan.run { (segment, frame) throws(LedgerError) in
            byteCount += frame.header.frameByteCount
            // The writer may not have flushed the frames after the durable end yet.
            guard frame.header.firstSequence <= durable else { return }
            try visit(AuditedFrame(frame, in: segment, of: storage.directory, durableSequence: durable))
        }
        guard last.nextSequence > durable else {
            throw .corruption(
                storage.directory,
                last.name,
                last.endOffset,
                last.brokenReason ?? "the frames end",
                sequences: last.nextSequence..<(durable + 1)
            )
        }
        return LogAudit(
            segmentCount: scan.catalog.names.count,
            eventCount: durable,
            byteCount: byteCount + scan.catalog.names.count * FileHeader.byteCount
        )
    }

    /// Compares the Merkle nodes that the ledger keeps beside the log with those of a tree computed from the log.
    ///
    /// Returns how many nodes the ledger keeps; any beyond the end of `tree` are counted, not compared. Throws
    /// `damaged` at the first that differs.
    package func auditTreeFile(against tree: borrowing LogTree<S>) throws(LedgerError) -> Int {
        let kept = try TreeFile.read(storage, ledgerID)
        for (index, node) in zip(kept, tree.blocks).enumerated() where node.0 != node.1 {
            throw .corruption(
                storage.directory,
                TreeFile<S>.fileName,
                index * TreeFile<S>.entryByteCount,
                "the node over events \(index * 256 + 1) to \((index + 1) * 256) is not that of the log"
            )
        }
        return kept.count
    }
}

/// A frame of a log that is audited: it is intact and in its place, but its records have not been checked yet.
struct AuditedFrame {
    private let frame: Frame
    private let segment: SegmentName
    private let directory: String
    private let durableSequence: UInt64

    init(_ frame: Frame, in segment: SegmentName, of directory: String, durableSequence: UInt64) {
        self.frame = frame
        self.segment = segment
        self.directory = directory
        self.durableSequence = durableSequence
    }

    /// The sequence of its first event.
    var firstSequence: UInt64 { frame.header.firstSequence }

    /// How many events it has.
    var eventCount: Int { Int(frame.header.count) }

    /// The segment and the byte offset in it where the frame begins.
    var position: LogPosition { LogPosition(segment: segment, offset: frame.offset) }

    /// How many bytes it has.
    var byteCount: Int { frame.header.frameByteCount }

    /// The same frame with bytes of its own, which its events keep.
    ///
    /// O(bytes).
    func copied() -> AuditedFrame {
        AuditedFrame(frame.copied(), in: segment, of: directory, durableSequence: durableSequence)
    }

    /// Visits its durable events in order, each with its record, and checks each whole record first.
    ///
    /// Throws `damaged`, with the offset of the frame, if a record is not in canonical form.
    func visitEvents(_ visit: (Event, ArraySlice<UInt8>) throws(LedgerError) -> Void) throws(LedgerError) {
        var records = RecordIterator(frame, checking: .content)
        while true {
            let event: Event?
            do throws(BodyFault) { event = try records.next() } catch {
                throw .corruption(directory, segment.fileName, frame.offset, error.message)
            }
            guard let event, event.sequence <= durableSequence else { return }
            try visit(event, records.record)
        }
    }
}
