extension EventFamily {
    /// Problems that a person must look at, and who has acknowledged them.
    static let alert = EventFamily(
        "alert",
        "Problems that a person must look at, and who has acknowledged them.",
        subject: .alertID,
        foldRules: [
            "`status` is resolved, acknowledged or raised. `acknowledged_at` and `acknowledged_by` are those of the "
                + "first acknowledgement.",
            "An acknowledgement or a resolution that repeats one on record is a duplicate, even without `event_id`.",
        ],
        fields: alertFields,
        types: [
            TypeDeclaration(
                .alertRaised,
                "alert.raised",
                "Something needs the attention of a person.",
                .begins,
                required: [.severity, .title],
                optional: [.category, .symbol, .orderID, .strategy] + Envelope.remark,
                usesReserve: false
            ),
            TypeDeclaration(
                .alertAcknowledged,
                "alert.acknowledged",
                "The actor has seen the alert.",
                .continues,
                optional: Envelope.remark,
                usesReserve: false,
                isRecognisedByBody: true
            ),
            TypeDeclaration(
                .alertResolved,
                "alert.resolved",
                "What caused the alert is over. No event follows.",
                .ends,
                optional: Envelope.remark,
                usesReserve: false,
                isRecognisedByBody: true
            ),
        ]
    )

    private static let alertFields: [FieldDeclaration] = [
        FieldDeclaration(.alertID, "alert_id", .subject, "The alert; unique in the ledger.", example: "a-12"),
        FieldDeclaration(
            .severity,
            "severity",
            .choice(["info", "warning", "error", "critical"]),
            "How bad it is.",
            example: "warning"
        ),
        FieldDeclaration(
            .title,
            "title",
            .remark,
            "What happened, in one line.",
            example: "no price for BTC/USDT since 10:00"
        ),
        FieldDeclaration(.category, "category", .identifier, "The kind of alert.", example: "data"),
    ]
}

extension EventType {
    /// Something needs a person.
    public static var alertRaised: EventType { EventType(number: 80) }
    /// Somebody has seen the alert.
    public static var alertAcknowledged: EventType { EventType(number: 81) }
    /// What caused the alert is over.
    public static var alertResolved: EventType { EventType(number: 82) }
}

extension Field {
    /// The alert.
    public static var alertID: Field { Field(number: 49) }
    /// How bad it is.
    public static var severity: Field { Field(number: 50) }
    /// What happened, in one line.
    public static var title: Field { Field(number: 51) }
    /// The kind of alert.
    public static var category: Field { Field(number: 52) }
}
