public import TradeModel

/// Every order: what was intended, what the venue said, and what was filled.
///
/// An event costs the row of its order; a void of a trade, the orders that it had filled.
public struct OrderFold: Sendable {
    private var orders: [ByteText: OrderState] = [:]

    /// No order.
    public init() {}

    /// Takes in the next event, which is about no trade; returns the order that it changes.
    mutating func apply(_ event: Event) -> ByteText? {
        guard event.body.type.subject == .orderID else { return nil }
        let id = ByteText(event.body.subjectBytes)
        orders[id, default: OrderState()].apply(event)
        return id
    }

    /// Takes in a fill.
    mutating func add(_ fill: OrderFill) { orders[fill.orderID, default: OrderState()].add(fill) }

    /// Takes a fill back because an event voids its trade.
    mutating func takeBack(_ fill: OrderFill, by sequence: UInt64) {
        orders[fill.orderID, default: OrderState()].takeBack(fill, by: sequence)
    }

    /// The row of an order; nil where no event of it is on record.
    func row(of id: ByteText) -> OrderRow? { orders[id].flatMap { OrderRow(id: id, order: $0) } }

    /// The rows of the orders on record, in the order in which they began.
    ///
    /// An order of which only fills are on record has none.
    public var rows: [OrderRow] {
        orders.compactMap { OrderRow(id: $0.key, order: $0.value) }.sorted { $0.firstSequence < $1.firstSequence }
    }
}

/// What is known of one order.
struct OrderState: Sendable {
    /// The event `order.submitted`, with bytes of its own; nil of an order that was made elsewhere.
    private(set) var submitted: Event?
    private(set) var exchangeOrderID: String?
    private(set) var reason: String?
    /// The end that was recorded last.
    private(set) var end: (type: EventType, time: Timestamp)?
    private var firstEndSequence: UInt64?
    /// The type of the last event that is no end.
    private(set) var state: EventType?
    /// The sequence of its first event; nil while only fills are on record.
    private(set) var firstSequence: UInt64?
    private(set) var lastSequence: UInt64 = 0
    private(set) var filledAmount = ExactSum()
    private(set) var filledNotional = ExactSum()
    private var fillPrices = DistinctPrices()
    /// The fees by their currencies, with how many fills have one.
    private(set) var fees: [ByteText: (sum: ExactSum, fillCount: Int)] = [:]
    private(set) var fillCount = 0
    /// How many events came after an end, and how many fills.
    private(set) var lateEventCount = 0
    private(set) var lateFillCount = 0

    mutating func apply(_ event: Event) {
        let body = event.body
        firstSequence = firstSequence ?? event.sequence
        lastSequence = event.sequence
        if end != nil { lateEventCount += 1 }
        if let text = body.text(.reason) { reason = text }
        if body.type.role == .ends {
            end = (body.type, body.occurredAt)
            firstEndSequence = firstEndSequence ?? event.sequence
        } else {
            state = body.type
        }
        if body.type == .orderSubmitted { submitted = event.copied() }
        if let id = body.text(.exchangeOrderID) { exchangeOrderID = id }
    }

    mutating func add(_ fill: OrderFill) {
        count(fill, isAdded: true)
        lastSequence = fill.sequence
        if isLate(fill) { lateFillCount += 1 }
    }

    mutating func takeBack(_ fill: OrderFill, by sequence: UInt64) {
        count(fill, isAdded: false)
        lastSequence = sequence
        if isLate(fill) { lateFillCount -= 1 }
    }

    /// Whether a fill came after the first end.
    private func isLate(_ fill: OrderFill) -> Bool { firstEndSequence.map { fill.sequence > $0 } ?? false }

