/// A name that an event has in JSON.
enum EventKey: Hashable {
    case type
    case tradeID
    case eventID
    case occurredAt
    /// The fee, whole: a decimal, or an object of the three fields that a fee has.
    case fee
    case field(Field)
    /// What a ledger gives to an event: accepted, so that its output is input, and ignored.
    case assigned

    /// The key of that name, or nil where an event has none of that name.
    init?(name: ArraySlice<UInt8>) {
        guard name.count < Self.byNameByteCount.count else { return nil }
        for (candidate, key) in Self.byNameByteCount[name.count] where name.elementsEqual(candidate) {
            self = key
            return
        }
        return nil
    }

    /// The field of that name in the object of a fee, or nil where a fee has none of that name.
    static func feePart(name: ArraySlice<UInt8>) -> Field? {
        feeParts.first { name.elementsEqual($0.name.utf8) }?.field
    }

    /// The parts of a fee by their names in its object.
    static let feeParts: [(name: String, field: Field)] = [
        ("cost", .feeCost), ("currency", .feeCurrency), ("quote_cost", .feeQuoteCost),
    ]

    /// Every name that an event can have.
    static let names: [(name: String, key: EventKey)] = {
        let own: [(String, EventKey)] = [
            ("sequence", .assigned), ("recorded_at", .assigned), ("ledger_id", .assigned), ("event_id", .eventID),
            ("type", .type), ("trade_id", .tradeID), ("occurred_at", .occurredAt), ("fee", .fee),
        ]
        let partsOfFee = feeParts.map(\.field)
        return own + Field.allCases.filter { !partsOfFee.contains($0) }.map { ($0.name, .field($0)) }
    }()

    /// The same, indexed by the length of the name: at most five share one, so that few bytes are compared.
    private static let byNameByteCount: [[(name: [UInt8], key: EventKey)]] = {
        let lengthMax = names.map(\.name.utf8.count).max() ?? 0
        return (0...lengthMax).map { length in
            names.filter { $0.name.utf8.count == length }.map { (Array($0.name.utf8), $0.key) }
        }
    }()
}
