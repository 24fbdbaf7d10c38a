/// What happened to a trade.
///
/// The raw value is the type's number in the binary encoding and never changes.
///
/// Adding a type means adding a case here, with its name and its fields; the JSON, binary and SQL forms follow from
/// these tables, and the compiler then points at `Trade`, which must say what the type does to a trade.
public enum EventType: UInt8, CaseIterable, Sendable {
    case opened = 1
    case increased = 2
    case reduced = 3
    case closed = 4
    case adjusted = 5
    case annotated = 6
    case voided = 7
    case lost = 8

    /// What such an event says.
    public var meaning: String {
        switch self {
        case .opened: "A position was entered: the first event of a trade, exactly once."
        case .increased: "More was added to a position."
        case .reduced: "Part of a position was taken out, possibly all of it."
        case .closed: "The position ended; there is no reopening."
        case .adjusted: "Money was paid or received for the trade outside of fills: funding, interest, late fees."
        case .annotated: "A remark; it changes no figure."
        case .voided: "The trade never counted. No event follows."
        case .lost: "The event in this place was given up as damaged: its contents are unknown. It is about no trade."
        }
    }

    /// Whether a producer may send it; other types are written by `tradeledger repair`.
    public var isSentByProducers: Bool { self != .lost }

    /// The types that a producer may send.
    public static let sentByProducers = allCases.filter(\.isSentByProducers)

    /// The name in JSON and SQL, such as `trade.opened`.
    public var name: String {
        switch self {
        case .opened: "trade.opened"
        case .increased: "trade.increased"
        case .reduced: "trade.reduced"
        case .closed: "trade.closed"
        case .adjusted: "trade.adjusted"
        case .annotated: "trade.annotated"
        case .voided: "trade.voided"
        case .lost: "ledger.lost"
        }
    }

    /// Whether such an event increases risk, so that it can be refused while space is reserved for events that end
    /// trades.
    public var entersPosition: Bool {
        switch self {
        case .opened, .increased: true
        case .reduced, .closed, .adjusted, .annotated, .voided, .lost: false
        }
    }

    /// The type of that name, or nil where there is none.
    public init?(name: String) {
        let bytes = Array(name.utf8)
        self.init(name: bytes.span)
    }

    /// The type of that name in UTF-8, or nil where there is none.
    init?(name: Span<UInt8>) {
        guard let type = Self.byName[name] else { return nil }
        self = type
    }

    private static let byName = NameTable(allCases.map { (name: $0.name, value: $0) })

    /// The fields that an event of this type must have, beside those that every event has.
    public var requiredFields: [Field] {
        switch self {
        case .opened: [.symbol, .side, .orderType, .amount, .price]
        case .increased, .reduced: [.amount, .price]
        case .closed: [.price]
        case .adjusted: [.kind, .cost]
        case .annotated, .voided: []
        case .lost: Self.remark
        }
    }

    /// The fields that an event of this type may have.
    public var optionalFields: [Field] {
        switch self {
        case .opened: Self.fill + Self.always + [.quote, .strategy, .account, .venue]
        case .increased: Self.fill + Self.always
        case .reduced: Self.fill + Self.always + Self.remark
        case .closed: Self.fill + Self.always + Self.remark + [.amount, .dust]
        case .adjusted, .annotated, .voided: Self.always + Self.remark
        case .lost: Self.always
        }
    }

    /// Whether an event of this type can have the field at all.
    public func allows(_ field: Field) -> Bool { allowedSet.contains(field) }

    /// The fields that an event of this type can have, as a set.
    var allowedSet: FieldSet { Self.allowedSets[Int(rawValue)] }

    /// `requiredFields` as a set.
    var requiredSet: FieldSet { Self.requiredSets[Int(rawValue)] }

    private static let requiredSets = sets { $0.requiredFields }
    private static let allowedSets = sets { $0.requiredFields + $0.optionalFields }

    /// A set for each type, by raw values.
    private static func sets(of fields: (EventType) -> [Field]) -> [FieldSet] {
        let rawValueMax = allCases.map(\.rawValue).max() ?? 0
        return (0...rawValueMax).map { rawValue in EventType(rawValue: rawValue).map { FieldSet(fields($0)) } ?? [] }
    }

    private static let always: [Field] = [.correlationID, .context]
    private static let fill: [Field] = [.feeCost, .feeCurrency, .feeQuoteCost, .exchangeOrderID, .fillID]
    private static let remark: [Field] = [.reason, .actor]
}

extension Rejection {
    /// A type of event that is not for producers.
    package static func reservedType(_ type: EventType) -> Rejection {
        Rejection(.invalidField, "\"type\" is \(type.name), which only `tradeledger repair` writes.")
    }
}
