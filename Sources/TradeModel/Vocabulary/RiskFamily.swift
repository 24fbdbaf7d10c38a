extension EventFamily {
    /// Halts, which refuse intents until they are lifted.
    static let risk = EventFamily(
        "risk",
        "Halts. While one is in force, every order.submitted that its scope covers is rejected, unless it is "
            + "reduce_only. What has happened is never refused.",
        subject: .scope,
        foldRules: [
            "A halt of a scope that is halted, and a resumption of one that is not, change nothing.",
            "The order of the log decides which events a halt covers, whatever their `occurred_at`.",
        ],
        fields: [
            FieldDeclaration(
                .scope,
                "scope",
                .scope,
                "What a halt covers: \(Scope.expected).",
                example: "strategy:trend"
            )
        ],
        types: [
            TypeDeclaration(
                .riskHalted,
                "risk.halted",
                "A halt begins; one of a scope that is halted changes nothing.",
                .stands,
                optional: Envelope.remark
            ),
            TypeDeclaration(
                .riskResumed,
                "risk.resumed",
                "The halt of the scope ends; halts of other scopes stay in force.",
                .stands,
                optional: Envelope.remark
            ),
        ]
    )
}

extension EventType {
    /// A halt begins.
    public static var riskHalted: EventType { EventType(number: 40) }
    /// A halt ends.
    public static var riskResumed: EventType { EventType(number: 41) }
}

extension Field {
    /// What a halt covers.
    public static var scope: Field { Field(number: 33) }
}
