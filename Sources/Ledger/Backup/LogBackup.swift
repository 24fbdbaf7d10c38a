public import TradeModel

/// Brings a backup up to date with a log, whether or not a writer is appending to it.
///
/// After each file the backup is a readable ledger that ends there, so it stays readable after a crash.
package struct LogBackup<S: Storage> {
    private let source: S
    private let destination: S
    private let clock: LedgerClock
    private let files: FileCopy<S>

    package init(of source: S, in destination: S, clock: LedgerClock) {
        self.source = source
        self.destination = destination
        self.clock = clock
        files = FileCopy(source: source, destination: destination)
    }

    /// Copies what the backup does not have yet; `onProgress` receives the last sequence in it.
    package func run(_ onProgress: (UInt64) -> Void) throws(LedgerError) -> BackupReport {
        let reader = try LogReader(source)
        if try WriterLock.isPlainCopy(source) {
            // A backup of it would look like one of a whole ledger.
            throw LedgerError(.plainCopy(lockFile: WriterLock<S>.fileName), in: source.directory)
        }
        let durable = try reader.durableSequence()
        var tree = try LogTree(source, reader.ledgerID, upTo: durable)
        try tree.advance(to: durable)
        let known = try BackupMarker.read(destination)
        if let known { try checkHistory(known, reader.ledgerID, durable, tree) } else { try checkEmpty() }
        let lock = try self.lock()
        return try withExtendedLifetime(lock) { () throws(LedgerError) in
            let marker = if let known { known } else { try begin(reader.ledgerID, tree) }
            if Failpoint.markBeforeCopy.isActive { _ = try mark(durable, of: reader.ledgerID, tree) }
            let copy = LogCopy(files: files, ledgerID: reader.ledgerID, durableSequence: durable)
            let rejected = try copy.copyRejected()
            try LedgerName.copy(from: source, to: destination)
            do throws(LedgerError) {
                return try copySegments(copy, after: marker, beside: rejected, tree, onProgress)
            } catch {
                throw error.explained(by: source)
            }
        }
    }

    private func copySegments(
        _ copy: LogCopy<S>,
        after known: BackupMarker,
        beside rejected: (isCopied: Bool, byteCount: Int),
        _ tree: borrowing LogTree<S>,
        _ onProgress: (UInt64) -> Void
    ) throws(LedgerError) -> BackupReport {
        var (copied, present) = (BackupReport.Extent(), BackupReport.Extent())
        if rejected.isCopied { copied.add(rejected.byteCount) } else { present.add(rejected.byteCount) }
        var marker = known
        var next: UInt64 = 1
        // What the next segment must repeat; nil if the segment just visited was already in the backup.
        var lastChecksum: UInt32?
        var isDone = false
        while !isDone {
            let segment = try copy.whileFilesGo { () throws(LedgerError) in
                let segment = try copy.segment(of: next)
                guard try isNeeded(segment, copy, known) else {
                    // A crash may have come after a sealed segment was copied and before its plain twin was removed.
                    try copy.removeTwin(of: segment)
                    lastChecksum = nil
                    return segment
                }
                let before = if let lastChecksum { lastChecksum } else { try checksum(before: segment.name) }
                lastChecksum = try copy.copy(segment, after: before)
                return segment
            }
            if lastChecksum == nil { present.add(segment.byteCount) } else { copied.add(segment.byteCount) }
            (next, isDone) = (segment.endSequence, segment.isLast)
            // The last mark is written even if nothing is new, because it says when the backup was taken.
            if isDone || next - 1 > marker.sequence {
                marker = try mark(max(next - 1, marker.sequence), of: known.ledgerID, tree)
            }
            onProgress(next - 1)
        }
        copied.eventCount = marker.sequence - known.sequence
        present.eventCount = known.sequence
        return BackupReport(marker, copied: copied, present: present)
    }

    /// Whether a segment must be copied: it is missing, has another length, or ends after the backup's marker.
    ///
    /// Data after the marker comes from a run that crashed, and may belong to another history.
    private func isNeeded(
        _ segment: LogCopy<S>.Segment,
        _ copy: LogCopy<S>,
        _ known: BackupMarker
    ) throws(LedgerError) -> Bool {
        guard let byteCount = try copy.copiedByteCount(segment.fileName) else { return true }
        guard byteCount <= segment.byteCount || segment.form == .sealed else {
            throw .diverged(destination.directory, from: source.directory, "holds more in \(segment.fileName)")
        }
        return byteCount != segment.byteCount || segment.endSequence > known.sequence + 1
    }

    /// The checksum that a segment's header must repeat: where the segment before it in the backup ends, else 0.
    private func checksum(before name: SegmentName) throws(LedgerError) -> UInt32 {
        guard name.firstSequence > 1, let previous = try SegmentCatalog(destination).names.last(where: { $0 < name })
        else { return 0 }
        var reader = try FrameReader(destination, previous)
        return try SegmentScan(destination, &reader) { _ in }.lastChecksum
    }

    /// Records in the backup how far it now goes.
    ///
    /// The marker is written last: it makes the directory a backup, and `checkEmpty` accepts a watermark without one.
    private func mark(
        _ sequence: UInt64,
        of ledgerID: EventID,
        _ tree: borrowing LogTree<S>
    ) throws(LedgerError) -> BackupMarker {
        let marker = BackupMarker(
            ledgerID: ledgerID,
            sequence: sequence,
            root: try tree.root(at: sequence),
            takenAt: clock.now(),
            source: source.directory
        )
        try AtomicFile(destination, DurableWatermark.fileName).write(DurableWatermark.encode(sequence))
        try AtomicFile(destination, BackupMarker.fileName).write(marker.encoded())
        return marker
    }

    /// Makes an empty directory a backup that holds nothing yet.
    private func begin(_ ledgerID: EventID, _ tree: borrowing LogTree<S>) throws(LedgerError) -> BackupMarker {
        try destination.synchronizeParentDirectory()
        return try mark(0, of: ledgerID, tree)
    }

    /// The right to write to the backup, which only one process can hold.
    private func lock() throws(LedgerError) -> OpenFile<S> {
        guard let lock = try DirectoryLock.exclusive(destination) else {
            throw LedgerError(
                .heldByAnotherWriter,
                "another process backs up into \(destination.directory)",
                remedy: "wait until it has ended"
            )
        }
        // Readers of the backup check this file for a writer.
        let name = WriterLock<S>.fileName
        let names = try destination.list()
        if !names.contains(name) { _ = try OpenFile(creating: name, destination) }
        return lock
    }

    /// Throws if the directory holds files that do not belong to a backup.
    private func checkEmpty() throws(LedgerError) {
        // What a first backup may leave after a crash, and what a new file system contains.
        let harmless = [
            WriterLock<S>.fileName, DurableWatermark.fileName, "lost+found",
            AtomicFile<S>.temporaryName(of: DurableWatermark.fileName),
            AtomicFile<S>.temporaryName(of: BackupMarker.fileName),
        ]
        let names = try destination.list()
        guard let name = names.first(where: { !harmless.contains($0) }) else { return }
        throw LedgerError(
            .invalidRequest,
            "\(destination.directory) is not a backup and holds other files, such as \(name)",
            remedy: "back up into a directory of its own"
        )
    }

    /// Throws where the backup is not an older state of the log.
    private func checkHistory(
        _ known: BackupMarker,
        _ ledgerID: EventID,
        _ durable: UInt64,
        _ tree: borrowing LogTree<S>
    ) throws(LedgerError) {
        guard known.ledgerID == ledgerID else {
            throw LedgerError(
                .invalidRequest,
                "\(destination.directory) is a backup of another ledger, \(known.ledgerID)",
                remedy: "back up into a directory of its own"
            )
        }
        guard known.sequence <= durable else {
            throw .diverged(destination.directory, from: source.directory, "holds more events (\(known.sequence))")
        }
        guard try tree.root(at: known.sequence) == known.root else {
            let what = "holds other events among the first \(known.sequence)"
            throw .diverged(destination.directory, from: source.directory, what)
        }
        let segments = try SegmentCatalog(source).names
        let names = try destination.list()
        if let name = names.first(where: { SegmentName(fileName: $0).map { !segments.contains($0) } ?? false }) {
            throw .diverged(destination.directory, from: source.directory, "holds one more segment, \(name),")
        }
    }
}

