extension EventFamily {
    /// Prices that figures rely on.
    static let price = EventFamily(
        "price",
        "Prices that figures rely on, such as the close of each day: marks of positions, and exchange rates.",
        subject: .symbol,
        types: [
            TypeDeclaration(
                .priceObserved,
                "price.observed",
                "A price that was seen; until the next one it is the mark of the symbol.",
                .stands,
                required: [.price],
                optional: Envelope.remark,
                rules: FieldRules(positivePrices: [.price])
            )
        ]
    )
}

extension EventType {
    /// A price was seen.
    public static var priceObserved: EventType { EventType(number: 30) }
}
