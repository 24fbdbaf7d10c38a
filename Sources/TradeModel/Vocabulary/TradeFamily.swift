extension EventFamily {
    /// What happens to a trade, from its first fill to the last correction.
    ///
    /// `Trade` has the rules that say which event may follow.
    static let trade = EventFamily(
        "trade",
        "What happens to a trade, from its first fill to the last correction.",
        subject: .tradeID,
        fields: tradeFields,
        types: [
            TypeDeclaration(
                .opened,
                "trade.opened",
                "A position was entered: the first event of a trade, exactly once.",
                .begins,
                required: [.symbol, .side, .orderType, .amount, .price],
                optional: fill + [.quote, .strategy, .account, .venue, .tag],
                increasesRisk: true
            ),
            TypeDeclaration(
                .increased,
                "trade.increased",
                "More was added to a position.",
                .continues,
                required: [.amount, .price],
                optional: fill,
                increasesRisk: true
            ),
            TypeDeclaration(
                .reduced,
                "trade.reduced",
                "Part of a position was taken out, possibly all of it.",
                .continues,
                required: [.amount, .price],
                optional: fill + Envelope.remark
            ),
            TypeDeclaration(
                .closed,
                "trade.closed",
                "The position ended; there is no reopening.",
                .continues,
                required: [.price],
                optional: fill + Envelope.remark + [.amount, .dust],
                isRecognisedByBody: true
            ),
            TypeDeclaration(
                .adjusted,
                "trade.adjusted",
                "Money was paid or received for the trade outside of fills: funding, interest, late fees.",
                .continues,
                required: [.kind, .cost],
                optional: Envelope.remark,
                rules: FieldRules(choices: [.kind: ["funding", "interest", "fee", "rebate", "other"]])
            ),
            TypeDeclaration(
                .annotated,
                "trade.annotated",
                "A remark; it changes no figure.",
                .continues,
                optional: Envelope.remark
            ),
            TypeDeclaration(
                .voided,
                "trade.voided",
                "The trade never counted. No event follows.",
                .ends,
                optional: Envelope.remark
            ),
        ]
    )

    private static let fill: [Field] = [
        .feeCost, .feeCurrency, .feeQuoteCost, .exchangeOrderID, .fillID, .orderID, .decisionID,
    ]

    private static let tradeFields: [FieldDeclaration] = [
        FieldDeclaration(
            .symbol,
            "symbol",
            .text(byteCounts: 1...Limits.identifierByteCountMax),
            "The instrument, such as BTC/USDT.",
            example: "BTC/USDT",
            hasColumn: true
        ),
        FieldDeclaration(
            .quote,
            "quote",
            .identifier,
            "The currency of prices and costs; by default what follows the last / (else the last -) of "
                + "symbol, up to a colon.",
            example: "USDT",
            hasColumn: true
        ),
        FieldDeclaration(
            .side,
            "side",
            .side,
            "The direction of the entry: buy or sell; on input also long or short, in any case.",
            example: "buy",
            hasColumn: true
        ),
        FieldDeclaration(
            .orderType,
            "order_type",
            .identifier,
            "The kind of order, such as market, limit or stop.",
            example: "limit",
            hasColumn: true
        ),
        FieldDeclaration(
            .amount,
            "amount",
            .decimal,
            "How much, above 0: in the base currency what was traded or is ordered, where a close without it takes all "
                + "that is open, less dust; in currency what moved on an account, or any balance that was observed.",
            example: "0.25",
            hasColumn: true
        ),
        FieldDeclaration(
            .price,
            "price",
            .decimal,
            "The quote currency for one unit of the base currency, above 0; 0 on a close of a trade whose reason is "
                + "expired or written_off.",
            example: "64210.5",
            hasColumn: true
        ),
        FieldDeclaration(
            .feeCost,
            "fee_cost",
            .decimal,
            "The fee of this fill, in fee_currency; negative is a rebate.",
            example: "6.42105",
            hasColumn: true
        ),
        FieldDeclaration(
            .feeCurrency,
            "fee_currency",
            .identifier,
            "The currency of fee_cost; the quote currency where it is absent.",
            example: "USDT",
            hasColumn: true
        ),
        FieldDeclaration(
            .feeQuoteCost,
            "fee_quote_cost",
            .decimal,
            "The value of the fee in the quote currency, where the producer knows it.",
            example: "6.42105",
            hasColumn: true
        ),
        FieldDeclaration(
            .dust,
            "dust",
            .quantityOrRest,
            "What a close writes off, in the base currency: a decimal of 0 or above, or rest for whatever "
                + "stays open after amount.",
            example: "rest",
            hasColumn: true
        ),
        FieldDeclaration(
            .kind,
            "kind",
            .choice([
                "funding", "interest", "fee", "rebate", "staking", "airdrop", "settlement", "conversion", "correction",
                "other",
            ]),
            "What an adjustment is for; that of a trade is for funding, interest, a fee, a rebate or other.",
            example: "funding",
            hasColumn: true
        ),
        FieldDeclaration(
            .cost,
            "cost",
            .decimal,
            "The amount of an adjustment, in the quote currency of the trade or the currency of the account's event; "
                + "positive was received, negative was paid.",
            example: "-1.25",
            hasColumn: true
        ),
        FieldDeclaration(
            .strategy,
            "strategy",
            .identifier,
            "The strategy; for events of other families the one that decided.",
            example: "trend",
            hasColumn: true
        ),
        FieldDeclaration(
            .account,
            "account",
            .identifier,
            "The account that it happened on; default where it is absent.",
            example: "main",
            hasColumn: true
        ),
        FieldDeclaration(
            .venue,
            "venue",
            .identifier,
            "The exchange or broker.",
            example: "binance",
            hasColumn: true
        ),
        FieldDeclaration(
            .exchangeOrderID,
            "exchange_order_id",
            .identifier,
            "The id that the venue gave the order.",
            example: "81250001",
            hasColumn: true
        ),
        FieldDeclaration(
            .fillID,
            "fill_id",
            .identifier,
            "The id that the venue gave the fill; a trade records each fill once.",
            example: "f-9001",
            hasColumn: true
        ),
        FieldDeclaration(
            .tag,
            "tag",
            .identifier,
            "Why the trade was entered: the name of the signal.",
            example: "breakout",
            hasColumn: true
        ),
        FieldDeclaration(
            .orderID,
            "order_id",
            .identifier,
            "The order; for an event of a trade the one that led to it, which is not checked.",
            example: "o-1001",
            hasColumn: true
        ),
        FieldDeclaration(
            .decisionID,
            "decision_id",
            .identifier,
            "The decision; for events of other families the one that led to them, which is not checked.",
            example: "d-77",
            hasColumn: true
        ),
        FieldDeclaration(
            .tradeID,
            "trade_id",
            .subject,
            "The trade that it happened to; unique in the ledger.",
            example: "btc-0001",
            hasColumn: true
        ),
    ]
}

