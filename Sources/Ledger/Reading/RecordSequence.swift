package import TradeModel

/// The events in the payload of one frame, in order.
package struct RecordSequence {
    private let endSequence: UInt64
    private var reader: ByteReader
    private(set) var nextSequence: UInt64

    package init(_ frame: Frame) {
        reader = ByteReader(frame.records)
        nextSequence = frame.header.firstSequence
        endSequence = frame.header.endSequence
    }

    /// The next event, nil behind the last.
    ///
    /// Throws what is wrong with a frame whose checksum holds: damage before the frame was written, or a bug.
    package mutating func next() throws(BodyFault) -> Event? {
        guard nextSequence < endSequence else {
            guard reader.rest.isEmpty else { throw BodyFault(message: "bytes behind the last record of a frame") }
            return nil
        }
        let event = try EventRecord.decode(try record())
        guard event.sequence == nextSequence else {
            throw BodyFault(message: "sequence \(event.sequence) where \(nextSequence) belongs")
        }
        nextSequence += 1
        return event
    }

    /// Moves to an event without decoding those before it.
    mutating func skip(to sequence: UInt64) throws(BodyFault) {
        while nextSequence < sequence {
            _ = try record()
            nextSequence += 1
        }
    }

    /// Moves to the next event of a trade, or behind the last, without decoding those before it.
    mutating func skip(toTrade id: ArraySlice<UInt8>) throws(BodyFault) {
        while nextSequence < endSequence {
            var ahead = self
            guard !EventRecord.isOfTrade(id, try ahead.record()) else { return }
            reader = ahead.reader
            nextSequence += 1
        }
    }

    private mutating func record() throws(BodyFault) -> ArraySlice<UInt8> {
        try reader.bytes(Int(try reader.uint32("record")), "record")
    }
}
