import TradeModel

/// A trade that a test builds event by event, from its open at second 100.
struct TradeHistory {
    private(set) var trade: Trade

    static let openedAt = Timestamp(microsecondsSince1970: 100_000_000)

    /// Opens a trade of `BTC/USDT` unless the fields say otherwise.
    init(_ amount: String, at price: String, side: String = "buy", _ more: [Field: String] = [:]) throws {
        let body = try event(.opened, Self.openFields(amount, price, side, more))
        trade = try Trade(opening: body, sequence: 1)
    }

    static func openFields(
        _ amount: String,
        _ price: String,
        _ side: String = "buy",
        _ more: [Field: String] = [:]
    ) -> [Field: String] {
        [.symbol: "BTC/USDT", .side: side, .orderType: "limit", .amount: amount, .price: price]
            .merging(more) { $1 }
    }

    @discardableResult
    mutating func increase(_ amount: String, at price: String, _ more: [Field: String] = [:]) throws -> Trade {
        try apply(.increased, more.merging([.amount: amount, .price: price]) { $1 })
    }

    @discardableResult
    mutating func reduce(_ amount: String, at price: String, _ more: [Field: String] = [:]) throws -> Trade {
        try apply(.reduced, more.merging([.amount: amount, .price: price]) { $1 })
    }

    @discardableResult
    mutating func close(at price: String, _ more: [Field: String] = [:]) throws -> Trade {
        try apply(.closed, more.merging([.price: price]) { $1 })
    }

    @discardableResult
    mutating func adjust(_ cost: String, kind: String = "funding") throws -> Trade {
        try apply(.adjusted, [.kind: kind, .cost: cost])
    }

    @discardableResult
    mutating func apply(_ type: EventType, _ fields: [Field: String] = [:], second: Int64 = 100) throws -> Trade {
        let body = try event(type, fields, second: second)
        try trade.apply(body, sequence: trade.lastSequence + 1)
        return trade
    }

    /// The code of the rule that forbids an event next; nil if it is allowed.
    func refusal(of type: EventType, _ fields: [Field: String] = [:], second: Int64 = 100) throws -> RejectionCode? {
        try rejection(of: event(type, fields, second: second))?.code
    }

    /// Why an event is not allowed next; nil if it is.
    ///
    /// Throws if the trade refuses the event but changes.
    func rejection(of body: EventBody) throws -> Rejection? {
        var next = trade
        do throws(Rejection) {
            try next.apply(body, sequence: trade.lastSequence + 1)
            return nil
        } catch {
            guard next == trade else { throw ChangedByRefusal() }
            return error
        }
    }

    struct ChangedByRefusal: Error {}
}

/// The body of an event of trade `T` this many seconds after 1970.
func event(_ type: EventType, _ fields: [Field: String] = [:], second: Int64 = 100) throws -> EventBody {
    let time = Timestamp(microsecondsSince1970: second * 1_000_000)
    return try EventDraft(type, subject: type.isAboutScope ? "all" : "T", occurredAt: time, fields: fields).body
}
