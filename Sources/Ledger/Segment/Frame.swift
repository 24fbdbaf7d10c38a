package import TradeModel

/// A frame whose checksums match and which follows the frame before it.
package struct Frame {
    package let header: FrameHeader
    package let offset: Int
    /// Header and payload, without the padding after them.
    package let bytes: ArraySlice<UInt8>
    /// What the next frame must repeat: the header's checksum, or what a loss frame says.
    let successorChecksum: UInt32
    /// Whether the padding after the payload, which no checksum covers, is zero.
    let isPaddingZero: Bool
    /// The ids of its events that store none.
    let derivedIDs: DerivedEventIDs

    /// A frame from what was read of it; nil where it is a loss frame that does not say what follows it.
    package init?(
        header: FrameHeader,
        checksum: UInt32,
        offset: Int,
        bytes: ArraySlice<UInt8>,
        isPaddingZero: Bool = true,
        of derivedIDs: DerivedEventIDs
    ) {
        switch header.kind {
        case .events: successorChecksum = checksum
        case .loss:
            guard header.payloadByteCount >= Self.successorByteCount else { return nil }
            successorChecksum = bytes.littleEndian32(at: bytes.startIndex + FrameHeader.byteCount)
        }
        self.header = header
        self.offset = offset
        self.bytes = bytes
        self.isPaddingZero = isPaddingZero
        self.derivedIDs = derivedIDs
    }

    private init(_ frame: Frame, bytes: [UInt8]) {
        header = frame.header
        offset = frame.offset
        self.bytes = bytes[...]
        successorChecksum = frame.successorChecksum
        isPaddingZero = frame.isPaddingZero
        derivedIDs = frame.derivedIDs
    }

    /// The same frame with its own copy of the bytes, for callers that pass it on while the reader continues.
    ///
    /// O(bytes).
    func copied() -> Frame { Frame(self, bytes: Array(bytes)) }

    package var endOffset: Int { offset + header.frameByteCount }

    /// The part of the payload that holds the records.
    package var records: ArraySlice<UInt8> {
        bytes.dropFirst(FrameHeader.byteCount + (header.kind == .loss ? Self.successorByteCount : 0))
    }

    /// The checksum at the front of a loss frame's payload.
    static let successorByteCount = 4
}

/// The events in the payload of one frame, in order.
package struct RecordIterator {
    private let records: ArraySlice<UInt8>
    private let derivedIDs: DerivedEventIDs
    private let check: BodyCheck
    private let endSequence: UInt64
    private(set) var nextSequence: UInt64
    /// Where the next record begins, after its length.
    private var index: Int
    /// Where the record lies that was read last.
    private var recordRange = 0..<0

    /// The events of a frame whose checksums match; `check` says what else to verify.
    package init(_ frame: Frame, checking check: BodyCheck = .form) {
        records = frame.records
        index = records.startIndex
        derivedIDs = frame.derivedIDs
        self.check = check
        nextSequence = frame.header.firstSequence
        endSequence = frame.header.endSequence
    }

    /// The next event, nil after the last.
    ///
    /// Throws what is wrong with a frame whose checksum matches: corruption before the frame was written, or a bug.
    package mutating func next() throws(BodyFault) -> Event? {
        guard nextSequence < endSequence else {
            guard index == records.endIndex else {
                throw BodyFault(message: "bytes after the last record of a frame")
            }
            return nil
        }
        recordRange = try takeRecord()
        let event = try EventRecord.decode(records, recordRange, of: derivedIDs, checking: check)
        guard event.sequence == nextSequence else {
            throw BodyFault(message: "sequence \(event.sequence) where \(nextSequence) belongs")
        }
        nextSequence += 1
        return event
    }

    /// The record of the event that `next` returned last.
    var record: ArraySlice<UInt8> { records[recordRange] }

    /// Moves to an event without decoding those before it.
    mutating func skip(to sequence: UInt64) throws(BodyFault) {
        while nextSequence < sequence {
            _ = try takeRecord()
            nextSequence += 1
        }
    }

    /// Moves to the next event whose record is wanted, or past the last event, without decoding those in between.
    ///
    /// `isWanted` receives bytes, and in their indices where the record lies.
    mutating func skip(toRecord isWanted: (ArraySlice<UInt8>, Range<Int>) -> Bool) throws(BodyFault) {
        while nextSequence < endSequence {
            var ahead = self
            guard !isWanted(records, try ahead.takeRecord()) else { return }
            self = ahead
            nextSequence += 1
        }
    }

    private mutating func takeRecord() throws(BodyFault) -> Range<Int> {
        guard records.endIndex - index >= EventRecord.lengthByteCount else {
            throw BodyFault(message: "record ends early")
        }
        let start = index + EventRecord.lengthByteCount
        let byteCount = Int(records.littleEndian32(at: index))
        guard records.endIndex - start >= byteCount else { throw BodyFault(message: "record ends early") }
        index = start + byteCount
        return start..<index
    }
}
