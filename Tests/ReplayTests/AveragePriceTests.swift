import Projections
import Testing
import TradeModel

@Suite struct `The average price of an order and of a position` {
    private var book = FoldedBook()
    /// More digits than a quotient keeps.
    private static let price = "0.000000000000000000123"

    private func opened(_ trade: String, _ amount: String, at price: String) -> String {
        #"{"type":"trade.opened","trade_id":"\#(trade)","occurred_at":1700000000000,"symbol":"A/B","side":"buy","#
            + #""order_type":"limit","order_id":"o","amount":"\#(amount)","price":"\#(price)"}"#
    }

    private func order() throws -> String? {
        try text(OrderRow.columns, "average_price", try #require(book.books.orders.rows.first))
    }

    private func position() throws -> String? {
        try text(PositionRow.columns, "entry_price", try #require(book.books.positionRows.first))
    }

    private func text<Row>(_ columns: [Column<Row>], _ name: String, _ row: Row) throws -> String? {
        try #require(columns.first { $0.name == name }).value(row).text
    }

    @Test mutating func `is exactly the price if there is one, also after partial exits, and again after a void`()
        throws
    {
        try book.apply(#"{"type":"order.accepted","order_id":"o","occurred_at":1700000000000}"#)
        try book.apply(opened("t", "3", at: Self.price))
        try book.apply(opened("u", "7", at: Self.price))
        #expect(try order() == Self.price && position() == Self.price)
        try book.apply(#"{"type":"trade.reduced","trade_id":"t","occurred_at":1700000000001,"amount":"1","price":"1"}"#)
        #expect(try position() == Self.price)
        try book.apply(opened("v", "10", at: "0.5"))
        #expect(try order() == "0.25")
        #expect(try position() == "0.263157894736842105")
        try book.apply(#"{"type":"trade.voided","trade_id":"v","occurred_at":1700000000001}"#)
        #expect(try order() == Self.price && position() == Self.price)
    }

    @Test mutating func `is rounded if one trade has several prices, even if all trades have the same average`() throws
    {
        for trade in ["t", "u"] {
            try book.apply(opened(trade, "1", at: "1"))
            try book.apply(
                #"{"type":"trade.increased","trade_id":"\#(trade)","occurred_at":1700000000000,"amount":2,"price":2}"#
            )
        }
        #expect(try position() == "1.666666666666666667")
    }

    @Test mutating func `has no digits that say nothing`() throws {
        try book.apply(#"{"type":"order.accepted","order_id":"o","occurred_at":1700000000000}"#)
        try book.apply(opened("t", "1.00", at: "1.10"))
        #expect(try order() == "1.1" && position() == "1.1")
        try book.apply(opened("u", "1.00", at: "2.10"))
        #expect(try order() == "1.6" && position() == "1.6")
    }
}

@Suite struct `A position in an inverse contract` {
    @Test func `has no value, and is unpriced only while its symbol has no price`() throws {
        var book = FoldedBook()
        try book.apply(
            #"{"type":"account.deposited","account":"default","currency":"BTC","amount":1,"occurred_at":1700000000000}"#
        )
        try book.apply(
            #"{"type":"trade.opened","trade_id":"t","occurred_at":1700000000000,"symbol":"BTC/USD:BTC","side":"buy","#
                + #""order_type":"limit","amount":"1","price":"100"}"#
        )
        func portfolio() throws -> [String?] {
            let row = try #require(book.books.portfolioRows(book.openTrades, base: nil).first)
            return ["positions_value", "equity", "unpriced"].map { name in
                PortfolioRow.columns.first { $0.name == name }?.value(row).text
            }
        }
        #expect(try portfolio() == [nil, nil, "BTC/USD:BTC"])
        try book.apply(
            #"{"type":"price.observed","symbol":"BTC/USD:BTC","price":100,"occurred_at":1700000000000}"#
        )
        #expect(try portfolio() == [nil, nil, nil])
    }
}
