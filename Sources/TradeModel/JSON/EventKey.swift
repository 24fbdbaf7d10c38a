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

    /// The field of that name in the object of a fee, or nil where a fee has none of that name.
    static func feePart(name: Span<UInt8>) -> Field? {
        for (candidate, field) in feeParts where name.holds(candidate) { return field }
        return nil
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
}

/// The keys of events by their names.
struct EventKeyTable {
    private struct Entry {
        let name: String
        /// The first 8 bytes of the name as a number: most names are found by comparing numbers.
        let head: UInt64
        let key: EventKey
    }

    /// By the length of the name, of which at most five share one.
    private let entries: [Entry]
    /// For each length, where the entries of longer names begin.
    private let ends: [Int]

    /// Made once.
    ///
    /// Who looks up many names keeps it meanwhile: to ask whether it was made costs as much as to look one up.
    static let all = EventKeyTable()

    private init() {
        let names = EventKey.names.sorted { $0.name.utf8.count < $1.name.utf8.count }
        entries = names.map { Entry(name: $0.name, head: Array($0.name.utf8).span.head, key: $0.key) }
        let byteCountMax = names.last?.name.utf8.count ?? 0
        ends = (0...byteCountMax).map { byteCount in names.count { $0.name.utf8.count <= byteCount } }
    }

    /// The key of that name, or nil where an event has none of that name.
    func key(name: Span<UInt8>) -> EventKey? {
        guard name.count > 0, name.count < ends.count else { return nil }
        let head = name.head
        for index in ends[name.count - 1]..<ends[name.count] where entries[index].head == head {
            if name.count <= 8 || name.holds(entries[index].name) { return entries[index].key }
        }
        return nil
    }
}

extension Span<UInt8> {
    /// The first 8 bytes as a number, with zeros where there are fewer.
    fileprivate var head: UInt64 { littleEndian(at: 0, byteCount: Swift.min(count, 8)) }
}
