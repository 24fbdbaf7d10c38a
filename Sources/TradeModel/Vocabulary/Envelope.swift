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
