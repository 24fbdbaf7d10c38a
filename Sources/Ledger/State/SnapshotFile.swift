import TradeModel

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
            guard let snapshot = Snapshot(try file.bytes(0..<(try file.byteCount()))), snapshot.sequence == sequence,
                snapshot.ledgerID == ledgerID,
                try FrameReader(storage, next).header.previousChecksum == snapshot.endChecksum
            else { return nil }
            return snapshot
        } catch {
            // A file that cannot be read is treated as damaged.
            return nil
        }
    }

    /// Writes a snapshot; the file gets its name only once it is durable.
    ///
    /// Returns its size in bytes.
    static func write<S: Storage>(_ snapshot: Snapshot, _ storage: S) throws(LedgerError) -> Int {
        let bytes = snapshot.encoded()
        let file = try OpenFile(creating: temporaryName, storage)
        try file.write(bytes, at: 0)
        try file.synchronize()
        try storage.rename(temporaryName, to: SnapshotFile(sequence: snapshot.sequence).fileName)
        try storage.synchronizeDirectory()
        return bytes.count
    }

    static func < (left: SnapshotFile, right: SnapshotFile) -> Bool { left.sequence < right.sequence }
}