    private mutating func count(_ fill: OrderFill, isAdded: Bool) {
        fillCount += isAdded ? 1 : -1
        filledAmount.add(isAdded ? fill.amount : fill.amount.negated)
        filledNotional.add(isAdded ? fill.notional : fill.notional.negated)
        // A close of what was already reduced to nothing has a price, and no weight.
        if !fill.amount.isZero { if isAdded { fillPrices.add(fill.price) } else { fillPrices.remove(fill.price) } }
        guard let currency = fill.feeCurrency else { return }
        var fee = fees[currency] ?? (ExactSum(), 0)
        fee.sum.add(isAdded ? fill.fee : fill.fee.negated)
        fee.fillCount += isAdded ? 1 : -1
        fees[currency] = fee.fillCount == 0 ? nil : fee
    }
}

/// The statuses that an order can have.
///
/// Those of types of events are the parts of their names after the dot, so they follow from the vocabulary.
public enum OrderStatus {
    static let filled = "filled"
    static let partiallyFilled = "partially_filled"

    /// Those of orders that may be live at the venue.
    public static let live = types.filter { $0.role != .ends }.map(name) + [partiallyFilled]

    /// Those of orders that have ended.
    public static let ended = types.filter { $0.role == .ends }.map(name)

    /// All.
    public static let all = live + [filled] + ended

    private static let types = EventType.all.filter { $0.subject == .orderID }

    static func name(of type: EventType) -> String { String(type.name.drop { $0 != "." }.dropFirst()) }
}

extension OrderState {
    /// Its status by the contract, section 4 ("Orders").
    var status: String {
        if let end { return OrderStatus.name(of: end.type) }
        if isFilled { return OrderStatus.filled }
        if filledAmount.value?.isPositive ?? false { return OrderStatus.partiallyFilled }
        return OrderStatus.name(of: state ?? .orderUnknown)
    }

    /// Whether everything that was ordered is filled; an order by `quote_amount` is, once its fills cost that much.
    private var isFilled: Bool { excess.map { !$0.isNegative } ?? false }

    /// How much was filled beyond the order; nil where the order says no amount, or the sums are unknown.
    private var excess: Decimal? {
        guard let body = submitted?.body else { return nil }
        let (ordered, filled) =
            if let amount = body.decimal(.amount) { (amount, filledAmount) } else {
                (body.decimal(.quoteAmount) ?? .zero, filledNotional)
            }
        guard let filled = filled.value else { return nil }
        do throws(DecimalError) { return try filled.subtracting(ordered) } catch { return nil }
    }

    /// What about it cannot be right, as codes; nil where nothing is.
    var anomaly: String? {
        var codes: [String] = []
        if lateEventCount > 0 { codes.append("event_after_end") }
        if lateFillCount > 0 { codes.append("fill_after_end") }
        if excess?.isPositive ?? false { codes.append("overfilled") }
        return codes.isEmpty ? nil : codes.joined(separator: ", ")
    }

    var averagePrice: Decimal? {
        Decimal.average(of: filledNotional.value, filledAmount.value, onlyPrice: fillPrices.only)
    }

    /// The sum of the fees; nil where they are in several currencies.
    var feeSum: Decimal? {
        switch fees.count {
        case 0: .zero
        case 1: fees.values.first?.sum.value
        default: nil
        }
    }
}

/// A row of `orders`.
public struct OrderRow: Sendable {
    /// The order.
    public let id: ByteText
    /// The sequence of its first event.
    public let firstSequence: UInt64
    let order: OrderState

    /// When it was about to be sent; nil where the ledger has no order.submitted.
    public var submittedAt: Timestamp? { order.submitted?.body.occurredAt }

    /// Nil where only fills of the order are on record.
    init?(id: ByteText, order: OrderState) {
        guard let first = order.firstSequence else { return nil }
        (self.id, firstSequence, self.order) = (id, first, order)
    }

