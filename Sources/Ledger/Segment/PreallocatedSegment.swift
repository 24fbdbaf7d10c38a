/// The next segment, preallocated.
///
/// Its space is the reserve that lets open trades be closed on a full disk, and a flush into blocks that were written
/// before is faster than a flush into new ones.
///
/// The reserve is allocated when a segment is begun. While that fails, opens and increases are refused (`disk_full`),
/// and events that end trades use the rest of the last segment. Each commit tries again.
///
/// The commit thread allocates the reserve, which is fast because nothing is written. Another thread then fills it with
/// zeros.
package final class PreallocatedSegment<S: Storage>: Sendable {
    private let storage: S
    private let byteCount: Int
    /// Held by the thread that works on the files for as long as the disk takes, so that no thread writes zeros to a
    /// file that has become a segment.
    private let gate = Lock(Stage.unknown)
    /// Checked before each commit, so it is never held during disk I/O.
    private let reserve = Lock(Reserve.undecided)
    private let begun = Lock(0)

    /// How far the files have come.
    private enum Stage {
        case unknown
        /// The temporary file has its space.
        case allocated
        /// The file is filled with zeros and has its name.
        case written
    }

    private enum Reserve {
        case undecided
        case held
        /// There was no room for it.
        case exhausted
    }

    static var fileName: String { "spare.segment" }
    private static var temporaryName: String { "spare.tmp" }
    /// The files, of which one is there while there is a reserve.
    static var fileNames: Set<String> { [fileName, temporaryName] }
    private static var chunkByteCount: Int { 1 << 20 }

    init(_ storage: S, byteCount: Int) {
        self.storage = storage
        self.byteCount = byteCount
    }

    /// How many segments were begun with it.
    var begunCount: Int { begun.withLock { $0 } }

    /// Makes sure that there is space for the next segment; returns the reason if the disk is full.
    ///
    /// Returns at once if there is, and otherwise tries to allocate it, on each call. If the file system cannot
    /// allocate, only writing shows whether there is space, so the file is written.
    func secure() throws(LedgerError) -> LedgerError? {
        if case .held = reserve.withLock({ $0 }) { return nil }
        do throws(LedgerError) {
            try gate.withLock { (stage) throws(LedgerError) in try allocate(&stage) }
            return nil
        } catch {
            guard error.isDiskFull else { throw error }
            return error
        }
    }

    /// Fills the allocated file with zeros and names it, so that the next segment does not have to wait.
    ///
    /// Takes as long as the disk needs to write it. Does nothing on a full disk: only `secure` tries again.
    package func prepare() throws(LedgerError) {
        if case .exhausted = reserve.withLock({ $0 }) { return }
        try gate.withLock { (stage) throws(LedgerError) in try complete(&stage) }
    }

    /// Turns the preallocated file, created now if necessary, into the segment that the header describes.
    ///
    /// The header is durable under the old name before the new name appears, so a segment never lacks its header. A
    /// full disk leaves the log unchanged; after any other error nothing may be appended to it.
    func become(_ header: FileHeader) throws(LedgerError) -> FrameAppender<S> {
        let name = SegmentName(firstSequence: header.firstSequence).fileName
        try gate.withLock { (stage) throws(LedgerError) in
            try complete(&stage)
            stage = .unknown
            reserve.withLock { $0 = .undecided }
            let file = try OpenFile(storage, Self.fileName, .readingAndWriting)
            try file.write(header.encoded(), at: 0)
            if !Failpoint.renameBeforeHeader.isActive { try file.synchronize() }
            try storage.rename(Self.fileName, to: name)
            do throws(LedgerError) { try flushName() } catch {
                // Another process that opens the log may find the new segment, so the old one must not grow; a power
                // cut may take the new one, so nothing may be acknowledged there. A full disk is no exception.
                throw LedgerError(.unusable, error.message, remedy: error.remedy)
            }
            begun.withLock { $0 += 1 }
            // Allocated at once, so that the outcome is known before the next event; `secure` reports why it failed.
            do throws(LedgerError) { try allocate(&stage) } catch {}
        }
        return try FrameAppender(storage, name, beginning: header)
    }

    /// Gets the space where it is not there yet.
    private func allocate(_ stage: inout Stage) throws(LedgerError) {
        guard case .unknown = stage else { return }
        try noting(&stage) { (stage) throws(LedgerError) in
            if try size(of: Self.fileName) == byteCount {
                // One that was copied from elsewhere may have holes.
                _ = try OpenFile(storage, Self.fileName, .readingAndWriting).allocate(byteCount)
                stage = .written
            } else if try temporaryFile().allocate(byteCount) {
                stage = .allocated
            } else {
                try writeThrough(&stage)
            }
        }
    }

    /// Creates the file unless there is one of the right size.
    private func complete(_ stage: inout Stage) throws(LedgerError) {
        try allocate(&stage)
        guard case .allocated = stage else { return }
        try noting(&stage, writeThrough)
    }

    /// Takes note of whether there is a reserve after a step towards it.
    private func noting(
        _ stage: inout Stage,
        _ step: (inout Stage) throws(LedgerError) -> Void
    ) throws(LedgerError) {
        do throws(LedgerError) {
            try step(&stage)
            reserve.withLock { $0 = .held }
        } catch {
            stage = .unknown
            reserve.withLock { $0 = error.isDiskFull ? .exhausted : .undecided }
            // A partial file only wastes space on a full disk; the original error is what matters.
            do { try storage.remove(Self.temporaryName) } catch {}
            throw error
        }
    }

    /// The file to preallocate: an earlier attempt keeps its space, unless it is too long.
    private func temporaryFile() throws(LedgerError) -> OpenFile<S> {
        guard let size = try size(of: Self.temporaryName), size <= byteCount else {
            return try OpenFile(creating: Self.temporaryName, storage)
        }
        return try OpenFile(storage, Self.temporaryName, .readingAndWriting)
    }

    /// The size of a file in bytes; nil where there is none of that name.
    private func size(of name: String) throws(LedgerError) -> Int? {
        guard try storage.list().contains(name) else { return nil }
        return try OpenFile(storage, name, .reading).byteCount()
    }

    private func writeThrough(_ stage: inout Stage) throws(LedgerError) {
        let file = try OpenFile(storage, Self.temporaryName, .readingAndWriting)
        let zeros = [UInt8](repeating: 0, count: min(Self.chunkByteCount, byteCount))
        var offset = 0
        while offset < byteCount {
            let count = min(zeros.count, byteCount - offset)
            try file.write(zeros[..<count], at: offset)
            offset += count
        }
        try file.synchronize()
        try storage.rename(Self.temporaryName, to: Self.fileName)
        try flushName()
        stage = .written
    }

    private func flushName() throws(LedgerError) {
        if !Failpoint.skipDirectoryFlush.isActive { try storage.synchronizeDirectory() }
    }
}
