import Synchronization

/// Every family that this program knows, with tables for lookups by number and by name.
///
/// Adding a family means adding a file like `TradeFamily.swift` and naming the family in `shared`.
struct EventVocabulary: Sendable {
    /// The families of this program, fixed when the first event is read or written.
    static let shared = EventVocabulary(
        [.trade, .ledger]
            + additional.withLock { additional in
                additional.isFixed = true
                return additional.families
            }
    )

    let families: [EventFamily]
    /// The declared fields and types, ascending.
    let fields: [Field]
    let types: [EventType]
    let typesByName: NameTable<EventType>
    /// By the numbers of fields, of which 127 is the highest.
    private let fieldDeclarations: [FieldDeclaration?]
    private let kinds: [Field.Kind]
    /// By the numbers of types.
    private let typeDeclarations: [TypeDeclaration?]
    private let familyIndexes: [Int]
    private let traits: [TypeTraits]

    private static let additional = Mutex((families: [EventFamily](), isFixed: false))

    /// Adds a family of the program's own, before the first event is read or written.
    ///
    /// Traps after that, and where a number or a name is taken.
    static func add(_ family: EventFamily) {
        additional.withLock { additional in
            precondition(!additional.isFixed, "a family is added before the first event is read or written")
            additional.families.append(family)
        }
    }

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
                traits[number] = TypeTraits(
                    declaration,
                    family,
                    subjectKind: subjectKind,
                    detailFields: detailFields
                )
            }
        }
        self.typeDeclarations = typeDeclarations
        self.familyIndexes = familyIndexes
        self.traits = traits
        types = typeDeclarations.compactMap { $0?.type }
        typesByName = NameTable(typeDeclarations.compactMap { $0 }.map { (name: $0.name, value: $0.type) })
    }

    func declaration(of type: EventType) -> TypeDeclaration {
        guard let declaration = typeDeclarations[Int(type.rawValue)] else {
            preconditionFailure("no family declares type \(type.rawValue)")
        }
        return declaration
    }

    func family(of type: EventType) -> EventFamily { families[familyIndexes[Int(type.rawValue)]] }

    func traits(of type: EventType) -> TypeTraits { traits[Int(type.rawValue)] }

    func declaration(of field: Field) -> FieldDeclaration {
        guard let declaration = fieldDeclarations[Int(field.number)] else {
            preconditionFailure("no family declares field \(field.number)")
        }
        return declaration
    }

    func kind(of field: Field) -> Field.Kind { kinds[Int(field.number)] }
}

/// What is asked about the type of every event, without a count of references.
struct TypeTraits: Sendable {
    let isDeclared: Bool
    let subject: Field?
    let subjectByteCounts: ClosedRange<Int>
    let role: TypeDeclaration.Role
    let isSentByProducers: Bool
    let entersPosition: Bool
    let isRecognisedByBody: Bool
    /// Whether it can have a field without a column of its own.
    let hasDetails: Bool
    let required: FieldSet
    let allowed: FieldSet

    /// The traits of a number that no family declares.
    init() {
        isDeclared = false
        subject = nil
        subjectByteCounts = 0...0
        role = .stands
        (isSentByProducers, entersPosition, isRecognisedByBody, hasDetails) = (false, false, false, false)
        (required, allowed) = (FieldSet(), FieldSet())
    }

    /// `subjectKind` is the kind of the family's subject, and `detailFields` are the fields without a column.
    init(
        _ declaration: TypeDeclaration,
        _ family: EventFamily,
        subjectKind: Field.Kind?,
        detailFields: Set<Field>
    ) {
        isDeclared = true
        subject = family.subject
        subjectByteCounts = subjectKind.map { max(1, $0.byteCounts.lowerBound)...$0.byteCounts.upperBound } ?? 0...0
        role = declaration.role
        isSentByProducers = family.isSentByProducers
        entersPosition = declaration.entersPosition
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
    package func register() { EventVocabulary.add(self) }
}