extension EventType {
    /// A position was entered.
    public static var opened: EventType { EventType(number: 1) }
    /// More was added to a position.
    public static var increased: EventType { EventType(number: 2) }
    /// Part of a position was taken out.
    public static var reduced: EventType { EventType(number: 3) }
    /// The position ended.
    public static var closed: EventType { EventType(number: 4) }
    /// Money was paid or received outside of fills.
    public static var adjusted: EventType { EventType(number: 5) }
    /// A remark.
    public static var annotated: EventType { EventType(number: 6) }
    /// The trade never counted.
    public static var voided: EventType { EventType(number: 7) }
}

extension Field {
    /// The instrument.
    public static var symbol: Field { Field(number: 2) }
    /// The currency of prices and costs.
    public static var quote: Field { Field(number: 3) }
    /// The direction of the entry.
    public static var side: Field { Field(number: 4) }
    /// The kind of order.
    public static var orderType: Field { Field(number: 5) }
    /// How much was traded, in the base currency.
    public static var amount: Field { Field(number: 6) }
    /// The quote currency for one unit of the base currency.
    public static var price: Field { Field(number: 7) }
    /// The fee of a fill.
    public static var feeCost: Field { Field(number: 8) }
    /// The currency of the fee.
    public static var feeCurrency: Field { Field(number: 9) }
    /// The value of the fee in the quote currency.
    public static var feeQuoteCost: Field { Field(number: 10) }
    /// What a close writes off.
    public static var dust: Field { Field(number: 11) }
    /// What an adjustment is for.
    public static var kind: Field { Field(number: 12) }
    /// The amount of an adjustment.
    public static var cost: Field { Field(number: 13) }
    /// The strategy that opened the trade.
    public static var strategy: Field { Field(number: 14) }
    /// The account that the trade is on.
    public static var account: Field { Field(number: 15) }
    /// The exchange or broker of the trade.
    public static var venue: Field { Field(number: 16) }
    /// The id that the venue gave the order.
    public static var exchangeOrderID: Field { Field(number: 17) }
    /// The id that the venue gave the fill.
    public static var fillID: Field { Field(number: 18) }
    /// Why the trade was entered.
    public static var tag: Field { Field(number: 19) }
    /// The order that led to the event.
    public static var orderID: Field { Field(number: 20) }
    /// The decision that led to the event.
    public static var decisionID: Field { Field(number: 21) }
    /// The trade that an event is about.
    public static var tradeID: Field { Field(number: 26) }
}

/// The parts of a fee, which JSON has within one member.
extension Field {
    /// The fields of a fee, by their names within `fee`.
    package static let feeParts: [(name: String, field: Field)] = [
        ("cost", .feeCost), ("currency", .feeCurrency), ("quote_cost", .feeQuoteCost),
    ]

    /// The rate by which a venue computed the fee, as ccxt sends it: accepted within `fee`, and ignored.
    static let ignoredFeePart = "rate"

    /// Whether JSON has the field within `fee`.
    package var isPartOfFee: Bool { Self.feeParts.contains { $0.field == self } }
}
