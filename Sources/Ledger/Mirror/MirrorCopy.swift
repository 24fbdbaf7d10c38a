import TradeModel

/// One of two copies of a log, as opening finds it: how far it goes, and what it says of the other.
struct MirrorCopy<S: Storage> {
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
        segments = Set(names.compactMap(SegmentName.init(fileName:))).sorted()
        guard let lastSegment = segments.last else {
            last = nil
            assertedSequence = 0
            return
        }
        var reader = try FrameReader(storage, lastSegment)
        let scan = try SegmentScan(storage, &reader) { _ in }
        last = scan
        guard !scan.isSealed else {
            // A crash ended the copying behind it; all that is sealed was durable.
            assertedSequence = max(publishedSequence, scan.nextSequence - 1)
            return
        }
        assertedSequence = try TailRecovery(storage, scan, publishedSequence: publishedSequence).assertedSequence
    }

    /// Whether the log ends where it stops to agree with another.
    func ends(at end: CommonEnd) -> Bool {
        segments.last == end.segment && last?.endOffset == end.offset
    }

    /// The forms in which a segment lies here, the one that counts first.
    func forms(of name: SegmentName) -> [SegmentName.Form] {
        SegmentName.Form.allCases.filter { names.contains(name.fileName($0)) }
    }
}

/// How far two files of frames, or two logs, agree.
struct CommonEnd: Equatable {
    /// Nil in another file than a segment.
    let segment: SegmentName?
    /// Where the last frame ends that both have, in bytes.
    let offset: Int
    /// The sequence behind its last event.
    let nextSequence: UInt64

    /// Where two logs stop to agree; nil where they have no segment in common.
    ///
    /// The header of a segment repeats the checksum of what was before it, so the last header that both have tells of
    /// all before. O(segment).
    static func find<S: Storage>(_ one: MirrorCopy<S>, _ two: MirrorCopy<S>) throws(LedgerError) -> CommonEnd? {
        let others = Set(two.segments)
        for name in one.segments.reversed() where others.contains(name) {
            var mine = try FrameReader(one.storage, name)
            var other = try FrameReader(two.storage, name)
            if let end = try find(&mine, &other, of: name) { return end }
        }
        return nil
    }

    /// Where two files of rejected events stop to agree; nil where their headers differ.
    static func ofRejected<S: Storage>(_ one: S, _ two: S) throws(LedgerError) -> CommonEnd? {
        var mine = try FrameReader(one, RejectedLog<S>.fileName)
        var other = try FrameReader(two, RejectedLog<S>.fileName)
        return try find(&mine, &other, of: nil)
    }

    private static func find<S: Storage>(
        _ one: inout FrameReader<S>,
        _ two: inout FrameReader<S>,
        of segment: SegmentName?
    ) throws(LedgerError) -> CommonEnd? {
        let header = one.header
        guard two.header == header else { return nil }
        var end = CommonEnd(segment: segment, offset: FileHeader.byteCount, nextSequence: header.firstSequence)
        while case .frame(let mine) = try one.next(), case .frame(let other) = try two.next(),
            mine.header == other.header, mine.successorChecksum == other.successorChecksum
        {
            end = CommonEnd(segment: segment, offset: mine.endOffset, nextSequence: mine.header.endSequence)
        }
        return end
    }
}
