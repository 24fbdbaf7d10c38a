import TradeModel

/// The durable file of rejected events: frames as in the event log, in one file that only grows.
///
/// On a full disk it continues in reserved space and then accepts no more; the caller reports what could not be kept.
struct DeadLetterLog<S: Storage>: ~Copyable {
    static var fileName: String { "rejected.log" }

    private var appender: FrameAppender<S>
    /// How much space is reserved at a time.
    private let reserveByteCount: Int
    /// Up to where the file has space.
    private var reservedEnd: Int
    /// What opening it found and did.
    let recovery: RecoveryReport

    /// Opens the file after its last whole frame, mending what a crash may leave.
    init(
        _ storage: S,
        _ ledgerID: EventID,
        reserveByteCount: Int,
        evidenceName: (Int) -> String
    ) throws(LedgerError) {
        let scan = try Self.scan(storage, ledgerID)
        let tail = try TailRecovery(storage, scan, durableWatermark: 0)
        let recovery = try tail.mend(evidenceName: evidenceName)
        var appender = try FrameAppender(storage, continuing: scan)
        try Self.assertDurable(&appender)
        reservedEnd = try appender.fileByteCount()
        self.reserveByteCount = reserveByteCount
        self.recovery = recovery
        self.appender = appender
    }

    /// Reserves space for rejections on a full disk, if little of it is left.
    mutating func secure() throws(LedgerError) {
        guard reservedEnd - appender.offset < reserveByteCount / 2 else { return }
        do throws(LedgerError) { try appender.reserve(reserveByteCount) } catch {
            guard error.isDiskFull else { throw error }
        }
        reservedEnd = try appender.fileByteCount()
    }

    /// Appends the events, durable when this returns true; false if the disk is full, with the file unchanged.
    ///
    /// `mayGrow` says whether it may take space that it has not reserved.
    mutating func append(_ events: [RejectedEvent], mayGrow: Bool) throws(LedgerError) -> Bool {
        var frame = [UInt8](repeating: 0, count: FrameHeader.byteCount)
        for event in events { event.encodeFramed(into: &frame) }
        let byteCount = FrameHeader.frameByteCount(payload: frame.count - FrameHeader.byteCount)
        guard mayGrow || appender.offset + byteCount <= reservedEnd else { return false }
        do throws(LedgerError) {
            try appender.append(&frame, count: events.count)
            return true
        } catch {
            try Self.recover(appender, from: error)
            return false
        }
    }

    /// Records on disk that the last frame is durable, unless the disk is full.
    mutating func assertDurable() throws(LedgerError) {
        try Self.assertDurable(&appender)
    }

    private static func assertDurable(_ appender: inout FrameAppender<S>) throws(LedgerError) {
        do throws(LedgerError) { try appender.assertDurable() } catch { try recover(appender, from: error) }
    }

    /// Rolls the file back after a write for which the disk had no room.
    private static func recover(_ appender: borrowing FrameAppender<S>, from error: LedgerError) throws(LedgerError) {
        guard error.isDiskFull else { throw error }
        do throws(LedgerError) { try appender.eraseRemains() } catch {
            // The next frame overwrites the remains, and opening treats what is left as a torn write.
            guard error.isDiskFull else { throw error }
        }
    }

    /// The ledger that the file says it belongs to; nil where the file is missing or not intact.
    static func ledgerID(_ storage: S) throws(LedgerError) -> EventID? {
        do throws(LedgerError) { return try FrameReader(storage, fileName).header.ledgerID } catch {
            if error.code == .damaged || error.isMissingFile { return nil }
            throw error
        }
    }

    private static func reader(_ storage: S) throws(LedgerError) -> FrameReader<S> {
        do throws(LedgerError) { return try FrameReader(storage, fileName) } catch {
            throw error.isMissingFile ? .met(.missing(fileName), in: storage.directory) : error
        }
    }

    /// Reads the file to the end of its whole frames.
    static func scan(_ storage: S, _ ledgerID: EventID) throws(LedgerError) -> SegmentScan {
        var reader = try reader(storage)
        try checkHeader(reader.header, storage, ledgerID)
        return try SegmentScan(storage, &reader) { _ in }
    }

    /// Throws where acknowledged events are gone or broken.
    static func checkEnd(_ storage: S, _ ledgerID: EventID) throws(LedgerError) {
        var endOffset: Int?
        while true {
            let scan = try scan(storage, ledgerID)
            do throws(LedgerError) {
                return try TailRecovery(storage, scan, durableWatermark: 0).checkUndamaged()
            } catch {
                // Frames that a writer adds between scan and check look as if they followed a hole.
                guard error.code == .damaged, endOffset != scan.endOffset else { throw error }
                endOffset = scan.endOffset
            }
        }
    }

    private static func checkHeader(_ header: FileHeader, _ storage: S, _ ledgerID: EventID) throws(LedgerError) {
        guard header.kind == .rejectedEvents else {
            throw .corruption(storage.directory, fileName, 0, "the file does not hold rejected events")
        }
        guard header.ledgerID == ledgerID else {
            throw .corruption(storage.directory, fileName, 0, "the file belongs to another ledger, \(header.ledgerID)")
        }
    }

    /// Reads the rejected events in order, as far as whole frames go, which is as far as anything was acknowledged.
    static func read(_ storage: S, _ ledgerID: EventID, _ visit: (RejectedEvent) throws -> Void) throws {
        try checkEnd(storage, ledgerID)
        var reader = try reader(storage)
        while case .frame(let frame) = try reader.next() {
            var payload = ByteReader(frame.records)
            for _ in 0..<frame.header.count {
                do { try visit(try RejectedEvent(decodingFramed: &payload)) } catch let fault as BodyFault {
                    throw LedgerError.corruption(storage.directory, fileName, frame.offset, fault.message)
                }
            }
        }
    }
}
