import TradeModel

/// What opening does with the end of the log.
///
/// Every combination of what a crash can leave has one lettered case; `k` is the sequence of the first event that is
/// not there.
///
/// | case | bytes after the last whole frame | something asserts durability ≥ k | decision |
/// |---|---|---|---|
/// | A | none | no | open |
/// | B | none | yes | damaged: acknowledged events are gone |
/// | C | some | no | torn write: copy them aside, cut, open |
/// | D | some | yes | damaged: acknowledged events are broken |
///
/// In A and C, whole frames that nothing asserts to be durable are proved before they are trusted: they are rewritten
/// with the same bytes, flushed, and read back past the cache.
enum RecoveryDecision: Equatable {
    /// A: the log ends cleanly.
    case open
    /// C: the bytes of the range were never acknowledged.
    case cut(Range<Int>)
    /// B and D: events up to this sequence were acknowledged and are not whole.
    case damaged(through: UInt64)

    init(nextSequence: UInt64, remainder: Range<Int>, assertedSequence: UInt64) {
        switch (remainder.isEmpty, assertedSequence >= nextSequence) {
        case (true, false): self = .open
        case (false, false): self = .cut(remainder)
        case (_, true): self = .damaged(through: assertedSequence)
        }
    }
}

/// What follows the whole frames of the last segment, where a crash may have torn a write.
struct TailRemainder: Equatable {
    /// The bytes from the end of the whole frames to the last one that is not zero; empty where nothing was written.
    let range: Range<Int>
    /// The highest sequence that a frame header in there asserts to be durable.
    let assertedSequence: UInt64

    /// Looks through the bytes of the file from `endOffset` on for frames that survived after a hole: an intact header,
    /// even of a torn frame, was written after the flush that it asserts.
    init(_ bytes: ArraySlice<UInt8>, endOffset: Int) {
        let endIndex = bytes.startIndex + Self.usedByteCount(bytes.span)
        range = endOffset..<(endOffset + endIndex - bytes.startIndex)
        var asserted: UInt64 = 0
        var offset = bytes.startIndex
        while offset < endIndex {
            // The first byte alone rules out most candidates.
            if bytes[offset] == FrameHeader.firstByte, let (header, _) = FrameHeader.decode(bytes, at: offset) {
                asserted = max(asserted, header.durableUpTo)
            }
            offset += FrameHeader.alignment
        }
        assertedSequence = asserted
    }

    /// How many bytes there are up to the last that is not zero; a segment that is hardly begun has megabytes of zeros.
    private static func usedByteCount(_ bytes: Span<UInt8>) -> Int {
        var count = bytes.count
        while count >= 8, bytes.littleEndian64(at: count - 8) == 0 { count -= 8 }
        while count > 0, bytes[count - 1] == 0 { count -= 1 }
        return count
    }
}

