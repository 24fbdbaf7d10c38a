import TradeModel

/// Reads a whole log, every segment and frame, and checks that they are one chain.
struct LogScan<S: Storage> {
    let storage: S
    let catalog: SegmentCatalog

    init(_ storage: S) throws(LedgerError) {
        self.storage = storage
        catalog = try SegmentCatalog(storage)
    }

    /// Visits each frame in order and returns the scan of the last segment, whose end a crash may have torn.
    ///
    /// Begins behind the segment that a snapshot covers, where one is given, which vouches for all before. Damage
    /// anywhere else is thrown.
    func run(
        behind snapshot: Snapshot? = nil,
        _ visit: (SegmentName, Frame) throws(LedgerError) -> Void
    ) throws(LedgerError) -> SegmentScan {
        var previous: SegmentScan?
        for name in catalog.names where name.firstSequence > snapshot?.sequence ?? 0 {
            if let previous { try checkEnd(previous, next: name) }
            // Before the first frame is visited: what another file holds would be taken for the log's events.
            try checkHeader(try FrameReader(storage, name.fileName).header, name, after: previous, snapshot)
            previous = try SegmentScan(storage, name.fileName) { (frame) throws(LedgerError) in try visit(name, frame) }
        }
        guard let last = previous else { preconditionFailure("a catalog is not empty") }
        return last
    }

    /// A finished segment holds frames up to the one before the next segment's first, and zeros behind them.
    private func checkEnd(_ scan: SegmentScan, next: SegmentName) throws(LedgerError) {
        guard scan.brokenReason == nil, scan.nextSequence == next.firstSequence else {
            let reason = scan.brokenReason ?? "the segment ends here"
            throw .damage(
                storage.directory,
                scan.name,
                scan.endOffset,
                "\(reason) at sequence \(scan.nextSequence), and \(next.fileName) does not go on there"
            )
        }
        try checkRestIsEmpty(scan)
    }

    private func checkRestIsEmpty(_ scan: SegmentScan) throws(LedgerError) {
        let file = try OpenFile(storage, scan.name, .reading)
        let rest = try file.bytes(scan.endOffset..<max(scan.endOffset, try file.byteCount()))
        if let index = rest.firstIndex(where: { $0 != 0 }) {
            throw .damage(storage.directory, scan.name, scan.endOffset + index, "bytes behind the last frame")
        }
    }

    private func checkHeader(
        _ header: FileHeader,
        _ name: SegmentName,
        after previous: SegmentScan?,
        _ snapshot: Snapshot?
    ) throws(LedgerError) {
        let problem: String? =
            if previous == nil && header.firstSequence == name.firstSequence
                && name.firstSequence != 1 + (snapshot?.sequence ?? 0)
            {
                "a segment before this one is gone"
            } else {
                header.problem(
                    as: name,
                    of: previous?.header.ledgerID ?? snapshot?.ledgerID ?? header.ledgerID,
                    after: previous?.lastChecksum ?? snapshot?.endChecksum ?? 0
                )
            }
        if let problem { throw .damage(storage.directory, name.fileName, 0, problem) }
    }
}
