public import TradeModel

/// A point in the history of a ledger, up to which events count.
public enum Moment: Hashable, Sendable {
    /// Everything that is durable.
    case now
    /// Events that the ledger took at this time or before.
    case time(Timestamp)
    /// Events up to and with this sequence.
    case sequence(UInt64)

    /// Whether an event counts at this moment.
    func includes(_ event: Event) -> Bool {
        switch self {
        case .now: true
        case .time(let time): event.recordedAt <= time
        case .sequence(let sequence): event.sequence <= sequence
        }
    }
}
