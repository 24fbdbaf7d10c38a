internal import Ledger
internal import TradeModel

/// What is true of any bytes that claim to be a frame.
enum FrameProperties {
    static func check(_ bytes: [UInt8]) throws(BrokenProperty) {
        guard let (header, checksum) = FrameHeader.decode(bytes[...], at: 0),
            header.frameByteCount <= bytes.count
        else { return }
        let payload = bytes[FrameHeader.byteCount..<(FrameHeader.byteCount + header.payloadByteCount)]
        guard Checksum.crc32c(payload) == header.payloadChecksum else { return }
        var written = Array(bytes[..<payload.endIndex])
        let sealed = header.seal(&written)
        try BrokenProperty.unless(
            sealed == checksum && written[..<payload.endIndex] == bytes[..<payload.endIndex],
            "a frame header is written as it was read"
        )
        let whole = bytes[..<payload.endIndex]
        let derivedIDs = DerivedEventIDs(of: EventID(high: 0x7000, low: 1))
        guard let frame = Frame(header: header, checksum: checksum, offset: 0, bytes: whole, of: derivedIDs)
        else { return }
        try FormProperties.check(frame, whole: events(of: frame))
    }

    /// The events of a frame up to the first incomplete one, each checked.
    static func events(of frame: Frame) throws(BrokenProperty) -> [Event] {
        var events: [Event] = []
        var encoded: [UInt8] = []
        var records = RecordIterator(frame, checking: .content)
        var isWhole = true
        do throws(BodyFault) {
            while let event = try records.next() {
                events.append(event)
                EventRecord.encodeFramed(event, into: &encoded)
            }
        } catch { isWhole = false }
        try BrokenProperty.unless(frame.records.starts(with: encoded), "a record is written as it was read")
        try BrokenProperty.unless(
            !isWhole || (events.count == frame.header.count && encoded.count == frame.records.count),
            "a whole frame holds the events that it says, and nothing else"
        )
        for (index, event) in events.enumerated() {
            try BrokenProperty.unless(
                event.sequence == frame.header.firstSequence + UInt64(index),
                "the sequences in a frame have no gap"
            )
            try LineProperties.checkIsPrinted(event)
        }
        return events
    }
}
