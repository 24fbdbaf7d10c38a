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
