package import TradeModel

/// The result of reading every byte of a log.
package struct LogAudit: Sendable {
    package let segmentCount: Int
    package let eventCount: UInt64
    package let byteCount: Int
}

extension LogReader {
    /// Reads every segment from its first byte, checks headers, checksums, chain, sequences and the canonical form of
    /// each record, and visits the events.
    ///
    /// Throws where something acknowledged is not whole.
    package func audit(_ visit: (Event) throws(LedgerError) -> Void) throws(LedgerError) -> LogAudit {
        try auditFrames { (frame) throws(LedgerError) in
            try frame.visitEvents { (event, _) throws(LedgerError) in try visit(event) }
        }
    }

    /// As `audit`, but visits frames, whose records are checked when they are visited.
    func auditFrames(_ visit: (AuditedFrame) throws(LedgerError) -> Void) throws(LedgerError) -> LogAudit {
        do throws(LedgerError) { return try readFrames(visit) } catch { throw error.explained(by: storage) }
    }

    private func readFrames(_ visit: (AuditedFrame) throws(LedgerError) -> Void) throws(LedgerError) -> LogAudit {
        let durable = try durableSequence()
        let scan = try LogScan(storage)
        var byteCount = 0
        let last = try scan.run { (segment, frame) throws(LedgerError) in
            byteCount += frame.header.frameByteCount
            // Frames after the durable end may still be being written.
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

    /// The nodes of the Merkle tree that the ledger keeps beside the log, checked against nodes computed from it.
    ///
    /// Throws at the first that differs; returns how many there are.
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
