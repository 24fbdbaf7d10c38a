package import Ledger
package import TradeModel

/// A log that somebody rewrote with other events, under the same id: every checksum in it is valid.
package enum ForgedLog {
    /// Writes it into an empty directory, from the events of a ledger.
    package static func write(
        from original: String,
        into directory: String,
        configuration: LedgerConfiguration = LedgerConfiguration(),
        _ change: (inout [Event]) throws -> Void
    ) throws {
        let reader = try LedgerReader(opening: original)
        var stream = try reader.events()
        var events: [Event] = []
        while let event = try stream.next() { events.append(event.copied()) }
        try change(&events)
        var log = try LogRebuild(
            into: PosixStorage(directory: directory),
            ledgerID: reader.ledgerID,
            configuration: configuration,
            clock: .system
        )
        for (index, event) in events.enumerated() {
            let isInPlace = event.sequence == UInt64(index + 1)
            try log.append(
                Event(
                    sequence: UInt64(index + 1),
                    recordedAt: event.recordedAt,
                    eventID: event.eventID,
                    idOrigin: isInPlace ? event.idOrigin : .stored,
                    body: event.body
                )
            )
        }
        try log.finish()
    }
}
