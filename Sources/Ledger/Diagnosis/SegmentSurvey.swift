import TradeModel

/// The remains of one segment: whole frames in order, and the holes between them.
///
/// Unlike `SegmentScan`, which stops at the first broken frame, it continues with the next whole one.
struct SegmentSurvey<S: Storage> {
    /// A region of the segment.
    enum Region {
        case frame(Frame, events: [Event])
        case hole(Hole)
    }

    /// A range of bytes that holds no whole frame, followed by whole frames; in a sealed segment one of blocks that
    /// cannot be read.
    struct Hole {
        let bytes: Range<Int>
        /// The events that were there; empty if there were none.
        let sequences: Range<UInt64>
        /// Where the bytes lie in the file.
        let fileOffset: Int
        let reason: String
        /// What the next frame repeats.
        let successorChecksum: UInt32
    }

    /// Where the whole frames end.
    struct End {
        /// The sequence after the last event.
        var nextSequence: UInt64
        var offset = FileHeader.byteCount
        /// Where that is in the file.
        var fileOffset = FileHeader.byteCount
        /// What the frame after them would repeat; nil where neither a frame nor the header tells.
        var lastChecksum: UInt32?
        /// The highest sequence that something in the file asserts to be durable.
        var assertedSequence: UInt64 = 0
        /// Why the bytes after the frames are no frame; nil where they are zeros, or none.
        var stray: String?
    }

    let storage: S
    let fileName: String
    /// The file's header, or what it must have said.
    let header: FileHeader
    let isHeaderIntact: Bool

    /// Visits the regions in order.
    ///
    /// O(bytes), a chunk at a time.
    func run(_ visit: (Region) throws(LedgerError) -> Void) throws(LedgerError) -> End {
        var reader =
            isHeaderIntact
            ? try FrameReader(storage, fileName) : try FrameReader(storage, fileName, presuming: header)
        var end = End(nextSequence: header.firstSequence)
        if isHeaderIntact {
            end.lastChecksum = header.checksum
            end.assertedSequence = header.durableUpTo
        }
        while true {
            let reason: String
            switch try reader.next(ignoringPadding: true) {
            case .frame(let frame):
                if let events = Self.events(of: frame), frame.header.firstSequence == end.nextSequence {
                    try visit(.frame(frame, events: events))
                    end.nextSequence = frame.header.endSequence
                    end.offset = frame.endOffset
                    end.lastChecksum = frame.successorChecksum
                    end.assertedSequence = max(end.assertedSequence, frame.header.durableUpTo)
                    continue
                }
                reason = "a frame whose events do not belong there"
            case .end: reason = "zeros where a frame belongs"
            case .broken(let what): reason = what
            }
            reader.jump(to: end.offset)
            var asserted = end.assertedSequence
            let isFound = try reader.skipCorruption {
                asserted = max(asserted, $0.durableUpTo)
            } accepts: {
                $0.header.firstSequence >= end.nextSequence && Self.events(of: $0) != nil
            }
            end.assertedSequence = asserted
            guard isFound, case .frame(let frame) = try reader.next(ignoringPadding: true) else {
                end.fileOffset = reader.fileOffset(of: end.offset)
                if try Self.hasStray(&reader, from: end.offset) { end.stray = reason }
                return end
            }
            reader.jump(to: frame.offset)
            let hole = Hole(
                bytes: end.offset..<frame.offset,
                sequences: end.nextSequence..<frame.header.firstSequence,
                fileOffset: reader.fileOffset(of: end.offset),
                reason: reason,
                successorChecksum: frame.header.previousChecksum
            )
            try visit(.hole(hole))
            (end.nextSequence, end.offset) = (hole.sequences.upperBound, frame.offset)
        }
    }

    /// The events of a frame; nil if its records do not match its header.
    private static func events(of frame: Frame) -> [Event]? {
        var records = RecordIterator(frame, checking: .content)
        var events: [Event] = []
        do {
            while let event = try records.next() { events.append(event) }
            return events
        } catch {
            return nil
        }
    }

    /// Whether anything follows the frames that does not belong there; a sealed segment ends with its last frame.
    private static func hasStray(_ reader: inout FrameReader<S>, from start: Int) throws(LedgerError) -> Bool {
        if reader.isSealed { return start < reader.imageByteCount }
        return try !reader.isEmpty(from: start)
    }
}
