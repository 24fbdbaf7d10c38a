public import TradeModel

/// Restores a ledger from a backup into an empty directory.
///
/// Until the last step, a guard file marks the directory as incomplete.
package struct LogRestore<S: Storage> {
    private let source: S
    private let destination: S
    private let files: FileCopy<S>

    package init(from source: S, to destination: S) {
        self.source = source
        self.destination = destination
        files = FileCopy(source: source, destination: destination)
    }

    /// Copies everything, checks every frame, the chain and the root, and then turns the copy into a ledger.
    ///
    /// `onProgress` receives the last sequence copied.
    package func run(
        _ configuration: LedgerConfiguration,
        _ onProgress: (UInt64) -> Void
    ) throws(LedgerError) -> RestoreReport {
        guard let marker = try BackupMarker.read(source) else {
            throw LedgerError(
                .notALedger,
                "\(source.directory) holds no backup",
                remedy: "name a directory that `tradeledger backup` has filled"
            )
        }
        let reader = try LogReader(source)
        let durable = try reader.durableSequence()
        guard reader.ledgerID == marker.ledgerID, durable >= marker.sequence else {
            let reason =
                "the marker says \(marker.sequence) events of ledger \(marker.ledgerID), the files hold "
                + "\(durable) of \(reader.ledgerID)"
            throw LedgerError(Corruption(BackupMarker.fileName, 0, reason), in: source.directory)
        }
        try RestoreGuard(destination).begin()
        let copy = LogCopy(files: files, ledgerID: marker.ledgerID, durableSequence: durable)
        let root: MerkleHash
        do throws(LedgerError) {
            root = try copySegments(copy, marker, configuration.segmentByteCount, onProgress)
        } catch {
            throw error.explained(by: source)
        }
        _ = try copy.copyRejected()
        try LedgerName.copy(from: source, to: destination)
        try AtomicFile(destination, DurableWatermark.fileName).write(DurableWatermark.encode(durable))
        try AtomicFile(destination, WriterLock<S>.fileName).write(WriterLock<S>.newFileBytes)
        let preallocated = PreallocatedSegment(destination, byteCount: configuration.segmentByteCount)
        if let shortage = try preallocated.secure() { throw shortage }
        try preallocated.prepare()
        try RestoreGuard(destination).end()
        return RestoreReport(ledgerID: marker.ledgerID, sequence: durable, root: root)
    }

    /// Copies the segments and returns the root of their events, which is that of the marker where that ends.
    private func copySegments(
        _ copy: LogCopy<S>,
        _ marker: BackupMarker,
        _ segmentByteCount: Int,
        _ onProgress: (UInt64) -> Void
    ) throws(LedgerError) -> MerkleHash {
        var tree = LogTree(recomputing: destination)
        var (next, lastChecksum): (UInt64, UInt32) = (1, 0)
        try check(marker, tree)
        while true {
            let segment = try copy.segment(of: next)
            lastChecksum = try copy.copy(
                segment,
                after: lastChecksum,
                paddedTo: segment.isLast ? segmentByteCount : 0
            ) { (frame) throws(LedgerError) in
                var records = RecordIterator(frame)
                do {
                    while let event = try records.next() {
                        tree.append(event)
                        try check(marker, tree)
                    }
                } catch let fault as BodyFault {
                    throw .corruption(source.directory, segment.fileName, frame.offset, fault.message)
                } catch let error as LedgerError {
                    throw error
                } catch {
                    preconditionFailure("no other error is thrown: \(error)")
                }
            }
            next = segment.endSequence
            onProgress(next - 1)
            if segment.isLast { return try tree.root(at: tree.sequence) }
        }
    }

    private func check(_ marker: BackupMarker, _ tree: borrowing LogTree<S>) throws(LedgerError) {
        guard tree.sequence == marker.sequence else { return }
        let root = try tree.root(at: tree.sequence)
        guard root == marker.root else {
            let reason = "the marker says root \(marker.root), the first \(marker.sequence) events have \(root)"
            throw LedgerError(Corruption(BackupMarker.fileName, 0, reason), in: source.directory)
        }
    }
}

/// What was restored.
public struct RestoreReport: Hashable, Sendable {
    /// The id of the ledger.
    public let ledgerID: EventID
    /// Its last event, 0 where there is none.
    public let sequence: UInt64
    /// The Merkle root over its events.
    public let root: MerkleHash

    /// A report from its parts.
    package init(ledgerID: EventID, sequence: UInt64, root: MerkleHash) {
        self.ledgerID = ledgerID
        self.sequence = sequence
        self.root = root
    }
}
