internal import Ledger
internal import TradeModel

/// The line that acknowledges an event.
enum ReceiptRecord {
    /// The record of an event that is durable.
    static func record(
        _ status: Receipt.Status,
        _ sequence: UInt64,
        _ eventID: EventID,
        line: UInt64
    ) -> Record {
        [
            ("status", .text(status.rawValue)), ("sequence", Cell(sequence)),
            ("event_id", .text(eventID.description)), ("line", Cell(line)),
        ]
    }
}
