public import TradeModel

/// Why an append failed.
public enum AppendError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The event breaks a rule. It is kept beside the log; the ledger goes on.
    case rejected(Rejection)
    /// The machine failed. Where `code` is `unusable` the ledger must be opened again.
    case failed(LedgerError)

    /// The reason as one line.
    public var description: String {
        switch self {
        case .rejected(let rejection): "\(rejection.code.rawValue): \(rejection.message)"
        case .failed(let error): error.description
        }
    }
}

/// The acknowledgement of one event: it is durable.
public struct Receipt: Hashable, Sendable {
    /// Whether this call appended the event or found it on record.
    public enum Status: String, Sendable {
        case appended
        case duplicate
    }

    /// Whether this call appended it.
    public let status: Status
    /// The event's place in the ledger.
    public let sequence: UInt64
    /// When the ledger took it.
    public let recordedAt: Timestamp
    /// Its id.
    public let eventID: EventID

    init(_ status: Status, sequence: UInt64, recordedAt: Timestamp, eventID: EventID) {
        self.status = status
        self.sequence = sequence
        self.recordedAt = recordedAt
        self.eventID = eventID
    }
}
