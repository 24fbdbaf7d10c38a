import TradeModel

/// One of two copies of a log, as opening finds it: how far it goes, and what it says of the other.
struct LogCopy<S: Storage> {
    let storage: S
    let names: Set<String>
    let segments: [SegmentName]
    /// That the other copy is behind; nil where this one knows of nothing.
    let note: MirrorNote?
    /// What `durable` says.
    let publishedSequence: UInt64
    /// The last segment; nil where there is none.
    let last: SegmentScan?
    /// Up to where something in this copy vouches for durability.
    let assertedSequence: UInt64

    init(_ storage: S) throws(LedgerError) {
        self.storage = storage
        do throws(StorageError) {
            names = Set(try storage.list())
            note = try MirrorNote.read(storage)
            let published = try WholeFile(storage, DurablePosition.fileName).read() ?? []
            publishedSequence = DurablePosition.decode(published) ?? 0
        } catch { throw LedgerError(error) }
        segments = names.compactMap(SegmentName.init(fileName:)).sorted()
        guard let name = segments.last else {
            last = nil
            assertedSequence = 0
            return
        }
        let scan = try SegmentScan(storage, name.fileName) { _ in }
        last = scan
        assertedSequence = try TailRecovery(storage, scan, publishedSequence: publishedSequence).assertedSequence
    }

    /// Whether the log ends where it stops to agree with another.
    func ends(at end: CommonEnd) -> Bool {
        segments.last?.fileName == end.fileName && last?.endOffset == end.offset
    }
}

/// How far two files of frames, or two logs, agree.
struct CommonEnd: Equatable {
    let fileName: String
    /// Where the last frame ends that both have, in bytes.
    let offset: Int
    /// The sequence behind its last event.
    let nextSequence: UInt64

    /// Where two logs stop to agree; nil where they have no segment in common.
    ///
    /// The header of a segment repeats the checksum of what was before it, so the last header that both have tells of
    /// all before. O(segment).
    static func find<S: Storage>(_ one: LogCopy<S>, _ two: LogCopy<S>) throws(LedgerError) -> CommonEnd? {
        let others = Set(two.segments)
        for name in one.segments.reversed() where others.contains(name) {
            if let end = try find(name.fileName, one.storage, two.storage) { return end }
        }
        return nil
    }

    /// Where two files of a name stop to agree; nil where their headers differ.
    static func find<S: Storage>(_ name: String, _ one: S, _ two: S) throws(LedgerError) -> CommonEnd? {
        let header = try FrameReader(one, name).header
        guard try FrameReader(two, name).header == header else { return nil }
        let others = try frameEnds(name, two)
        var end = CommonEnd(fileName: name, offset: FileHeader.byteCount, nextSequence: header.firstSequence)
        for (mine, other) in zip(try frameEnds(name, one), others) {
            guard mine == other else { break }
            end = CommonEnd(fileName: name, offset: mine.offset, nextSequence: mine.nextSequence)
        }
        return end
    }

    private struct FrameEnd: Equatable {
        let offset: Int
        let nextSequence: UInt64
        let checksum: UInt32
    }

    private static func frameEnds<S: Storage>(_ name: String, _ storage: S) throws(LedgerError) -> [FrameEnd] {
        var ends: [FrameEnd] = []
        _ = try SegmentScan(storage, name) { (frame) throws(LedgerError) in
            ends.append(
                FrameEnd(
                    offset: frame.endOffset,
                    nextSequence: frame.header.endSequence,
                    checksum: frame.successorChecksum
                )
            )
        }
        return ends
    }
}
