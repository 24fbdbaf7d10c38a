/// A name that an event has in JSON.
enum EventKey: Hashable {
    case type
    case eventID
    case occurredAt
    /// The fee, whole: a decimal, or an object of the three fields that a fee has.
    case fee
    /// A field, which for some types is that of the subject.
    case field(Field)
    /// The ledger's own fields: accepted so that output can be input, and ignored.
    case assigned

    /// A name that the object of a fee has.
    enum FeePart {
        case field(Field)
        /// The rate by which a venue computed the fee, as ccxt sends it: accepted and ignored.
        case rate
    }

    /// The part of that name in the object of a fee, or nil where a fee has none of that name.
    static func feePart(name: Span<UInt8>) -> FeePart? {
        for (candidate, field) in Field.feeParts where name.holds(candidate) { return .field(field) }
        return name.holds("rate") ? .rate : nil
    }

    /// The keys by every name that an event can have.
    ///
    /// Callers with many lookups keep the table: checking whether it is initialised costs as much as a lookup.
    static let byName: NameTable<EventKey> = {
        let own: [(String, EventKey)] = [
            ("sequence", .assigned), ("recorded_at", .assigned), ("ledger_id", .assigned), ("event_id", .eventID),
            ("type", .type), ("occurred_at", .occurredAt), ("fee", .fee),
        ]
        return NameTable(own + Field.all.filter { !$0.isPartOfFee }.map { ($0.name, .field($0)) })
    }()
}
