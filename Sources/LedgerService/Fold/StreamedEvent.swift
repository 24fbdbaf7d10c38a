internal import TradeModel

/// An event as streams send it, encoded once for all of them.
struct StreamedEvent: Sendable {
    let sequence: UInt64
    let type: EventType
    /// The bytes of the id of what it is about.
    let subject: [UInt8]
    /// The event as a Server-Sent Event, with its sequence as the id.
    let message: [UInt8]
    /// Where the event lies in `message` as JSON.
    private let jsonRange: Range<Int>

    /// Encodes an event of a ledger.
    init(_ event: Event, of ledgerID: EventID) {
        sequence = event.sequence
        type = event.body.type
        subject = Array(event.body.subjectBytes)
        var bytes = Array("id: \(event.sequence)\ndata: ".utf8)
        let start = bytes.count
        EventJSON.write(event, ledgerID: ledgerID, into: &bytes)
        jsonRange = start..<(bytes.count - 1)
        // A context is as it was sent, so there may be line feeds between its parts, which would end the line.
        for index in jsonRange where bytes[index] == 0x0A || bytes[index] == 0x0D { bytes[index] = 0x20 }
        bytes.append(UInt8(ascii: "\n"))
        message = bytes
    }

    /// The event as a line that `events` prints, without a line feed.
    var json: [UInt8] { Array(message[jsonRange]) }
}
