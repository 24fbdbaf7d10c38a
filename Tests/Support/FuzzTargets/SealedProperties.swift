internal import Ledger
internal import LedgerSimulation
internal import TradeModel

/// What is true of any bytes that claim to be a sealed segment.
struct SealedProperties {
    private let bytes: [UInt8]
    private let name = SegmentName(firstSequence: 1).fileName(.sealed)

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    func check() throws(BrokenProperty) {
        let disk = SimulatedDisk(DiskImage([name: bytes, "lock": [], "durable": []]))
        var frames: [Frame] = []
        let scan: SegmentScan
        do throws(LedgerError) {
            scan = try SegmentScan(disk, name) { (frame) throws(LedgerError) in frames.append(frame) }
            _ = try LogRepair(disk, clock: .system).corruptions()
        } catch { return }
        var offset = FileHeader.byteCount
        for frame in frames {
            try BrokenProperty.unless(frame.offset == offset, "a frame begins where the one before it ends")
            _ = try FrameProperties.events(of: frame)
            offset = frame.endOffset
        }
        try BrokenProperty.unless(scan.endOffset == offset, "a scan ends after its last whole frame")
        // No codec expands a byte to more than 255 bytes.
        try BrokenProperty.unless(offset / 255 <= bytes.count, "a sealed segment holds no more than its bytes can")
    }
}
