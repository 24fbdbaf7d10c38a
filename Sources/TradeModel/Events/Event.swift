/// An event as the ledger holds it: what the producer said, with the place and the time that the ledger gave it.
public struct Event: Hashable, Sendable {
    /// The event's place in the ledger: 1, 2, 3 … without a gap.
    public let sequence: UInt64
    /// When the ledger took it, by its own clock, which never goes back.
    public let recordedAt: Timestamp
    /// The producer's id of the event, or the UUIDv7 that the ledger made.
    public let eventID: EventID
    /// What happened.
    public let body: EventBody

    /// An event from its parts.
    public init(sequence: UInt64, recordedAt: Timestamp, eventID: EventID, body: EventBody) {
        self.sequence = sequence
        self.recordedAt = recordedAt
        self.eventID = eventID
        self.body = body
    }

    /// The same event with bytes of its own: for callers that keep events for long, see `EventBody.bytes`.
    ///
    /// O(bytes).
    public func copied() -> Event {
        Event(sequence: sequence, recordedAt: recordedAt, eventID: eventID, body: body.copied())
    }
}

/// An event on its way into the ledger.
public struct EventDraft: Hashable, Sendable {
    /// The producer's id of the event; nil lets the ledger make a UUIDv7.
    public let eventID: EventID?
    /// What happened.
    public let body: EventBody

    /// A draft from its parts.
    public init(eventID: EventID? = nil, body: EventBody) {
        self.eventID = eventID
        self.body = body
    }
}
