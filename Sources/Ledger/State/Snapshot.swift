import TradeModel

/// The fold of a log up to the end of a segment: what opening needs of everything before it.
///
/// See `schema/derived-files.md`, "Snapshots".
struct Snapshot: Sendable {
    /// Where the segment ends whose last event is the last one that it covers.
    let end: SegmentEnd
    let lastRecordedAt: Timestamp
    /// The ids that earlier events store and that the ledger could derive for a later one, ascending.
    var reservedIDs: [EventID] = []
    let subjects: SubjectState
}

/// The end of a segment of a log.
struct SegmentEnd: Hashable, Sendable {
    let ledgerID: EventID
    /// The last event.
    let sequence: UInt64
    /// The checksum of the last frame, which the header of the next segment repeats.
    let checksum: UInt32
}

/// The file of a snapshot, named after the last sequence that it covers.
struct SnapshotFile: Hashable, Comparable {
    static let temporaryName = "snapshot.tmp"
    private static let suffix = ".snapshot"

    let sequence: UInt64

    init(sequence: UInt64) {
        self.sequence = sequence
    }

    /// Reads a file's name; nil where it is not a snapshot's.
    init?(fileName: String) {
        guard fileName.hasSuffix(Self.suffix),
            let sequence = SequenceDigits.number(fileName.utf8.dropLast(Self.suffix.utf8.count)), sequence > 0
        else { return nil }
        self.sequence = sequence
    }

    var fileName: String { SequenceDigits.text(sequence, followedBy: Self.suffix) }

    /// The snapshots of a ledger, the newest first.
    static func all<S: Storage>(_ storage: S) throws(LedgerError) -> [SnapshotFile] {
        let names = try storage.list()
        return names.compactMap(SnapshotFile.init(fileName:)).sorted(by: >)
    }

    /// The snapshot, if it is intact and belongs to this log: the next segment repeats its checksum.
    func read<S: Storage>(
        _ storage: S,
        _ catalog: SegmentCatalog,
        of ledgerID: EventID
    ) -> Snapshot? {
        let next = SegmentName(firstSequence: sequence + 1)
        guard catalog.contains(next) else { return nil }
        do throws(LedgerError) {
            let file = try OpenFile(storage, fileName, .reading)
            guard let snapshot = try Snapshot(reading: file), snapshot.end.sequence == sequence,
                snapshot.end.ledgerID == ledgerID,
                try FrameReader(storage, next).header.previousChecksum == snapshot.end.checksum
            else { return nil }
            return snapshot
        } catch {
            // A file that cannot be read is treated as damaged.
            return nil
        }
    }

    /// Writes a snapshot; the file gets its name only once it is durable.
    static func write<S: Storage>(_ snapshot: Snapshot, _ storage: S) throws(LedgerError) {
        let file = try OpenFile(creating: temporaryName, storage)
        try snapshot.write(to: file)
        try file.synchronize()
        try storage.rename(temporaryName, to: SnapshotFile(sequence: snapshot.end.sequence).fileName)
        try storage.synchronizeDirectory()
    }

    static func < (left: SnapshotFile, right: SnapshotFile) -> Bool { left.sequence < right.sequence }
}