/// What a backup holds, and how much of it is new.
public struct BackupReport: Hashable, Sendable {
    /// Some of the files of a backup.
    public struct Extent: Hashable, Sendable {
        /// Files of events and of rejected events.
        public internal(set) var fileCount = 0
        /// Their size in bytes.
        public internal(set) var byteCount = 0
        /// How many events were new to the backup, or were in it before.
        ///
        /// Not a property of the files: a segment that is copied again counts as copied with all its bytes, but the
        /// events that the backup already held count as present.
        public internal(set) var eventCount: UInt64 = 0

        mutating func add(_ byteCount: Int) {
            fileCount += 1
            self.byteCount += byteCount
        }
    }

    /// The ledger that was backed up.
    public let ledgerID: EventID
    /// The last event that the backup holds, 0 where there is none.
    public let sequence: UInt64
    /// The Merkle root over its events.
    public let root: MerkleHash
    /// When it was taken.
    public let takenAt: Timestamp
    /// What was copied.
    public let copied: Extent
    /// What was there already.
    public let present: Extent

    init(_ marker: BackupMarker, copied: Extent, present: Extent) {
        ledgerID = marker.ledgerID
        sequence = marker.sequence
        root = marker.root
        takenAt = marker.takenAt
        self.copied = copied
        self.present = present
    }
}
