/// The next segment, made ahead of time: allocated and written through with zeros, because a flush into written blocks
/// is faster than one into new ones, and because its space is then there when the disk is full.
///
/// The commit thread takes it while another thread makes it: the gate sees to it that nobody still writes zeros to a
/// file that has become a segment.
package final class SpareSegment<S: Storage>: Sendable {
    private let storage: S
    private let byteCount: Int
    private let gate = Lock(Spare.unknown)

    private enum Spare {
        case unknown
        case ready
    }

    static var fileName: String { "spare.segment" }
    private static var temporaryName: String { "spare.tmp" }
    private static var chunkByteCount: Int { 1 << 20 }

    init(_ storage: S, byteCount: Int) {
        self.storage = storage
        self.byteCount = byteCount
    }

    /// Makes the spare where there is none of the right size.
    ///
    /// Takes as long as the disk needs to write it.
    func prepare() throws(LedgerError) {
        try gate.withLock { (spare) throws(LedgerError) in try prepareAlone(&spare) }
    }

    /// Turns the spare, made now if need be, into the segment that the header describes.
    ///
    /// The header is durable under the old name before the new name appears, so a segment never lacks its header.
    func become(_ header: FileHeader) throws(LedgerError) -> FrameAppender<S> {
        let name = SegmentName(firstSequence: header.firstSequence).fileName
        try gate.withLock { (spare) throws(LedgerError) in
            try prepareAlone(&spare)
            spare = .unknown
            let file = try OpenFile(storage, Self.fileName, .readingAndWriting)
            try file.write(header.encoded(), at: 0)
            if !Mutation.renameBeforeHeader.isActive { try file.synchronize() }
            try rename(Self.fileName, to: name)
        }
        return try FrameAppender(storage, name, beginning: header)
    }

    private func prepareAlone(_ spare: inout Spare) throws(LedgerError) {
        if case .ready = spare { return }
        if try exists() { return spare = .ready }
        do throws(LedgerError) { try writeThrough() } catch {
            // Half a spare on a full disk would only be in the way; why it could not be made is what matters.
            do { try storage.remove(Self.temporaryName) } catch {}
            throw error
        }
        try rename(Self.temporaryName, to: Self.fileName)
        spare = .ready
    }

    private func exists() throws(LedgerError) -> Bool {
        do { guard try storage.list().contains(Self.fileName) else { return false } } catch { throw LedgerError(error) }
        return try OpenFile(storage, Self.fileName, .reading).byteCount() == byteCount
    }

    private func writeThrough() throws(LedgerError) {
        let file = try OpenFile(creating: Self.temporaryName, storage)
        let zeros = [UInt8](repeating: 0, count: min(Self.chunkByteCount, byteCount))
        var offset = 0
        while offset < byteCount {
            let count = min(zeros.count, byteCount - offset)
            try file.write(zeros[..<count], at: offset)
            offset += count
        }
        try file.synchronize()
    }

    private func rename(_ name: String, to newName: String) throws(LedgerError) {
        do {
            try storage.rename(name, to: newName)
            if !Mutation.skipDirectoryFlush.isActive { try storage.synchronizeDirectory() }
        } catch { throw LedgerError(error) }
    }
}
