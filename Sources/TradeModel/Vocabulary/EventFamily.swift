/// A family of events: what can happen to one kind of subject.
///
/// A family is declared in one file. The decoder, the encoder, the binary body and its check, the rows of
/// `ledger.trade_events`, and the generated files (`tools/generate`) follow from the declaration.
public struct EventFamily: Sendable {
    /// The part of a type's name before the dot.
    public let name: String
    /// What its events tell.
    public let meaning: String
    /// How its events are folded, where their types do not say it: sentences for docs/events.md.
    public let foldRules: [String]
    /// The field that holds the id of the subject; nil where its events are about nothing.
    public let subject: Field?
    /// Whether producers may send its events.
    public let isSentByProducers: Bool
    /// Whether the ledger records every event that does not begin a subject, whatever came before: it refuses no fact.
    let recordsEveryFact: Bool
    /// Whether the ledger holds a subject in memory from its first event to its end, so that the events between need no
    /// look at the disk.
    let holdsOpenSubjects: Bool
    /// The fields that it is the first to have.
    let fields: [FieldDeclaration]
    let types: [TypeDeclaration]

    /// Declares a family.
    ///
    /// `fields` are those that no other family declares; its types can also have the fields of others.
    package init(
        _ name: String,
        _ meaning: String,
        subject: Field?,
        isSentByProducers: Bool = true,
        recordsEveryFact: Bool = false,
        holdsOpenSubjects: Bool = false,
        foldRules: [String] = [],
        fields: [FieldDeclaration] = [],
        types: [TypeDeclaration]
    ) {
        self.name = name
        self.meaning = meaning
        self.subject = subject
        self.isSentByProducers = isSentByProducers
        self.recordsEveryFact = recordsEveryFact
        self.holdsOpenSubjects = holdsOpenSubjects
        self.foldRules = foldRules
        self.fields = fields
        self.types = types
    }

    /// The types of its events, in the order of their declarations.
    public var eventTypes: [EventType] { types.map(\.type) }
}

/// What a type of event is: the one place that says it.
public struct TypeDeclaration: Sendable {
    /// Where an event stands in the life of its subject.
    public enum Role: Sendable {
        /// It begins a subject, exactly once.
        case begins
        /// It follows the beginning, and no end.
        case continues
        /// It ends the subject; nothing follows.
        case ends
        /// Its subject has no beginning and no end.
        case stands
    }

    let type: EventType
    let name: String
    let meaning: String
    let role: Role
    let required: [Field]
    let optional: [Field]
    let rules: FieldRules
    let increasesRisk: Bool
    let usesReserve: Bool
    let isRecognisedByBody: Bool

    /// Declares a type.
    ///
    /// `required` and `optional` are the fields that such an event must and may have, besides those of every event
    /// (`Envelope`); `rules` is what else holds for their values. An event that begins a subject is recognised by its
    /// body when it is sent again without an id.
    package init(
        _ type: EventType,
        _ name: String,
        _ meaning: String,
        _ role: Role,
        required: [Field] = [],
        optional: [Field] = [],
        rules: FieldRules = FieldRules(),
        increasesRisk: Bool = false,
        usesReserve: Bool = true,
        isRecognisedByBody: Bool? = nil
    ) {
        self.type = type
        self.name = name
        self.meaning = meaning
        self.role = role
        self.required = required
        self.optional = (optional + rules.exactlyOne + Envelope.fields).filter { !required.contains($0) }
            .sorted { $0.number < $1.number }
        self.rules = rules
        self.increasesRisk = increasesRisk
        self.usesReserve = usesReserve && !increasesRisk
        self.isRecognisedByBody = isRecognisedByBody ?? (role == .begins)
    }
}

extension EventFamily {
    /// What the ledger itself records.
    static let ledger = EventFamily(
        "ledger",
        "What the ledger records about itself.",
        subject: nil,
        isSentByProducers: false,
        types: [
            TypeDeclaration(
                .lost,
                "ledger.lost",
                "The event in this place was given up as damaged: its contents are unknown. It is about no trade.",
                .stands,
                required: [.reason, .actor]
            )
        ]
    )
}

extension EventType {
    /// An event that was given up as damaged.
    public static var lost: EventType { EventType(number: 8) }
}

/// The fields that events of any family may have.
enum Envelope {
    /// Those that every type has.
    static let fields: [Field] = [.correlationID, .causationID, .context]
    /// Why it was done, and by whom, for types that a person or a rule decides on.
    static let remark: [Field] = [.reason, .actor]

    static let declarations: [FieldDeclaration] = [
        FieldDeclaration(
            .correlationID,
            "correlation_id",
            .identifier,
            "The id under which other programs log the same thing.",
            example: "signal-17",
            hasColumn: true
        ),
        FieldDeclaration(.reason, "reason", .remark, "Why it was done.", example: "take_profit", hasColumn: true),
        FieldDeclaration(.actor, "actor", .remark, "Who did it.", example: "alice", hasColumn: true),
        FieldDeclaration(
            .causationID,
            "causation_id",
            .uuid,
            "The event_id of the event that led to this one; not checked.",
            example: "0190a5b4-7c3e-7d21-9f3a-5b6c7d8e9f00",
            hasColumn: true
        ),
        FieldDeclaration(
            .context,
            "context",
            .object,
            "What the producer knew at the time: a JSON object, kept byte for byte, at most 64 levels deep.",
            example: #"{"market_regime":"trending_up","bull_confidence":0.78}"#,
            hasColumn: true
        ),
    ]
}

extension Field {
    /// The id under which other programs log the same thing.
    public static var correlationID: Field { Field(number: 1) }
    /// Why it was done.
    public static var reason: Field { Field(number: 22) }
    /// Who did it.
    public static var actor: Field { Field(number: 23) }
    /// The event that led to this one.
    public static var causationID: Field { Field(number: 24) }
    /// What the producer knew at the time.
    public static var context: Field { Field(number: 127) }
}
