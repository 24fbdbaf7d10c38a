/// Why an event was rejected.
///
/// The raw value is the code that users see; the order of the cases is the order in which the rules are checked, so
/// that the first broken rule is the one that is named.
public enum RejectionCode: String, CaseIterable, Sendable {
    case eventTooLarge = "event_too_large"
    case invalidJSON = "invalid_json"
    case unknownField = "unknown_field"
    case missingField = "missing_field"
    case invalidField = "invalid_field"
    case numberOutOfRange = "number_out_of_range"
    case eventIDConflict = "event_id_conflict"
    case tradeExists = "trade_exists"
    case unknownTrade = "unknown_trade"
    case tradeVoided = "trade_voided"
    case tradeClosed = "trade_closed"
    case amountNotPositive = "amount_not_positive"
    case priceNotPositive = "price_not_positive"
    case timeBeforeOpen = "time_before_open"
    case amountExceedsOpen = "amount_exceeds_open"
    case dustMismatch = "dust_mismatch"
    case diskFull = "disk_full"
    case ledgerBehindDatabase = "ledger_behind_database"
}

/// An event that breaks a rule: the rule's code, and a sentence that says what is wrong and what to do.
public struct Rejection: Error, Hashable, Sendable {
    /// The rule.
    public let code: RejectionCode
    /// What is wrong with this event and what to do about it; names the field where one is at fault.
    public let message: String

    /// A rejection with the rule's code and its sentence.
    public init(_ code: RejectionCode, _ message: String) {
        self.code = code
        self.message = message
    }
}

extension Rejection {
    /// A line is too long for an event.
    package static func tooLarge(lineByteCount: Int) -> Rejection {
        Rejection(
            .eventTooLarge,
            "The line has \(lineByteCount) bytes, but an event has at most \(Limits.eventLineByteCountMax)."
        )
    }
}
