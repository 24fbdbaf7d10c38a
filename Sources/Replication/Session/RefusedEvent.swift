internal import Ledger
package import Postgres
internal import TradeModel

/// An event that the ledger accepted and the database refuses.
///
/// The limits of the ledger ensure that no server refuses its events; added constraints and triggers still can.
package struct RefusedEvent: Sendable, CustomStringConvertible {
    package let sequence: UInt64
    /// The event as `events` prints it, or as much of it as a message takes.
    package let line: String
    /// What the server said.
    package let error: PostgresError

    private static let lineByteCountMax = 2048

    init(_ event: Event, _ ledgerID: EventID, _ error: PostgresError) {
        sequence = event.sequence
        self.error = error
        var bytes: [UInt8] = []
        EventJSON.write(event, ledgerID: ledgerID, into: &bytes)
        while bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        if bytes.count > Self.lineByteCountMax {
            var end = Self.lineByteCountMax
            while bytes[end] & 0xC0 == 0x80 { end -= 1 }
            bytes.removeSubrange(end...)
            bytes += "…".utf8
        }
        line = String(decoding: bytes, as: UTF8.self)
    }

    /// Which event, why, and what to do, on one line.
    package var description: String {
        "the database refuses event \(sequence): \(error.message) (SQLSTATE \(error.sqlState ?? "none")); every event "
            + "before it is stored, none after it; remove what refuses it, and replication continues: \(line)"
    }
}
