package import Ledger
public import TradeModel

/// A point in the history of a ledger, up to which events count.
public enum Moment: Hashable, Sendable {
    /// Everything that is durable.
    case now
    /// Events that the ledger took at this time or before.
    case time(Timestamp)
    /// Events up to and with this sequence.
    case sequence(UInt64)

    /// The last event that counts at this moment, of those that are durable; 0 where none does.
    package func lastSequence(_ reader: LedgerReader) throws(LedgerError) -> UInt64 {
        let durable = try reader.durableSequence()
        return switch self {
        case .now: durable
        case .time(let time): try reader.log.lastSequence(recordedUpTo: time, durable: durable)
        case .sequence(let sequence): min(sequence, durable)
        }
    }
}
