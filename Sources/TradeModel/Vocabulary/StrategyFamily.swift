extension EventFamily {
    /// Which strategies run, in which version, with which parameters.
    static let strategy = EventFamily(
        "strategy",
        "Which strategies run, in which version, with which parameters.",
        subject: .strategy,
        foldRules: [
            "One row per strategy has its last registration; earlier ones are in the events. A strategy that was "
                + "retired is active again once it is registered again.",
            "`parameters` is the context of that registration.",
        ],
        fields: strategyFields,
        types: [
            TypeDeclaration(
                .strategyRegistered,
                "strategy.registered",
                "A strategy begins to run, or runs in another version from now on. Its parameters go into context.",
                .stands,
                optional: [.strategyVersion, .parametersHash] + Envelope.remark,
                usesReserve: false
            ),
            TypeDeclaration(
                .strategyRetired,
                "strategy.retired",
                "A strategy stops running.",
                .stands,
                optional: [.strategyVersion, .parametersHash] + Envelope.remark,
                usesReserve: false
            ),
        ]
    )

    private static let strategyFields: [FieldDeclaration] = [
        FieldDeclaration(
            .strategyVersion,
            "strategy_version",
            .identifier,
            "The version of the strategy.",
            example: "1.4.0"
        ),
        FieldDeclaration(
            .parametersHash,
            "parameters_hash",
            .identifier,
            "The hash of the parameters with which it runs.",
            example: "sha256:1d2e"
        ),
    ]
}

extension EventType {
    /// A strategy begins to run, or runs in another version.
    public static var strategyRegistered: EventType { EventType(number: 70) }
    /// A strategy runs no more.
    public static var strategyRetired: EventType { EventType(number: 71) }
}

extension Field {
    /// The version of the strategy.
    public static var strategyVersion: Field { Field(number: 47) }
    /// The hash of the parameters with which it runs.
    public static var parametersHash: Field { Field(number: 48) }
}
