import Synchronization

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
    public var family: EventFamily {
        EventVocabulary.shared.families[EventVocabulary.shared.familyIndexes[Int(rawValue)]]
    }

    /// What such an event is about: the field that holds the id of its subject; nil where it is about nothing.
    public var subject: Field? { traits.subject }

    /// How many bytes the id of the subject can have: at least one, and none where it is about nothing.
    public var subjectByteCounts: ClosedRange<Int> { traits.subjectByteCounts }

    /// Whether such an event is about a trade.
    public var isAboutTrade: Bool { subject == .tradeID }

    /// Whether such an event begins or ends a halt.
    public var isAboutScope: Bool { traits.isAboutScope }

    /// Whether a producer may send it; other types are written by `tradeledger repair`.
    public var isSentByProducers: Bool { traits.isSentByProducers }

    /// Where such an event stands in the life of its subject.
    public var role: TypeDeclaration.Role { traits.role }

    /// Whether such an event is recorded whatever came before it about its subject.
    public var isAlwaysRecorded: Bool { traits.isAlwaysRecorded }

    /// Whether the ledger holds the subject of such an event in memory while it is open.
    public var isHeldOpen: Bool { traits.isHeldOpen }

    /// Whether such an event increases risk: a halt refuses such an intent.
    public var increasesRisk: Bool { traits.increasesRisk }

    /// Whether such an event may take the space that is reserved for a full disk: it reduces risk, or says what became
    /// of a trade or an order.
    public var usesReserve: Bool { traits.usesReserve }

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

    /// What holds for the fields beyond their kinds.
    public var rules: FieldRules { declaration.rules }

    /// `requiredFields` as a set.
    var requiredSet: FieldSet { traits.required }

    /// What is asked about the type; kept by callers that ask more than once.
    var traits: TypeTraits { EventVocabulary.shared.traits[Int(rawValue)] }

    private var declaration: TypeDeclaration {
        guard let declaration = EventVocabulary.shared.typeDeclarations[Int(rawValue)] else {
            preconditionFailure("no family declares type \(rawValue)")
        }
        return declaration
    }
}

extension Rejection {
    /// A type of event that is not for producers.
    package static func reservedType(_ type: EventType) -> Rejection {
        Rejection(.invalidField, "\"type\" is \(type.name), which only `tradeledger repair` writes.")
    }
}

/// Every family that this program knows, with tables for lookups by number and by name.
///
/// Adding a family means adding a file like `TradeFamily.swift` and naming the family in `shared`.
struct EventVocabulary: Sendable {
    /// The families of this program, fixed when the first event is read or written.
    static let shared = EventVocabulary(
        [.trade, .order, .decision, .prediction, .account, .price, .strategy, .risk, .alert, .ledger]
            + additional.withLock { additional in
                additional.isFixed = true
                return additional.families
            }
    )

    let families: [EventFamily]
    /// The declared fields and types, ascending.
    let fields: [Field]
    let types: [EventType]
    fileprivate let typesByName: NameTable<EventType>
    /// By the numbers of fields, of which 127 is the highest.
    private let fieldDeclarations: [FieldDeclaration?]
    let kinds: [Field.Kind]
    let fieldTraits: [FieldTraits]
    /// By the numbers of types.
    fileprivate let typeDeclarations: [TypeDeclaration?]
    fileprivate let familyIndexes: [Int]
    fileprivate let traits: [TypeTraits]

    fileprivate static let additional = Mutex((families: [EventFamily](), isFixed: false))

