internal import Ledger
internal import LedgerSimulation
internal import TradeModel

/// What is true of any bytes that claim to be the one segment of a ledger.
///
/// Each part of the ledger that reads segments may refuse them with a `LedgerError`; otherwise all parts agree.
struct SegmentProperties {
    private let segment: [UInt8]
    private let name = SegmentName(firstSequence: 1).fileName

    init(_ segment: [UInt8]) {
        self.segment = segment
    }

    /// A disk with the segment and the other files that reading needs.
    private var disk: SimulatedDisk { SimulatedDisk(DiskImage([name: segment, "lock": [], "durable": []])) }

    func check() throws(BrokenProperty) {
        try checkReading()
        try checkRecovery()
    }

    /// The audit and the cursor find the same events, from 1 on without a gap.
    private func checkReading() throws(BrokenProperty) {
        var events: [Event] = []
        let reader: LogReader<SimulatedDisk>
        let audit: LogAudit
        do throws(LedgerError) {
            reader = try LogReader(disk)
            audit = try reader.audit { (event) throws(LedgerError) in events.append(event) }
        } catch { return }
        try BrokenProperty.unless(audit.byteCount <= segment.count, "an audit counts bytes that are there")
        try BrokenProperty.unless(
            events.map(\.sequence).elementsEqual(1..<(audit.eventCount + 1)),
            "an audit visits each durable event once"
        )
        var cursor = reader.cursor(from: 1)
        for event in events {
            let read: Event?
            do throws(LedgerError) { read = try cursor.next(upTo: audit.eventCount) } catch {
                throw BrokenProperty(sentence: "what an audit finds whole can be read, but: \(error)")
            }
            try BrokenProperty.unless(read == event, "a cursor reads the events that an audit visits")
        }
    }

    /// Opening for writing keeps every whole frame, and finds nothing to repair the second time.
    private func checkRecovery() throws(BrokenProperty) {
        let storage = disk
        guard let scan = try wholeFrames(storage), let tornWrites = mend(storage, scan) else { return }
        let mended = storage.image.contents(name) ?? []
        try BrokenProperty.unless(
            mended.count == segment.count && mended.starts(with: segment[..<scan.endOffset])
                && mended[scan.endOffset...].allSatisfy { $0 == 0 },
            "recovery leaves the whole frames as they are, and zeros after them"
        )
        for write in tornWrites {
            let range = write.offset..<(write.offset + write.byteCount)
            try BrokenProperty.unless(
                storage.image.contents(write.evidence)?.elementsEqual(segment[range]) == true,
                "recovery keeps a copy of what it cuts"
            )
        }
        guard let second = try wholeFrames(storage) else {
            throw BrokenProperty(sentence: "a mended segment can be scanned")
        }
        try BrokenProperty.unless(
            second.nextSequence == scan.nextSequence && mend(storage, second) == [],
            "a mended segment holds the same events, and nothing to mend"
        )
    }

    /// Scans the segment and checks that its frames follow each other; nil if the scan refuses it.
    private func wholeFrames(_ storage: SimulatedDisk) throws(BrokenProperty) -> SegmentScan? {
        var frames: [Frame] = []
        let scan: SegmentScan
        do throws(LedgerError) {
            scan = try SegmentScan(storage, name) { (frame) throws(LedgerError) in frames.append(frame) }
        } catch { return nil }
        var offset = FileHeader.byteCount
        var sequence = frames.first?.header.firstSequence ?? scan.nextSequence
        for frame in frames {
            try BrokenProperty.unless(frame.offset == offset, "a frame begins where the one before it ends")
            try BrokenProperty.unless(frame.header.firstSequence == sequence, "the sequences of frames have no gap")
            _ = try FrameProperties.events(of: frame)
            offset = frame.endOffset
            sequence = frame.header.endSequence
        }
        try BrokenProperty.unless(
            scan.endOffset == offset && offset <= segment.count && scan.nextSequence == sequence,
            "a scan ends after its last whole frame, within the file"
        )
        return scan
    }

    /// The bytes that opening for writing cuts; nil if it refuses the segment.
    private func mend(_ storage: SimulatedDisk, _ scan: SegmentScan) -> [RecoveryReport.TornWrite]? {
        do throws(LedgerError) {
            let recovery = try TailRecovery(storage, scan, durableWatermark: 0)
            return try recovery.mend { "torn-\($0)" }.tornWrites
        } catch { return nil }
    }
}
