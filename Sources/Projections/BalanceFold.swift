import TradeModel

/// What is on each account in each currency, and what the venue last said about it.
///
/// An event costs the rows that it moves.
public struct BalanceFold: Sendable {
    /// An account and a currency.
    public struct Key: Hashable, Comparable, Sendable {
        /// The account.
        public let account: ByteText
        /// The currency.
        public let currency: ByteText

        init(account: ByteText, currency: ByteText) { (self.account, self.currency) = (account, currency) }

        /// In the order of accounts, then of currencies.
        public static func < (left: Key, right: Key) -> Bool {
            (left.account, left.currency) < (right.account, right.currency)
        }
    }

    /// The places of the rows in `balances`; a row keeps its place.
    private var places: [Key: Int] = [:]
    private var balances: [BalanceRow] = []

    /// Nothing on any account.
    public init() {}

    /// The place of a balance; that of a new one, which nothing has moved, if there is none.
    mutating func place(of key: Key) -> Int {
        if let place = places[key] { return place }
        places[key] = balances.count
        balances.append(BalanceRow(key: key))
        return balances.count - 1
    }

    /// The place of the balance of a currency on an account; nil where the currency has no name.
    mutating func place(of currency: ByteText, on account: ByteText) -> Int? {
        currency.bytes.isEmpty ? nil : place(of: Key(account: account, currency: currency))
    }

    /// What the next event, which is about no trade, changes.
    mutating func changes(by event: Event) -> [BalanceChange] {
        let body = event.body
        if body.type == .accountObserved, let amount = body.decimal(.amount) {
            let cause = MovementCause.observed(body.occurredAt)
            return [
                BalanceChange(
                    sequence: event.sequence,
                    place: place(of: Self.key(of: body)),
                    cause: cause,
                    amount: amount
                )
            ]
        }
        return Movement.all(of: body).map { movement in
            let key = Key(account: movement.account, currency: movement.currency)
            return BalanceChange(
                sequence: event.sequence,
                place: place(of: key),
                cause: movement.cause,
                amount: movement.amount
            )
        }
    }

    /// Takes in what an event changes.
    mutating func apply(_ change: BalanceChange) { balances[change.place].balance.apply(change) }

    /// The row in a place.
    subscript(place: Int) -> BalanceRow { balances[place] }

    /// Adds the balances that another fold, which has come further, has more.
    mutating func addPlaces(of other: BalanceFold) {
        for row in other.balances[balances.count...] { _ = place(of: row.key) }
    }

    fileprivate static func key(of body: EventBody) -> Key {
        Key(account: ByteText(body.subjectBytes), currency: ByteText(body.textBytes(.currency) ?? []))
    }

    /// The rows of the balances that something on record moves, in the order of their keys.
    public var rows: [BalanceRow] { allRows.filter { $0.balance.sourceCount > 0 } }

    /// Those rows, and the ones that nothing on record moves any more.
    package var allRows: [BalanceRow] { balances.filter(\.balance.isMoved).sorted { $0.key < $1.key } }
}

/// The sums of what moved one currency of one account.
struct Balance: Sendable {
    fileprivate(set) var deposited = ExactSum()
    fileprivate(set) var withdrawn = ExactSum()
    fileprivate(set) var transferred = ExactSum()
    fileprivate(set) var adjusted = ExactSum()
    fileprivate(set) var traded = ExactSum()
    fileprivate(set) var fees = ExactSum()
    /// How many flows and trades that are not voided move it, and observations.
    fileprivate(set) var sourceCount: Int32 = 0
    /// How many trades of inverse contracts settle in it.
    fileprivate(set) var inverseCount: Int32 = 0
    /// Whether anything has ever moved it.
    fileprivate(set) var isMoved = false
    fileprivate(set) var observed: Decimal?
    fileprivate(set) var observedAt: Timestamp?
    /// What was observed less what was on the account by the ledger then.
    fileprivate(set) var difference: Decimal?

    var amount: ExactSum { .of([deposited, transferred, adjusted, traded], less: [withdrawn, fees]) }

