/// A family of events: what can happen to one kind of subject.
///
/// A family is declared in one file. The decoder, the encoder, the binary body and its check, the rows of
/// `ledger.trade_events`, and the generated files (`tools/generate`) follow from the declaration.
public struct EventFamily: Sendable {
    /// The part of a type's name before the dot.
    public let name: String
    /// What its events tell.
    public let meaning: String
    /// The field that holds the id of the subject; nil where its events are about nothing.
    public let subject: Field?
    /// Whether producers may send its events.
    public let isSentByProducers: Bool
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
        fields: [FieldDeclaration] = [],
        types: [TypeDeclaration]
    ) {
        self.name = name
        self.meaning = meaning
        self.subject = subject
        self.isSentByProducers = isSentByProducers
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
    let entersPosition: Bool
    let isRecognisedByBody: Bool

    /// Declares a type.
    ///
    /// `required` and `optional` are the fields that such an event must and may have, besides those of every event
    /// (`Envelope`). An event that begins a subject is recognised by its body when it is sent again without an id.
    package init(
        _ type: EventType,
        _ name: String,
        _ meaning: String,
        _ role: Role,
        required: [Field] = [],
        optional: [Field] = [],
        entersPosition: Bool = false,
        isRecognisedByBody: Bool? = nil
    ) {
        self.type = type
        self.name = name
        self.meaning = meaning
        self.role = role
        self.required = required
        self.optional = (optional + Envelope.fields).filter { !required.contains($0) }.sorted { $0.number < $1.number }
        self.entersPosition = entersPosition
        self.isRecognisedByBody = isRecognisedByBody ?? (role == .begins)
    }
}
