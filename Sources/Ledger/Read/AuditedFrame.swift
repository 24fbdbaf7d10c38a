import TradeModel

/// A frame of a log that is audited: it is intact and in its place, but its records have not been checked yet.
struct AuditedFrame {
    private let frame: Frame
    private let segment: SegmentName
    private let directory: String
    private let durableSequence: UInt64

    init(_ frame: Frame, in segment: SegmentName, of directory: String, durableSequence: UInt64) {
        self.frame = frame
        self.segment = segment
        self.directory = directory
        self.durableSequence = durableSequence
    }

    /// The sequence of its first event.
    var firstSequence: UInt64 { frame.header.firstSequence }

    /// How many events it has.
    var eventCount: Int { Int(frame.header.count) }

    /// Where it lies.
    var position: LogPosition { LogPosition(segment: segment, offset: frame.offset) }

    /// How many bytes it has.
    var byteCount: Int { frame.header.frameByteCount }

    /// The same frame with bytes of its own, which its events keep.
    ///
    /// O(bytes).
    func copied() -> AuditedFrame {
        AuditedFrame(frame.copied(), in: segment, of: directory, durableSequence: durableSequence)
    }

    /// Visits its durable events in order, each with its record and after its whole record was checked.
    ///
    /// Throws `damaged` where a record is not what an event is written as.
    func visitEvents(_ visit: (Event, ArraySlice<UInt8>) throws(LedgerError) -> Void) throws(LedgerError) {
        var records = RecordIterator(frame, checking: .content)
        while true {
            let event: Event?
            do throws(BodyFault) { event = try records.next() } catch {
                throw .corruption(directory, segment.fileName, frame.offset, error.message)
            }
            guard let event, event.sequence <= durableSequence else { return }
            try visit(event, records.record)
        }
    }
}
