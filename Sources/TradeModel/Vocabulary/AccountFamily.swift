extension EventFamily {
    /// Money that moves on an account other than by a trade, and what the venue says is there.
    static let account = EventFamily(
        "account",
        "Money that moves on an account other than by a trade, and the balance that the venue reports.",
        subject: .account,
        foldRules: [
            "A balance is listed as long as something on record moves it: a flow, an observation, or a trade that is "
                + "not voided.",
            "The exit of a derivative moves the gross P&L of what it takes out, at average cost.",
            "Where neither an event nor its symbol names a currency, nobody knows what the amount is of: it moves no "
                + "balance.",
            "Deposits, withdrawals, transfers, corrections and conversions are capital; other adjustments are results.",
            "`difference` compares with the amount after the observation; later events leave it as it is.",
        ],
        fields: accountFields,
        types: [
            movement(.accountDeposited, "account.deposited", "Money arrived on the account from outside."),
            movement(.accountWithdrawn, "account.withdrawn", "Money left the account to the outside."),
            TypeDeclaration(
                .accountTransferred,
                "account.transferred",
                "Money went from the account to another one in this ledger.",
                .stands,
                required: [.amount, .currency, .toAccount],
                optional: Envelope.remark,
                rules: FieldRules(differsFromSubject: .toAccount, positiveAmounts: [.amount]),
                usesReserve: false
            ),
            TypeDeclaration(
                .accountAdjusted,
                "account.adjusted",
                "Money was paid or received on the account for another reason: interest, staking, a settlement.",
                .stands,
                required: [.kind, .cost, .currency],
                optional: Envelope.remark,
                usesReserve: false
            ),
            TypeDeclaration(
                .accountObserved,
                "account.observed",
                "The venue reported the balance of a currency. It moves nothing, and is compared with the ledger's.",
                .stands,
                required: [.amount, .currency],
                optional: Envelope.remark,
                usesReserve: false
            ),
        ]
    )

    private static func movement(_ type: EventType, _ name: String, _ meaning: String) -> TypeDeclaration {
        TypeDeclaration(
            type,
            name,
            meaning,
            .stands,
            required: [.amount, .currency],
            optional: Envelope.remark,
            rules: FieldRules(positiveAmounts: [.amount]),
            usesReserve: false
        )
    }

    private static let accountFields: [FieldDeclaration] = [
        FieldDeclaration(
            .currency,
            "currency",
            .subject,
            "The currency of an amount on an account.",
            example: "USDT"
        ),
        FieldDeclaration(
            .toAccount,
            "to_account",
            .subject,
            "The account to which a transfer goes, another one than account.",
            example: "savings"
        ),
    ]
}

extension EventType {
    /// Money arrived from outside.
    public static var accountDeposited: EventType { EventType(number: 20) }
    /// Money left to the outside.
    public static var accountWithdrawn: EventType { EventType(number: 21) }
    /// Money went to another account.
    public static var accountTransferred: EventType { EventType(number: 22) }
    /// Money was paid or received for another reason.
    public static var accountAdjusted: EventType { EventType(number: 23) }
    /// The venue reported a balance.
    public static var accountObserved: EventType { EventType(number: 24) }
}

extension Field {
    /// The currency of an amount on an account.
    public static var currency: Field { Field(number: 31) }
    /// The account to which a transfer goes.
    public static var toAccount: Field { Field(number: 32) }
}
