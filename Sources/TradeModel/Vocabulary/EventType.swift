/// What happened, by the type's number.
///
/// The number is that of the binary encoding and never changes. `EventVocabulary` has the declaration of each.
public struct EventType: RawRepresentable, Hashable, Sendable {
    /// The number in the binary encoding.
    public let rawValue: UInt8

    /// The type of a number, or nil where no family declares it.
    @inline(__always)
    public init?(rawValue: UInt8) {
        self.rawValue = rawValue
        guard traits.isDeclared else { return nil }
    }

    /// The type of a number that a `TypeDeclaration` gives it.
    package init(number: UInt8) {
        rawValue = number
    }

    /// Every type, ascending.
    public static var all: [EventType] { EventVocabulary.shared.types }

    /// The types that a producer may send.
    public static var sentByProducers: [EventType] { all.filter(\.isSentByProducers) }

    /// The type of that name, or nil where there is none.
    public init?(name: String) {
        let bytes = Array(name.utf8)
        self.init(name: bytes.span)
    }

    /// The type of that name in UTF-8, or nil where there is none.
    init?(name: Span<UInt8>) {
        guard let type = EventVocabulary.shared.typesByName[name] else { return nil }
        self = type
    }

    /// The name in JSON and SQL, such as `trade.opened`.
    public var name: String { declaration.name }

    /// What such an event says.
    public var meaning: String { declaration.meaning }

    /// The family that declares the type.
    public var family: EventFamily { EventVocabulary.shared.family(of: self) }

    /// What such an event is about: the field that holds the id of its subject; nil where it is about nothing.
    public var subject: Field? { traits.subject }

    /// How many bytes the id of the subject can have: at least one, and none where it is about nothing.
    public var subjectByteCounts: ClosedRange<Int> { traits.subjectByteCounts }

    /// Whether such an event is about a trade.
    public var isAboutTrade: Bool { subject == .tradeID }

    /// Whether a producer may send it; other types are written by `tradeledger repair`.
    public var isSentByProducers: Bool { traits.isSentByProducers }

    /// Where such an event stands in the life of its subject.
    public var role: TypeDeclaration.Role { traits.role }

    /// Whether such an event increases risk, so that it can be refused while space is reserved for events that end
    /// trades.
    public var entersPosition: Bool { traits.entersPosition }

    /// Whether an event without an id of its own repeats the one on record that has the same body.
    public var isRecognisedByBody: Bool { traits.isRecognisedByBody }

    /// The fields that an event of this type must have, beside those that every event has.
    public var requiredFields: [Field] { declaration.required }

    /// The fields that an event of this type may have, ascending.
    public var optionalFields: [Field] { declaration.optional }

    /// Whether an event of this type can have a field without a column of its own in `ledger.trade_events`.
    var hasDetails: Bool { traits.hasDetails }

    /// Whether an event of this type can have the field at all.
    public func allows(_ field: Field) -> Bool { allowedSet.contains(field) }

    /// The fields that an event of this type can have, as a set.
    var allowedSet: FieldSet { traits.allowed }

    /// `requiredFields` as a set.
    var requiredSet: FieldSet { traits.required }

    private var traits: TypeTraits { EventVocabulary.shared.traits(of: self) }
    private var declaration: TypeDeclaration { EventVocabulary.shared.declaration(of: self) }
}

extension Rejection {
    /// A type of event that is not for producers.
    package static func reservedType(_ type: EventType) -> Rejection {
        Rejection(.invalidField, "\"type\" is \(type.name), which only `tradeledger repair` writes.")
    }
}
