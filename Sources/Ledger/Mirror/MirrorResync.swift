import TradeModel

/// Brings the copy that is behind in step with the other, before anything is read from either.
///
/// Each file is copied under another name, flushed, read back and renamed, in the order of the log, so that after a
/// crash at any moment the copy is a log that ends earlier. What only the copy has in place of the other's frames is
/// kept as `torn-TIME-FILE-OFFSET`.
struct MirrorResync<S: Storage> {
    private let leader: MirrorCopy<S>
    private let follower: MirrorCopy<S>
    private let common: CommonEnd?
    /// What the copies that are kept are called.
    private let evidencePrefix: String

    init(_ comparison: MirrorComparison<S>, clock: LedgerClock) {
        leader = comparison.leader
        follower = comparison.follower
        common = comparison.common
        evidencePrefix = "torn-\(clock.now().microsecondsSince1970)"
    }

    func run() throws(LedgerError) {
        do throws(StorageError) {
            try removeUnfinished()
            try removeStraySegments()
            try copySegments()
            try copyOthers()
        } catch { throw LedgerError(error) }
        try alignRejected()
        do throws(StorageError) {
            try alignPublished()
            try removeNote(of: follower)
            try removeNote(of: leader)
        } catch { throw LedgerError(error) }
    }

    /// Files that a crash has left before they got their names.
    private func removeUnfinished() throws(StorageError) {
        for copy in [leader, follower] {
            for name in copy.names where name.hasSuffix(".tmp") { try WholeFile(copy.storage, name).remove() }
        }
    }

    /// Segments behind the place where the copies part, which the leader does not have.
    private func removeStraySegments() throws(StorageError) {
        for name in follower.segments.reversed() where !leader.segments.contains(name) {
            for form in follower.forms(of: name) {
                let file = WholeFile(follower.storage, name.fileName(form))
                try keep(file, from: 0, unlessIn: nil)
                try file.remove()
            }
        }
    }

    /// Each in its form, in the order of the log; a twin that the leader does not have goes when its segment is there.
    private func copySegments() throws(StorageError) {
        for (index, name) in leader.segments.enumerated() {
            let next = index + 1 < leader.segments.count ? leader.segments[index + 1] : nil
            let forms = leader.forms(of: name)
            for form in forms { try copySegment(name, form, next) }
            for form in follower.forms(of: name) where !forms.contains(form) {
                try WholeFile(follower.storage, name.fileName(form)).remove()
            }
        }
    }

    private func copySegment(
        _ name: SegmentName,
        _ form: SegmentName.Form,
        _ next: SegmentName?
    ) throws(StorageError) {
        let source = WholeFile(leader.storage, name.fileName(form))
        let target = WholeFile(follower.storage, name.fileName(form))
        if follower.names.contains(target.name) {
            if try isInStep(source, target, name, next) { return }
            if form == .plain {
                let parting = common?.segment == name ? common?.offset ?? 0 : 0
                try keep(target, from: parting, unlessIn: source)
            }
        }
        try copy(target.name, from: leader, to: follower)
    }

    /// Whether a segment of the follower need not be copied.
    ///
    /// Behind what both had when one was detached nothing is believed: there the page cache may show what the disk
    /// refused.
    private func isInStep(
        _ source: WholeFile<S>,
        _ target: WholeFile<S>,
        _ name: SegmentName,
        _ next: SegmentName?
    ) throws(StorageError) -> Bool {
        let isFinished = common?.segment.map { name < $0 } ?? false
        if let note = leader.note {
            guard isFinished, let next, next.firstSequence <= note.sequence + 1 else { return false }
        }
        return try isFinished
            ? source.byteCount() == target.byteCount() : source.read() == target.read()
    }

    /// What else both have: derived files, which are rebuilt where they are missing, and the reserve.
    private func copyOthers() throws(StorageError) {
        for name in leader.names.union(follower.names).sorted() where isOther(name) {
            let source = WholeFile(leader.storage, name)
            let target = WholeFile(follower.storage, name)
            let isInBoth = leader.names.contains(name) && follower.names.contains(name)
            if isInBoth, try source.byteCount() == target.byteCount() { continue }
            if leader.names.contains(name) {
                try copy(name, from: leader, to: follower)
            } else {
                try target.remove()
            }
        }
    }

    private func isOther(_ name: String) -> Bool {
        // What was unfinished is gone.
        if name.hasSuffix(".tmp") { return false }
        if name == TreeFile<S>.fileName || SpareSegment<S>.fileNames.contains(name) { return true }
        return [".run", ".snapshot"].contains { name.hasSuffix($0) }
    }

    /// Rejected events have a chain of their own: the longer run of frames wins, or that of the one who went on alone.
    private func alignRejected() throws(LedgerError) {
        let name = RejectedLog<S>.fileName
        var (source, target) = (leader, follower)
        var parting = 0
        if follower.names.contains(name) {
            guard leader.names.contains(name) else { return }
            let common = try CommonEnd.ofRejected(leader.storage, follower.storage)
            parting = common?.offset ?? 0
            let leaderEnd = try SegmentScan(leader.storage, name) { _ in }.endOffset
            let followerEnd = try SegmentScan(follower.storage, name) { _ in }.endOffset
            let isLeaderBehind = leaderEnd == parting && followerEnd > parting
            if isLeaderBehind && (leader.note == nil || follower.note != nil) { swap(&source, &target) }
        }
        guard source.names.contains(name) else { return }
        do throws(StorageError) {
            let (from, to) = (WholeFile(source.storage, name), WholeFile(target.storage, name))
            if leader.note == nil, try from.read() == to.read() { return }
            if target.names.contains(name) { try keep(to, from: parting, unlessIn: from) }
            try copy(name, from: source, to: target)
        } catch { throw LedgerError(error) }
    }

    /// Where nothing of the follower was dropped, what it says of durability is as true as what the leader says.
    private func alignPublished() throws(StorageError) {
        let isPrefix = common.map { follower.ends(at: $0) } ?? true
        let sequence = max(leader.publishedSequence, isPrefix ? follower.publishedSequence : 0)
        for copy in [follower, leader] {
            guard copy.publishedSequence != sequence || !copy.names.contains(DurablePosition.fileName) else { continue }
            try WholeFile(copy.storage, DurablePosition.fileName).write(DurablePosition.encode(sequence))
        }
    }

    /// Keeps what stands in a file from an offset on, unless the other copy has the same there.
    private func keep(_ file: WholeFile<S>, from offset: Int, unlessIn other: WholeFile<S>?) throws(StorageError) {
        guard let bytes = try file.read(), let last = bytes.lastIndex(where: { $0 != 0 }), last >= offset else {
            return
        }
        if let known = try other?.read(), known.prefix(last + 1).elementsEqual(bytes[...last]) { return }
        let name = "\(evidencePrefix)-\(file.name)-\(offset)"
        try FileCopy(source: file.storage, destination: file.storage).copy(file.name, offset..<(last + 1), as: name)
    }

    private func copy(_ name: String, from source: MirrorCopy<S>, to target: MirrorCopy<S>) throws(StorageError) {
        try FileCopy(source: source.storage, destination: target.storage).copy(name, as: name)
    }

    private func removeNote(of copy: MirrorCopy<S>) throws(StorageError) {
        if copy.note != nil { try WholeFile(copy.storage, MirrorNote.fileName).remove() }
    }
}