    init(_ families: [EventFamily]) {
        self.families = families
        var fieldDeclarations = [FieldDeclaration?](repeating: nil, count: 128)
        for declaration in Envelope.declarations + families.flatMap(\.fields) {
            let number = Int(declaration.field.number)
            precondition(number > 0 && fieldDeclarations[number] == nil, "\(declaration.name) has a number of its own")
            fieldDeclarations[number] = declaration
        }
        self.fieldDeclarations = fieldDeclarations
        // No field of a body has a number without a declaration.
        kinds = fieldDeclarations.map { $0?.kind ?? .object }
        fieldTraits = kinds.map { FieldTraits($0) }
        fields = fieldDeclarations.compactMap { $0?.field }
        precondition(Set(fieldDeclarations.compactMap { $0?.name }).count == fields.count, "names of fields are unique")

        let detailFields = Set(fieldDeclarations.compactMap { $0 }.filter { !$0.hasColumn }.map(\.field))
        var typeDeclarations = [TypeDeclaration?](repeating: nil, count: 256)
        var familyIndexes = [Int](repeating: 0, count: 256)
        var traits = [TypeTraits](repeating: TypeTraits(), count: 256)
        for (index, family) in families.enumerated() {
            precondition(family.subject != nil || !family.isSentByProducers, "producers send events about something")
            let subjectKind = family.subject.flatMap { fieldDeclarations[Int($0.number)]?.kind }
            precondition(
                family.subject == nil || subjectKind?.form == .text && subjectKind?.byteCounts.upperBound ?? 0 < 256,
                "the subject of \(family.name) has a text of at most 255 bytes as its id"
            )
            for declaration in family.types {
                let number = Int(declaration.type.rawValue)
                precondition(typeDeclarations[number] == nil, "\(declaration.name) has a number of its own")
                precondition(declaration.name.hasPrefix("\(family.name)."), "\(declaration.name) names its family")
                typeDeclarations[number] = declaration
                familyIndexes[number] = index
                traits[number] = TypeTraits(declaration, family, subjectKind: subjectKind, detailFields: detailFields)
            }
        }
        self.typeDeclarations = typeDeclarations
        self.familyIndexes = familyIndexes
        self.traits = traits
        types = typeDeclarations.compactMap { $0?.type }
        typesByName = NameTable(typeDeclarations.compactMap { $0 }.map { (name: $0.name, value: $0.type) })
    }

    func declaration(of field: Field) -> FieldDeclaration {
        guard let declaration = fieldDeclarations[Int(field.number)] else {
            preconditionFailure("no family declares field \(field.number)")
        }
        return declaration
    }
}

/// What is asked about the type of every event, without a count of references.
///
/// The defaults are those of a number that no family declares.
struct TypeTraits: Sendable {
    private(set) var isDeclared = false
    private(set) var subject: Field?
    private(set) var subjectByteCounts = 0...0
    private(set) var isAboutScope = false
    private(set) var role = TypeDeclaration.Role.stands
    private(set) var isSentByProducers = false
    private(set) var isAlwaysRecorded = false
    private(set) var isHeldOpen = false
    private(set) var increasesRisk = false
    private(set) var usesReserve = false
    private(set) var hasFormRules = false
    private(set) var isRecognisedByBody = false
    private(set) var hasDetails = false
    private(set) var required = FieldSet()
    private(set) var allowed = FieldSet()
}

extension TypeTraits {
    /// `subjectKind` is the kind of the family's subject, and `detailFields` are the fields without a column.
    init(_ declaration: TypeDeclaration, _ family: EventFamily, subjectKind: Field.Kind?, detailFields: Set<Field>) {
        isDeclared = true
        subject = family.subject
        if let byteCounts = subjectKind?.byteCounts {
            subjectByteCounts = max(1, byteCounts.lowerBound)...byteCounts.upperBound
        }
        isAboutScope = subjectKind == .scope
        role = declaration.role
        isSentByProducers = family.isSentByProducers
        isAlwaysRecorded = family.recordsEveryFact && declaration.role != .begins
        isHeldOpen = family.holdsOpenSubjects
        increasesRisk = declaration.increasesRisk
        usesReserve = declaration.usesReserve
        hasFormRules = declaration.rules.concernForm
        isRecognisedByBody = declaration.isRecognisedByBody
        hasDetails = (declaration.required + declaration.optional).contains { detailFields.contains($0) }
        required = FieldSet(declaration.required)
        allowed = FieldSet(declaration.required + declaration.optional)
    }
}

extension EventFamily {
    /// Every family that this program knows.
    public static var all: [EventFamily] { EventVocabulary.shared.families }

    /// Makes this program know a family of its own; called before the first event is read or written.
    ///
    /// Traps after that, and where a number or a name is taken.
    package func register() {
        EventVocabulary.additional.withLock { additional in
            precondition(!additional.isFixed, "a family is added before the first event is read or written")
            additional.families.append(self)
        }
    }
}
