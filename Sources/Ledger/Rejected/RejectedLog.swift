import TradeModel

/// The durable file of rejected events: frames as in the event log, in one file that only grows.
struct RejectedLog<S: Storage>: ~Copyable {
    static var fileName: String { "rejected.log" }

    private var appender: FrameAppender<S>
    /// What opening it found and did.
    let recovery: RecoveryReport

    /// Opens the file behind its last whole frame, mending what a crash may leave.
    init(_ storage: S, evidenceName: (Int) -> String) throws(LedgerError) {
        let scan = try SegmentScan(storage, Self.fileName) { _ in }
        guard scan.header.kind == .rejectedEvents else {
            throw .damage(storage.directory, Self.fileName, 0, "the file does not hold rejected events")
        }
        let tail = try TailRecovery(storage, scan, publishedSequence: 0)
        let recovery = try tail.mend(evidenceName: evidenceName)
        var appender = try FrameAppender(storage, continuing: scan)
        try appender.assertDurable()
        self.recovery = recovery
        self.appender = appender
    }

    /// Keeps the events; they are durable when this returns.
    mutating func append(_ events: [RejectedEvent]) throws(LedgerError) {
        var frame = [UInt8](repeating: 0, count: FrameHeader.byteCount)
        for event in events { event.encodeFramed(into: &frame) }
        try appender.append(&frame, count: events.count)
    }

    /// Vouches on disk for the last frame.
    mutating func assertDurable() throws(LedgerError) {
        try appender.assertDurable()
    }

    /// Reads the rejected events in order, as far as whole frames go.
    ///
    /// Throws where events that were acknowledged are missing behind them.
    static func read(_ storage: S, _ visit: (RejectedEvent) throws -> Void) throws {
        var reader = try FrameReader(storage, fileName)
        while case .frame(let frame) = try reader.next() {
            var payload = ByteReader(frame.payload)
            for _ in 0..<frame.header.count {
                do { try visit(try RejectedEvent(decodingFramed: &payload)) } catch let fault as BodyFault {
                    throw LedgerError.damage(storage.directory, fileName, frame.offset, fault.message)
                }
            }
        }
        try checkEnd(storage, readTo: reader.offset)
    }

    /// The frames end where a writer is at work, where a crash tore one, or before damage; only that is thrown.
    private static func checkEnd(_ storage: S, readTo endOffset: Int) throws(LedgerError) {
        let scan = try SegmentScan(storage, fileName) { _ in }
        let tail = try TailRecovery(storage, scan, publishedSequence: 0)
        // A writer may have gone on between the two looks: then the frames no longer end where they ended.
        guard scan.endOffset == endOffset else { return }
        try tail.checkUndamaged()
    }
}
