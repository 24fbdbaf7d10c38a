extension EventFamily {
    /// What happens to an order, from the intent to its end.
    ///
    /// Only the intent can be refused. A fill is recorded once, by the event of its trade, which has the `order_id`.
    static let order = EventFamily(
        "order",
        "What happens to an order, from the intent to its end. Only order.submitted can be refused: another event of "
            + "an order that is not on record creates it, and what comes after an end is recorded too. Fills are "
            + "events of trades.",
        subject: .orderID,
        recordsEveryFact: true,
        holdsOpenSubjects: true,
        foldRules: [
            "A fill counts for the order that its `order_id` names, also before the order is on record. A fill of a "
                + "trade that is voided counts for none.",
            "An order by `quote_amount` is filled once its fills cost that much.",
            "`anomaly` names what cannot be right: `event_after_end` and `fill_after_end`, for what was recorded after "
                + "the first end, and `overfilled`, for fills beyond what was ordered.",
            "`reason` is that of the last event that gives one. `fees` is 0 where no fill has a fee.",
        ],
        fields: orderFields,
        types: [
            TypeDeclaration(
                .orderSubmitted,
                "order.submitted",
                "An order is about to be sent: the intent, which is durable before the venue is called.",
                .begins,
                required: [.symbol, .side, .orderType],
                optional: [
                    .price, .stopPrice, .timeInForce, .reduceOnly, .tradeID, .decisionID, .strategy, .account, .venue,
                ] + Envelope.remark,
                rules: FieldRules(
                    exactlyOne: [.amount, .quoteAmount],
                    positiveAmounts: [.amount, .quoteAmount],
                    positivePrices: [.price, .stopPrice]
                ),
                increasesRisk: true
            ),
            TypeDeclaration(
                .orderAccepted,
                "order.accepted",
                "The venue has taken the order.",
                .continues,
                optional: [.exchangeOrderID] + Envelope.remark
            ),
            outcome(.orderRejected, "order.rejected", "The venue refused the order."),
            outcome(.orderCancelled, "order.cancelled", "The order was cancelled; what was filled before stays."),
            outcome(.orderExpired, "order.expired", "The order expired; what was filled before stays."),
            outcome(.orderCompleted, "order.completed", "Nothing more of the order will be filled."),
            TypeDeclaration(
                .orderUnknown,
                "order.unknown",
                "The venue did not answer, so nobody knows whether the order is live.",
                .continues,
                optional: Envelope.remark
            ),
        ]
    )

    private static func outcome(_ type: EventType, _ name: String, _ meaning: String) -> TypeDeclaration {
        TypeDeclaration(type, name, meaning, .ends, optional: Envelope.remark)
    }

    private static let orderFields: [FieldDeclaration] = [
        FieldDeclaration(
            .quoteAmount,
            "quote_amount",
            .decimal,
            "What an order spends or brings in the quote currency, above 0; such an order has no amount.",
            example: "500"
        ),
        FieldDeclaration(
            .stopPrice,
            "stop_price",
            .decimal,
            "The price that makes a stop order active, above 0.",
            example: "60000"
        ),
        FieldDeclaration(
            .timeInForce,
            "time_in_force",
            .identifier,
            "How long an order stays live, such as GTC, IOC or FOK.",
            example: "GTC"
        ),
        FieldDeclaration(
            .reduceOnly,
            "reduce_only",
            .flag,
            "Whether an order can only reduce a position; a halt does not refuse such an order.",
            example: "true"
        ),
    ]
}

extension EventType {
    /// An order is about to be sent.
    public static var orderSubmitted: EventType { EventType(number: 10) }
    /// The venue has taken an order.
    public static var orderAccepted: EventType { EventType(number: 11) }
    /// The venue refused an order.
    public static var orderRejected: EventType { EventType(number: 12) }
    /// An order was cancelled.
    public static var orderCancelled: EventType { EventType(number: 13) }
    /// An order expired.
    public static var orderExpired: EventType { EventType(number: 14) }
    /// Nothing more of an order will be filled.
    public static var orderCompleted: EventType { EventType(number: 15) }
    /// The venue did not answer.
    public static var orderUnknown: EventType { EventType(number: 16) }
}

extension Field {
    /// What an order spends or brings, in the quote currency.
    public static var quoteAmount: Field { Field(number: 27) }
    /// The price that makes a stop order active.
    public static var stopPrice: Field { Field(number: 28) }
    /// How long an order stays live.
    public static var timeInForce: Field { Field(number: 29) }
    /// Whether an order can only reduce a position.
    public static var reduceOnly: Field { Field(number: 30) }
}