    /// All columns, in the order in which the program prints them.
    public static let columns: [Column<OrderRow>] = [
        Column("order_id", .text, look: .key, "The id that the producer gave the order; unique in the ledger.") {
            .text($0.id.text)
        },
        Column("origin", .text, "submitted, or external where the ledger has no order.submitted.") {
            .text($0.order.submitted == nil ? "external" : "submitted")
        },
        text("symbol", .symbol, look: .key, "The instrument, such as BTC/USDT."),
        text("side", .side, look: .key, "buy or sell."),
        text("order_type", .orderType, look: .main, "The kind of order, such as market, limit or stop."),
        decimal("amount", .amount, look: .main, "What was ordered, in the base currency."),
        decimal("quote_amount", .quoteAmount, "What was ordered, in the quote currency."),
        decimal("price", .price, look: .main, "The limit."),
        decimal("stop_price", .stopPrice, "The price that makes it active."),
        text("time_in_force", .timeInForce, "How long it stays live, such as GTC."),
        Column("reduce_only", .boolean, isNullable: true, "Whether it can only reduce a position.") {
            $0.text(.reduceOnly).map { .bool($0 == "true") } ?? .null
        },
        Column(
            "status",
            .text,
            look: .key,
            "The end recorded last, of \(OrderStatus.ended.joined(separator: ", ")); else filled or partially_filled, "
                + "if there are fills; else the last of \(OrderStatus.live.dropLast().joined(separator: ", "))."
        ) { .text($0.order.status) },
        Column("filled_amount", .numeric, isNullable: true, look: .main, "The sum of its fills, in the base currency.")
        {
            ColumnValue($0.order.filledAmount.value)
        },
        Column(
            "average_price",
            .numeric,
            isNullable: true,
            look: .main,
            "The average price of its fills, weighted by amount; 18 decimals, half-even, where they have several "
                + "prices. NULL before any."
        ) { ColumnValue($0.order.averagePrice) },
        Column(
            "fees",
            .numeric,
            isNullable: true,
            look: .more,
            "The sum of their fees; NULL if these are in several currencies."
        ) {
            ColumnValue($0.order.feeSum)
        },
        Column(
            "anomaly",
            .text,
            isNullable: true,
            look: .main,
            "What cannot be right: event_after_end, fill_after_end, overfilled; NULL where nothing is."
        ) { ColumnValue($0.order.anomaly) },
        Column("exchange_order_id", .text, isNullable: true, "The id that the venue gave it.") {
            ColumnValue($0.order.exchangeOrderID)
        },
        text("trade_id", .tradeID, look: .more, "The trade that it is for."),
        text("decision_id", .decisionID, "The decision that led to it."),
        text("strategy", .strategy, look: .more, "The strategy that decided on it."),
        text("account", .account, look: .more, "The account that it is on."),
        text("venue", .venue, look: .more, "The exchange or broker."),
        Column(
            "reason",
            .text,
            isNullable: true,
            look: TableLook(.detail, .prose),
            "The reason that its last event with one gives."
        ) {
            ColumnValue($0.order.reason)
        },
        Column("submitted_at", .timestamptz, isNullable: true, look: .more, "When it was about to be sent.") {
            ColumnValue($0.submittedAt)
        },
        Column("ended_at", .timestamptz, isNullable: true, "When the end happened that was recorded last.") {
            ColumnValue($0.order.end?.time)
        },
        Column("first_sequence", .bigint, "The sequence of its first event.") {
            ColumnValue(sequence: $0.firstSequence)
        },
        Column("last_sequence", .bigint, "The sequence of the last event that changed it; fills count.") {
            ColumnValue(sequence: $0.order.lastSequence)
        },
    ]

    private func text(_ field: Field) -> String? { order.submitted?.body.text(field) }

    private static func text(
        _ name: String,
        _ field: Field,
        look: TableLook = .detail,
        _ meaning: String
    ) -> Column<OrderRow> {
        Column(name, .text, isNullable: true, look: look, meaning) { ColumnValue($0.text(field)) }
    }

    private static func decimal(
        _ name: String,
        _ field: Field,
        look: TableLook = .detail,
        _ meaning: String
    ) -> Column<OrderRow> {
        Column(name, .numeric, isNullable: true, look: look, meaning) {
            ColumnValue($0.order.submitted?.body.decimal(field))
        }
    }
}
