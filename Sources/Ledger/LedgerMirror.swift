public import TradeModel

/// The other copy of a ledger that has a mirror, as the files tell.
public struct LedgerMirror: Hashable, Sendable {
    /// The directory of the other copy.
    public let directory: String
    /// Why the two are not in step; nil where they are.
    public let reason: String?
    /// When one of the two was detached; nil where they are in step, or nobody noted it.
    public let since: Timestamp?
    /// How many events the copy that is behind lacks at most; nil where that is not known.
    public let behindEventCount: UInt64?

    /// The other copy of the ledger in a directory, whose last durable event is that of the sequence; nil where there
    /// is no other.
    ///
    /// Throws faults of the directory's own file system.
    public init?(of directory: String, at sequence: UInt64) throws(LedgerError) {
        let own = PosixStorage(directory: directory)
        let mark: MirrorMark?
        let note: MirrorNote?
        do throws(StorageError) {
            mark = try MirrorMark.read(own)
            note = try MirrorNote.read(own)
        } catch { throw LedgerError(error) }
        guard let other = mark?.directory ?? note?.directory else { return nil }
        self.directory = other
        if let note {
            reason = note.reason
            since = note.since
            behindEventCount = sequence - min(sequence, note.sequence)
            return
        }
        let storage = PosixStorage(directory: other)
        do throws(StorageError) {
            let isThere = try storage.list().contains { SegmentName(fileName: $0) != nil }
            let otherNote = try MirrorNote.read(storage)
            let published = try WholeFile(storage, DurablePosition.fileName).read() ?? []
            let otherSequence = DurablePosition.decode(published) ?? 0
            since = otherNote?.since
            reason =
                otherNote.map { "this copy is behind that one: \($0.reason)" } ?? (isThere ? nil : "it holds no ledger")
            behindEventCount = otherNote.map { _ in otherSequence - min(otherSequence, sequence) }
        } catch {
            reason = "cannot \(error.operation) \(error.path): \(error.reason)"
            since = nil
            behindEventCount = nil
        }
    }
}