    fileprivate mutating func apply(_ change: BalanceChange) {
        isMoved = true
        sourceCount += change.sourceCount
        inverseCount += change.inverseCount
        switch change.cause {
        case .deposited: deposited.add(change.amount)
        case .withdrawn: withdrawn.add(change.amount)
        case .transferred: transferred.add(change.amount)
        case .adjusted: adjusted.add(change.amount)
        case .traded: traded.add(change.amount)
        case .fees: fees.add(change.amount)
        case .observed(let time):
            var observedSum = ExactSum()
            observedSum.add(change.amount)
            (observed, observedAt) = (change.amount, time)
            difference = ExactSum.of([observedSum], less: [amount]).value
        }
    }
}

/// The money that an event moves that is about an account, in one currency.
struct Movement {
    let account: ByteText
    let currency: ByteText
    let cause: MovementCause
    /// How much, in the sense of the column: what was withdrawn is positive.
    let amount: Decimal

    /// What an event moves that is about an account; none for other events.
    static func all(of body: EventBody) -> [Movement] {
        let cause: MovementCause
        switch body.type {
        case .accountDeposited: cause = .deposited
        case .accountWithdrawn: cause = .withdrawn
        case .accountTransferred: cause = .transferred
        case .accountAdjusted: cause = .adjusted
        default: return []
        }
        let key = BalanceFold.key(of: body)
        guard let amount = body.decimal(cause == .adjusted ? .cost : .amount) else {
            preconditionFailure("an event of an account has an amount")
        }
        func movement(_ account: ByteText, _ amount: Decimal) -> Movement {
            Movement(account: account, currency: key.currency, cause: cause, amount: amount)
        }
        guard let receiver = body.textBytes(.toAccount) else { return [movement(key.account, amount)] }
        return [movement(key.account, amount.negated), movement(ByteText(receiver), amount)]
    }
}

/// A row of `balances`.
public struct BalanceRow: Sendable {
    /// The account and the currency.
    public let key: BalanceFold.Key
    fileprivate(set) var balance = Balance()

    /// All columns, in the order in which the program prints them.
    public static let columns: [Column<BalanceRow>] = [
        Column("account", .text, look: .key, "The account; default is that of events that name none.") {
            .text($0.key.account.text)
        },
        Column("currency", .text, look: .key, "The currency.") {
            .text($0.key.currency.text)
        },
        sum("deposited", look: .more, "What arrived from outside.") { $0.deposited },
        sum("withdrawn", look: .more, "What left to the outside.") { $0.withdrawn },
        sum("transferred", look: .more, "What came from other accounts of the ledger, less what went there.") {
            $0.transferred
        },
        sum("adjusted", look: .more, "Interest, funding and other adjustments of the account and of its trades.") {
            $0.adjusted
        },
        sum("traded", look: .more, "What trades brought, less what they took: of derivatives, their gross P&L.") {
            $0.traded
        },
        sum("fees", look: .more, "What was paid as fees, less rebates.") { $0.fees },
        sum(
            "amount",
            look: .key,
            "What must be on the account: deposited - withdrawn + transferred + adjusted + traded - fees."
        ) {
            $0.amount
        },
        Column("observed", .numeric, isNullable: true, look: .main, "The balance that the venue reported last.") {
            ColumnValue($0.balance.observed)
        },
        Column("observed_at", .timestamptz, isNullable: true, look: .main, "When it was so at the venue.") {
            ColumnValue($0.balance.observedAt)
        },
        Column(
            "difference",
            .numeric,
            isNullable: true,
            look: .key,
            "observed, less the amount after the event that reported it; 0 where both agree."
        ) { ColumnValue($0.balance.difference) },
        Column(
            "sources",
            .bigint,
            isPrinted: false,
            in: .none,
            "How many flows, observations and trades that are not voided it consists of; 0 hides the row."
        ) { .bigint(Int64($0.balance.sourceCount)) },
        Column(
            "incomplete",
            .boolean,
            look: .main,
            "Whether trades of inverse contracts settle in the currency, which account.adjusted has to record."
        ) { .bool($0.balance.inverseCount > 0) },
    ]

    private static func sum(
        _ name: String,
        look: TableLook,
        _ meaning: String,
        _ sum: @escaping @Sendable (Balance) -> ExactSum
    ) -> Column<BalanceRow> {
        Column(name, .numeric, isNullable: true, look: look, meaning) { ColumnValue(sum($0.balance).value) }
    }
}
