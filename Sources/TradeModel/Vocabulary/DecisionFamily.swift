extension EventFamily {
    /// What a strategy, an agent or a person decided, before it became an order or a trade, or came to nothing.
    static let decision = EventFamily(
        "decision",
        "What a strategy, an agent or a person decided, also if it was to do nothing. Orders and trades name their "
            + "decision by decision_id.",
        subject: .decisionID,
        foldRules: [
            "`trades` counts the trades of which any event names the decision, without voided ones, and `net_pnl` is "
                + "the sum of what these trades have realized so far. A trade that names the decision before it is on "
                + "record counts too.",
            "`net_pnl` is NULL where there are no trades, or where they are in several quote currencies.",
            "`reason` and `actor` are those of the veto where it gives them, else those of the decision. `context` is "
                + "that of decision.made.",
            "The ledger records a decision whose `trade_id` or `symbol` contradicts the trades that name it; "
                + "`tradeledger trade` shows both.",
            "A veto that repeats the one on record is a duplicate, even without `event_id`.",
        ],
        fields: decisionFields,
        types: [
            TypeDeclaration(
                .decisionMade,
                "decision.made",
                "A decision was made. Votes and signals go into context.",
                .begins,
                required: [.action],
                optional: [.symbol, .strategy, .confidence, .tradeID] + Envelope.remark,
                usesReserve: false
            ),
            TypeDeclaration(
                .decisionVetoed,
                "decision.vetoed",
                "The decision must not be carried out. No event follows.",
                .ends,
                optional: Envelope.remark,
                usesReserve: false,
                isRecognisedByBody: true
            ),
        ]
    )

    private static let decisionFields: [FieldDeclaration] = [
        FieldDeclaration(
            .action,
            "action",
            .identifier,
            "What was decided: buy, sell, hold, close, or another word of the producer.",
            example: "buy"
        ),
        FieldDeclaration(
            .confidence,
            "confidence",
            .decimal,
            "How sure the producer was, usually from 0 to 1; any decimal is recorded.",
            example: "0.82"
        ),
    ]
}

extension EventType {
    /// A decision was made.
    public static var decisionMade: EventType { EventType(number: 50) }
    /// A decision must not be carried out.
    public static var decisionVetoed: EventType { EventType(number: 51) }
}

extension Field {
    /// What was decided.
    public static var action: Field { Field(number: 34) }
    /// How sure the producer was.
    public static var confidence: Field { Field(number: 35) }
}
