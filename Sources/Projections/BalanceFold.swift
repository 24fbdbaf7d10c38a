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

        /// What a movement moves.
        init(_ movement: Movement) { self.init(account: movement.account, currency: movement.currency) }

        /// In the order of accounts, then of currencies.
        public static func < (left: Key, right: Key) -> Bool {
            (left.account, left.currency) < (right.account, right.currency)
        }
    }

    /// The places of the rows in `allRows`.
    private var places: [Key: Int] = [:]
    private var balances: [BalanceRow] = []
    /// The places of the rows that the last event changed.
    ///
    /// A row keeps its place.
    private(set) var changedPlaces: [Int] = []

    /// Nothing on any account.
    public init() {}

    /// Takes in the next event; `step` is what it moves if it is about a trade.
    mutating func apply(_ event: Event, _ step: TradeStep?) {
        changedPlaces.removeAll(keepingCapacity: true)
        if let step {
            for movement in step.movements { change(Key(movement)) { $0.add(movement) } }
            for key in step.reached { change(key) { $0.sourceCount += 1 } }
            for key in step.left { change(key) { $0.sourceCount -= 1 } }
            if let (key, count) = step.inverse { change(key) { $0.inverseCount += count } }
            return
        }
        for movement in Movement.all(of: event.body) {
            change(Key(movement)) {
                $0.add(movement)
                $0.sourceCount += 1
            }
        }
        guard event.body.type == .accountObserved, let amount = event.body.decimal(.amount) else { return }
        change(Self.key(of: event.body)) { $0.observe(amount, at: event.body.occurredAt) }
    }

    private mutating func change(_ key: Key, _ change: (inout Balance) -> Void) {
        if let place = changedPlaces.first(where: { balances[$0].key == key }) {
            return change(&balances[place].balance)
        }
        let place = places[key] ?? balances.count
        if place == balances.count {
            places[key] = place
            balances.append(BalanceRow(key: key, balance: Balance()))
        }
        changedPlaces.append(place)
        change(&balances[place].balance)
    }

    /// The row in a place.
    subscript(place: Int) -> BalanceRow { balances[place] }

    fileprivate static func key(of body: EventBody) -> Key {
        Key(account: ByteText(body.subjectBytes), currency: ByteText(body.textBytes(.currency) ?? []))
    }

    /// The rows of the balances that something on record moves, in the order of their keys.
    public var rows: [BalanceRow] { allRows.filter { $0.balance.sourceCount > 0 } }

    /// Those rows, and the ones that nothing on record moves any more.
    package var allRows: [BalanceRow] { balances.sorted { $0.key < $1.key } }
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
    fileprivate(set) var sourceCount = 0
    /// How many trades of inverse contracts settle in it.
    fileprivate(set) var inverseCount = 0
    fileprivate(set) var observed: Decimal?
    fileprivate(set) var observedAt: Timestamp?
    /// What was observed less what was on the account by the ledger then.
    fileprivate(set) var difference: Decimal?

    var amount: ExactSum { .of([deposited, transferred, adjusted, traded], less: [withdrawn, fees]) }

    fileprivate mutating func add(_ movement: Movement) {
        switch movement.cause {
        case .deposited: deposited.add(movement.amount)
        case .withdrawn: withdrawn.add(movement.amount)
        case .transferred: transferred.add(movement.amount)
        case .adjusted: adjusted.add(movement.amount)
        case .traded: traded.add(movement.amount)
        case .fees: fees.add(movement.amount)
        }
    }

    fileprivate mutating func observe(_ amount: Decimal, at time: Timestamp) {
        var observedSum = ExactSum()
        observedSum.add(amount)
        (observed, observedAt) = (amount, time)
        sourceCount += 1
        difference = ExactSum.of([observedSum], less: [self.amount]).value
    }
}

extension Movement {
    /// What an event moves that is about an account; none for other events.
    static func all(of body: EventBody) -> [Movement] {
        let cause: Cause
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
    fileprivate(set) var balance: Balance

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
