import Foundation
import Ledger
import LedgerTestSupport
import Projections
import Replay
import Testing
import TradeModel

/// `fixtures/day.ndjson`: fixtures/README.md works out the balances by hand.
@Suite struct `The day of a bot` {
    private static func ledger() throws -> TemporaryDirectory {
        let directory = TemporaryDirectory()
        try Ledger.create(in: directory.path)
        let ledger = try Ledger(opening: directory.path)
        defer { ledger.close() }
        let file = URL(filePath: #filePath).appending(path: "../../../fixtures/day.ndjson").standardized
        let lines = Array(try Data(contentsOf: file)).split(separator: UInt8(ascii: "\n"))
        for outcome in ledger.append(lines: lines.map { EventLine(Array($0)) }) { _ = try outcome.get() }
        return directory
    }

    private static func texts<Row>(_ rows: [Row], _ columns: [Column<Row>], _ names: [String]) -> [[String]] {
        rows.map { row in
            names.map { name in columns.first { $0.name == name }?.value(row).text ?? "-" }
        }
    }

    @Test func `leaves the balances that were worked out by hand`() throws {
        let directory = try Self.ledger()
        let (books, _) = try BooksReplay(try LedgerReader(opening: directory.path)).books()
        let names = [
            "account", "currency", "deposited", "withdrawn", "transferred", "adjusted", "traded", "fees", "amount",
            "difference", "incomplete",
        ]
        #expect(
            Self.texts(books.balances.rows, BalanceRow.columns, names) == [
                ["main", "BNB", "1", "0", "0", "0", "0", "0.0086", "0.9914", "0", "false"],
                ["main", "BTC", "0", "0", "0", "0.0003", "0.00012", "0.00014", "0.00028", "-", "true"],
                ["main", "ETH", "0", "0", "0", "0", "0.5", "0", "0.5", "-", "false"],
                ["main", "SOL", "0", "0", "0", "0", "10", "0", "10", "-", "false"],
                [
                    "main", "USDT", "10000", "0", "-1000", "1.06", "-2966.552", "22.402248", "6012.105752", "-0.5",
                    "false",
                ],
                ["savings", "USDT", "0", "250.5", "1000", "0", "0", "0", "749.5", "-", "false"],
            ]
        )
    }

    @Test func `leaves these orders, positions and halts`() throws {
        let directory = try Self.ledger()
        let (books, openTrades) = try BooksReplay(try LedgerReader(opening: directory.path)).books()
        #expect(
            Self.texts(
                books.orders.rows,
                OrderRow.columns,
                ["order_id", "origin", "status", "filled_amount", "average_price", "fees", "anomaly"]
            ) == [
                ["o-1", "submitted", "completed", "0.2", "63994", "-", "-"],
                ["o-2", "submitted", "cancelled", "0", "-", "0", "-"],
                ["by hand/1", "external", "completed", "10", "140", "1.4", "-"],
                ["o-3", "submitted", "completed", "0.1", "64100", "3.205", "-"],
                ["o-4", "submitted", "completed", "0.5", "64000", "0.00002", "-"],
                ["o-6", "submitted", "partially_filled", "0.5", "3390", "1.695", "-"],
                ["o-5", "submitted", "completed", "0.1", "63900", "3.195", "-"],
            ]
        )
        #expect(
            Self.texts(books.positionRows, PositionRow.columns, ["symbol", "amount", "cost", "unrealized_pnl"]) == [
                ["BTC/USD:BTC", "0.5", "32000", "-"], ["ETH/USDT", "0.5", "1695", "7.75"],
                ["SOL/USDT", "10", "1400", "12.5"],
            ]
        )
        let portfolios = books.portfolioRows(openTrades, base: nil)
        #expect(
            Self.texts(portfolios, PortfolioRow.columns, ["account", "base", "cash", "equity", "unpriced"]) == [
                ["main", "USDT", "6012.105752", "-", "BTC/USD:BTC, USD"], ["savings", "USDT", "749.5", "749.5", "-"],
            ]
        )
        #expect(
            Self.texts(books.halts.rows, HaltRow.columns, ["scope", "reason", "resumed_by", "last_sequence"]) == [
                ["all", "news", "maria", "30"]
            ]
        )
        #expect(openTrades.filter { $0.isOpenedDuringHalt == true }.map(\.id) == ["t-5"])
    }

    @Test func `is the same at every earlier moment, however far the log goes`() throws {
        let directory = try Self.ledger()
        let reader = try LedgerReader(opening: directory.path)
        let whole = BooksReplay(reader)
        for sequence in 0...(try reader.durableSequence()) {
            let copy = TemporaryDirectory()
            try Ledger.create(in: copy.path)
            let ledger = try Ledger(opening: copy.path)
            var events = try reader.events()
            while let event = try events.next(), event.sequence <= sequence {
                _ = try ledger.append(EventDraft(eventID: event.eventID, body: event.body))
            }
            ledger.close()
            let (cut, _) = try BooksReplay(try LedgerReader(opening: copy.path)).books()
            let (then, _) = try whole.books(asOf: .sequence(sequence))
            let names = BalanceRow.columns.map(\.name)
            #expect(
                Self.texts(then.balances.rows, BalanceRow.columns, names)
                    == Self.texts(cut.balances.rows, BalanceRow.columns, names)
            )
            let orderNames = OrderRow.columns.map(\.name)
            #expect(
                Self.texts(then.orders.rows, OrderRow.columns, orderNames)
                    == Self.texts(cut.orders.rows, OrderRow.columns, orderNames)
            )
        }
    }
}
