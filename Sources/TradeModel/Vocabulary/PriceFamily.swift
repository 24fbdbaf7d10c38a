extension EventFamily {
    /// Prices that figures rely on.
    static let price = EventFamily(
        "price",
        "Prices that figures rely on, such as the close of each day: marks of positions, and exchange rates.",
        subject: .symbol,
        foldRules: [
            "The last price that was recorded counts, whatever its `occurred_at`.",
            "All sums of a portfolio are taken at the last rates, also those of capital that came in earlier.",
            "A position in an inverse contract has no unrealized P&L.",
        ],
        types: [
            TypeDeclaration(
                .priceObserved,
                "price.observed",
                "A price that was seen; until the next one it is the mark of the symbol.",
                .stands,
                required: [.price],
                optional: Envelope.remark,
                rules: FieldRules(positivePrices: [.price]),
                usesReserve: false
            )
        ]
    )
}

extension EventType {
    /// A price was seen.
    public static var priceObserved: EventType { EventType(number: 30) }
}
