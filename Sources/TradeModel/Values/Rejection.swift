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
    case subjectExists = "subject_exists"
    case unknownTrade = "unknown_trade"
    case unknownSubject = "unknown_subject"
    case tradeVoided = "trade_voided"
    case tradeClosed = "trade_closed"
    case subjectEnded = "subject_ended"
    case amountNotPositive = "amount_not_positive"
    case priceNotPositive = "price_not_positive"
    case timeBeforeOpen = "time_before_open"
    case amountExceedsOpen = "amount_exceeds_open"
    case dustMismatch = "dust_mismatch"
    case halted = "halted"
    case diskFull = "disk_full"
    case ledgerBehindDatabase = "ledger_behind_database"
}

extension RejectionCode {
    /// What is wrong with the event.
    public var meaning: String {
        switch self {
        case .eventTooLarge: "The line is longer than \(Limits.eventLineByteCountMax) bytes."
        case .invalidJSON:
            "The line is not one JSON object by RFC 8259, repeats a name, nests deeper than "
                + "\(Limits.jsonNestingMax) levels, or holds U+0000 or half a surrogate pair."
        case .unknownField: "A field is not one of the event's type."
        case .missingField: "A field that the event's type must have is absent or null."
        case .invalidField: "A field has a value that it cannot take."
        case .numberOutOfRange:
            "A number, or a figure of the trade with it, does not fit a decimal of 128 bits with 38 fraction digits."
        case .eventIDConflict: "The event_id, or the fill_id in its trade, is on record with another body."
        case .tradeExists: "The trade was opened before."
        case .subjectExists: "The subject of the event began before."
        case .unknownTrade: "No event has opened the trade."
        case .unknownSubject: "No event has begun the subject of the event."
        case .tradeVoided: "The trade was voided."
        case .tradeClosed: "The trade is closed, and the event would change its position."
        case .subjectEnded: "The subject of the event has ended."
        case .amountNotPositive: "The amount is 0 or below."
        case .priceNotPositive: "The price is below 0, or 0 on an event that has to have one."
        case .timeBeforeOpen: "The event happened before the trade was opened."
        case .amountExceedsOpen: "The event takes out more than is open."
        case .dustMismatch: "The close would leave an amount open."
        case .halted: "A halt that covers the event is in force."
        case .diskFull: "The disk has no room for an event that enters a position, or for any event at all."
        case .ledgerBehindDatabase: "The database holds events that this log has lost."
        }
    }

    /// What the sender, or the operator, does about it.
    public var remedy: String {
        switch self {
        case .eventTooLarge: "Keep large documents elsewhere, and name them in the context."
        case .invalidJSON: "Send one object on each line, as a JSON library writes it."
        case .unknownField: "Correct the name, or move your own data into context."
        case .missingField: "Send the event again with the field."
        case .invalidField: "The message says which values the field takes; send the event again with one of them."
        case .numberOutOfRange: "Send the number with fewer digits."
        case .eventIDConflict: "An event never changes: send a correction as a new event with an id of its own."
        case .tradeExists: "Use another trade_id, or send trade.increased."
        case .subjectExists: "Use another id."
        case .unknownTrade: "Send its trade.opened first."
        case .unknownSubject: "Send the event that begins it first."
        case .tradeVoided: "Open another trade."
        case .tradeClosed: "Open another trade; late costs are trade.adjusted."
        case .subjectEnded: "Begin another subject with an id of its own."
        case .amountNotPositive: "Send what was traded, as a positive amount; side gives the direction."
        case .priceNotPositive: "Send the price; a close at 0 has the reason expired or written_off."
        case .timeBeforeOpen: "Correct occurred_at; it is never before that of the open."
        case .amountExceedsOpen: "Correct the amount, or send the missing trade.increased first."
        case .dustMismatch: "Close the whole open amount, or name what is written off in dust."
        case .halted: "Wait until the halt is lifted, or send a reduce_only order."
        case .diskFull: "Make room; the ledger accepts events again at once. Reductions and closes have reserved space."
        case .ledgerBehindDatabase:
            "Stop the programs that use the ledger, move its directory aside, and run "
                + "`tradeledger restore --from-database`."
        }
    }
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

    /// A line is too long for an event.
    package static func tooLarge(lineByteCount: Int) -> Rejection {
        Rejection(
            .eventTooLarge,
            "The line has \(lineByteCount) bytes, but an event has at most \(Limits.eventLineByteCountMax)."
        )
    }
}

/// The bounds of what the ledger accepts, so that PostgreSQL can hold all of it.
///
/// Each is public: see the contract.
public enum Limits {
    /// An event as a line of JSON, in bytes; a body is always shorter than its line.
    public static let eventLineByteCountMax = 1 << 20
    /// An event as a line of JSON with the ledger's own fields, as `events` prints it, in bytes.
    ///
    /// Such a line is longer than the one that was sent: by those fields, by an event id, by a correlation id and an
    /// actor that a service filled in, and by texts, decimals and times in their full length, which come to less than
    /// 32 KiB.
    public static let printedLineByteCountMax = eventLineByteCountMax + (64 << 10)
    /// Identifiers, symbols, currencies, names of strategies and the like, in bytes of UTF-8.
    public static let identifierByteCountMax = 128
    /// The scope of a halt, in bytes of UTF-8.
    public static let scopeByteCountMax = 160
    /// `reason` and `actor`, in bytes of UTF-8.
    public static let remarkByteCountMax = 1024
    /// Objects and arrays of JSON within each other; the event itself is the first.
    public static let jsonNestingMax = 64
}