/// Determines how a file of frames ends and, for a writer, repairs what a crash may leave there.
///
/// The file is the last segment of the log, or `rejected.log`, which has no durable watermark. Recovery never drops an
/// acknowledged event.
package struct TailRecovery<S: Storage> {
    let storage: S
    private var scan: SegmentScan
    private let decision: RecoveryDecision

    /// Combines the scan of a file with everything else that asserts durability; 0 if there is no watermark.
    package init(_ storage: S, _ scan: SegmentScan, durableWatermark: UInt64) throws(LedgerError) {
        self.storage = storage
        self.scan = scan
        var rest: [UInt8] = []
        if !scan.isSealed {
            let file = try OpenFile(storage, scan.name, .reading)
            rest = try file.bytes(scan.endOffset..<max(scan.endOffset, try file.byteCount()))
        } else if try !BackupMarker.isPresent(storage) {
            // Only a segment that has a successor is sealed; in a backup the successor may not have been copied yet.
            let next = SegmentName(firstSequence: scan.nextSequence).fileName
            throw .corruption(storage.directory, scan.name, scan.fileEndOffset, "\(next), which came next, is missing")
        }
        let remainder = TailRemainder(rest[...], endOffset: scan.endOffset)
        self.scan.accept(assertion: max(durableWatermark, remainder.assertedSequence))
        decision = RecoveryDecision(
            nextSequence: scan.nextSequence,
            remainder: remainder.range,
            assertedSequence: Failpoint.skipDurableUpTo.isActive ? 0 : self.scan.assertedSequence
        )
    }

    /// The last sequence that a reader may trust without proof.
    var assertedSequence: UInt64 { scan.assertedSequence }

    /// The last sequence that a reader may trust once the events are proved.
    ///
    /// If acknowledged events are missing, this is still the asserted sequence, so that reading up to it reports the
    /// damage instead of ending early.
    var lastSequence: UInt64 { max(scan.assertedSequence, scan.nextSequence - 1) }

    /// What a writer does when it opens a log: refuses corruption, proves the unproven tail, and cuts a torn write.
    ///
    /// To cut is to overwrite with zeros: the file keeps its length. `evidenceName` returns the name of the file for
    /// the copy, given the offset of the torn write. Throws `damaged` if acknowledged events are missing or broken.
    package func mend(evidenceName: (Int) -> String) throws(LedgerError) -> RecoveryReport {
        var report = RecoveryReport()
        try checkUndamaged()
        try proveFrames()
        report.provenEventCount = unprovenEventCount
        if case .cut(let range) = decision {
            let evidence = try TailProof(storage: storage, name: scan.name)
                .cut(range, evidence: evidenceName(range.lowerBound))
            report.tornWrites.append(
                RecoveryReport.TornWrite(
                    file: scan.name,
                    offset: range.lowerBound,
                    byteCount: range.count,
                    evidence: evidence
                )
            )
        }
        return report
    }

    /// What a reader does if there is no writer: makes every event durable that nothing asserts to be durable.
    ///
    /// It leaves empty frames alone. Only a writer must prove those, because it appends to their chain.
    func proveEvents() throws(LedgerError) {
        if unprovenEventCount > 0 { try proveFrames() }
    }

    private func proveFrames() throws(LedgerError) {
        guard let first = scan.unproven.first else { return }
        try TailProof(storage: storage, name: scan.name).prove(first.offset..<scan.endOffset)
        // The kernel may have dropped the scanned pages before the proof read the range. Then the proof has proved
        // whatever the disk holds, so this checks that it holds the same frames.
        let proven = try SegmentScan(storage, scan.name) { _ in }
        guard proven.endOffset == scan.endOffset, proven.lastChecksum == scan.lastChecksum else {
            throw LedgerError(
                .unusable,
                "\(storage.directory)/\(scan.name) at offset \(first.offset): the disk does not hold what "
                    + "was read from the cache, so a flush has failed before",
                remedy: "check the disk, then open the ledger again"
            )
        }
    }

    private var unprovenEventCount: UInt64 {
        let provenSequence = max(scan.assertedSequence, scan.header.firstSequence - 1)
        return scan.nextSequence > provenSequence ? scan.nextSequence - 1 - provenSequence : 0
    }

    /// Throws where acknowledged events are gone or broken.
    func checkUndamaged() throws(LedgerError) {
        guard case .damaged(let last) = decision else { return }
        let reason = scan.brokenReason ?? "the frames end"
        throw .corruption(
            storage.directory,
            scan.name,
            scan.endOffset,
            reason,
            sequences: scan.nextSequence..<(last + 1)
        )
    }
}

/// Proves that bytes which were read are on disk: after a failed flush, the page cache may hold bytes that the disk
/// does not.
///
/// Writing the same bytes again makes the pages dirty, so that a flush has to write them; reading them back past the
/// cache shows what the disk then holds. Safe to do while other readers do the same.
struct TailProof<S: Storage> {
    let storage: S
    let name: String

    /// Makes the range durable without changing it.
    ///
    /// Throws if the write or the flush fails, and `damaged` if the disk then holds other bytes.
    func prove(_ range: Range<Int>) throws(LedgerError) {
        guard !range.isEmpty, !Failpoint.trustCacheOnOpen.isActive else { return }
        let file = try OpenFile(storage, name, .readingAndWriting)
        let bytes = try file.bytes(range)
        try file.write(bytes, at: range.lowerBound)
        try file.synchronize()
        try storage.synchronizeDirectory()
        guard let onDisk = try storage.readPastCache(name, range) else { return }
        guard onDisk == bytes else {
            throw .corruption(
                storage.directory,
                name,
                range.lowerBound,
                "the disk does not hold what was written and flushed"
            )
        }
    }

    /// Copies a torn range to a file of its own, then overwrites the range with zeros; returns the copy's name.
    ///
    /// The copy and its name are durable before the first byte of the log changes.
    func cut(_ range: Range<Int>, evidence: String) throws(LedgerError) -> String {
        let file = try OpenFile(storage, name, .readingAndWriting)
        let copy = try OpenFile(creating: evidence, storage)
        if !Failpoint.cutWithoutEvidence.isActive { try copy.write(try file.bytes(range), at: 0) }
        try copy.synchronize()
        try storage.synchronizeDirectory()
        try file.write([UInt8](repeating: 0, count: range.count), at: range.lowerBound)
        try file.synchronize()
        return evidence
    }
}

/// What opening a ledger found and did.
public struct RecoveryReport: Hashable, Sendable {
    /// A write torn by a crash: it was never acknowledged, and was copied aside before zeros replaced it.
    public struct TornWrite: Hashable, Sendable {
        /// The file that held it.
        public let file: String
        /// Where it began, in bytes.
        public let offset: Int
        /// How many bytes it had.
        public let byteCount: Int
        /// The file in the ledger's directory that keeps a copy.
        public let evidence: String
    }

    /// Events in whole frames that had to be proved durable: rewritten, flushed and read back.
    public internal(set) var provenEventCount: UInt64 = 0
    /// The torn writes that were cut.
    public internal(set) var tornWrites: [TornWrite] = []
}
