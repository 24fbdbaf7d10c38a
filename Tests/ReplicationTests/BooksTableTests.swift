import Foundation
import Ledger
import LedgerTestSupport
import PostgresTestSupport
import Projections
import Replay
import Replication
import Testing
import TradeModel

/// The tables that `Books` folds, and their views.
@Suite(.needsServer) struct `The books in a database` {
    private static func texts<Row>(_ rows: [Row], _ columns: [Column<Row>]) -> [[String?]] {
        sorted(rows.map { row in columns.filter(\.isPrinted).map { $0.value(row).text } })
    }

    private static func sorted(_ rows: [[String?]]) -> [[String?]] {
        rows.sorted { $0.map { $0 ?? "" }.lexicographicallyPrecedes($1.map { $0 ?? "" }) }
    }

    /// What a view shows in the columns that the program prints, in its form.
    private static func shown<Row>(
        _ view: String,
        _ columns: [Column<Row>],
        _ ledger: ReplicatedLedger
    ) throws
        -> [[String?]]
    {
        let selected = columns.filter(\.isPrinted).map { column in
            switch column.type {
            case .timestamptz:
                #"to_char(\#(column.name) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"#
            default: "\(column.name)::text"
            }
        }
        let rows = try ledger.rows("SELECT \(selected.joined(separator: ", ")) FROM \(view)")
        return sorted(rows)
    }

    /// Every view against the fold, whether the events come at once or one after the other.
    @Test(arguments: TestServer.all, [1, 7, 100])
    func `show what the log folds to`(server: TestServer, batchCount: Int) throws {
        try ReplicatedLedger.with(server) { ledger in
            let lines = try DayOfBot.lines() + Self.corners
            for start in stride(from: 0, to: lines.count, by: batchCount) {
                try ledger.append(Array(lines[start..<min(start + batchCount, lines.count)]))
                try ledger.ship()
            }
            #expect(try ledger.problems() == [])
            let (books, openTrades) = try BooksReplay(try ledger.reader).books()
            #expect(
                try Self.shown("orders", OrderRow.columns, ledger) == Self.texts(books.orders.rows, OrderRow.columns)
            )
            #expect(
                try Self.shown("balances", BalanceRow.columns, ledger)
                    == Self.texts(books.balances.rows, BalanceRow.columns)
            )
            #expect(
                try Self.shown("positions", PositionRow.columns, ledger)
                    == Self.texts(books.positionRows, PositionRow.columns)
            )
            #expect(try Self.shown("halts", HaltRow.columns, ledger) == Self.texts(books.halts.rows, HaltRow.columns))
            try Self.expectReasons(books, ledger)
            let portfolios = books.portfolioRows(openTrades, base: nil)
            #expect(
                try Self.shown("portfolios", PortfolioRow.columns, ledger)
                    == Self.texts(portfolios, PortfolioRow.columns)
            )
            for source in ["trade_history", "trade_history_as_of(now())"] {
                let opened = try ledger.rows("SELECT trade_id FROM \(source) WHERE opened_during_halt")
                #expect(opened == [["t-5"]], "\(source)")
            }
            #expect(
                try ledger.rows("SELECT account, kind, amount::text FROM capital_flows ORDER BY sequence, account") == [
                    ["main", "deposited", "10000"], ["main", "deposited", "1"], ["main", "transferred", "-1000"],
                    ["savings", "transferred", "1000"], ["savings", "withdrawn", "-250.5"],
                    ["inverse", "deposited", "1"],
                ]
            )
        }
    }

    /// Why trades were made: the views of decisions, predictions, models, strategies and alerts.
    private static func expectReasons(_ books: Books, _ ledger: ReplicatedLedger) throws {
        let records = try #require(books.records)
        let outcomes = books.outcomes.rowsByDecision
        let decisions = records.decisions.map { $0.with(outcomes[$0.id] ?? []) }
        #expect(try shown("decisions", DecisionRow.columns, ledger) == texts(decisions, DecisionRow.columns))
        #expect(
            try shown("ml_predictions", PredictionRow.columns, ledger)
                == texts(records.predictions, PredictionRow.columns)
        )
        #expect(
            try shown("model_performance", ModelRow.columns, ledger) == texts(books.models.rows, ModelRow.columns)
        )
        #expect(
            try shown("model_calibration", CalibrationRow.columns, ledger)
                == texts(books.models.calibrationRows, CalibrationRow.columns)
        )
        #expect(
            try shown("strategies", StrategyRow.columns, ledger) == texts(books.strategies.rows, StrategyRow.columns)
        )
        #expect(try shown("alerts", AlertRow.columns, ledger) == texts(records.alerts, AlertRow.columns))
    }

    /// Random histories of every family, whose batches end anywhere.
    @Test(arguments: TestServer.all, [3, 17] as [UInt64])
    func `show what a random history folds to, and are the same in SQL`(server: TestServer, seed: UInt64) throws {
        try ReplicatedLedger.with(server) { ledger in
            var generator = EventGenerator(seed: seed)
            for _ in 0..<4 {
                try ledger.append((0..<250).map { _ in generator.nextLine() })
                try ledger.ship()
            }
            let checks = try DatabaseAudit(ledger.reader, ledger.address).run(.deep) { _ in }
            #expect(checks.compactMap(\.problem) == [])
            let (books, _) = try BooksReplay(try ledger.reader).books()
            #expect(books.records?.predictions.isEmpty == false && !books.outcomes.rows.isEmpty)
            try Self.expectReasons(books, ledger)
            try ledger.execute("UPDATE ledger.model_performance SET correct = correct + 1 WHERE model_version = '1'")
            try ledger.execute("UPDATE ledger.model_calibration SET n = n + 1 WHERE model_version = '2'")
            let names = try DatabaseAudit(ledger.reader, ledger.address).run(.deep) { _ in }
                .filter { $0.problem != nil }.map(\.name)
            #expect(names == ["database models", "database calibrations", "database fold of models"])
        }
    }

    /// One price of more digits than a quotient keeps, and an inverse contract that has a price.
    private static let corners: [String] = [
        #""type":"account.deposited","account":"inverse","currency":"BTC","amount":1"#,
        #""type":"trade.opened","trade_id":"inverse","symbol":"BTC/USD:BTC","account":"inverse","side":"sell","#
            + #""order_type":"market","amount":1,"price":100"#,
        #""type":"price.observed","symbol":"BTC/USD:BTC","price":101"#,
        #""type":"order.accepted","order_id":"small""#,
        small("a", 3), small("b", 7),
        #""type":"trade.reduced","trade_id":"small-a","amount":1,"price":1"#,
    ].map { #"{"occurred_at":1772500000000,\#($0)}"# }

    private static func small(_ name: String, _ amount: Int) -> String {
        #""type":"trade.opened","trade_id":"small-\#(name)","symbol":"SMALL/USDT","side":"buy","order_type":"market","#
            + #""order_id":"small","amount":\#(amount),"price":"0.000000000000000000123""#
    }

    /// `verify --deep` computes balances and orders a second time.
    @Test(arguments: TestServer.all)
    func `are computed in SQL a second time, and a change of both log and table is found`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            try ledger.append(try DayOfBot.lines() + Self.withoutSeparator)
            try ledger.ship()
            func problems() throws -> [String] {
                try DatabaseAudit(ledger.reader, ledger.address).run(.deep) { _ in }.filter { $0.problem != nil }
                    .map(\.name)
            }
            #expect(try problems() == [])
            try ledger.execute("UPDATE ledger.balances SET traded = traded + 1, amount = amount + 1")
            #expect(try problems() == ["database balances", "database fold of balances"])
            try ledger.execute("UPDATE ledger.balances SET traded = traded - 1, amount = amount - 1")
            try ledger.execute("UPDATE ledger.orders SET filled_amount = 7 WHERE order_id = 'o-6'")
            #expect(try problems() == ["database orders", "database fold of orders"])
        }
    }

    /// Trades whose symbols name no currency: one says its quote currency, the other does not.
    private static let withoutSeparator = [#""quote":"USD","fee":"1","#, ""].enumerated().map { number, quote in
        #"{"type":"trade.opened","trade_id":"share-\#(number)","occurred_at":1772500000000,"symbol":"AAPL","#
            + #"\#(quote)"side":"buy","order_type":"market","amount":10,"price":150}"#
    }

    private static let changes: [(sql: String, rows: String)] = [
        ("UPDATE ledger.orders SET status = 'filled' WHERE order_id = 'o-2'", "orders"),
        ("DELETE FROM ledger.balances WHERE currency = 'BNB'", "balances"),
        ("UPDATE ledger.positions SET cost = cost + 1 WHERE symbol = 'SOL/USDT'", "positions"),
        ("UPDATE ledger.prices SET price = 1 WHERE symbol = 'BTC/USDT'", "prices"),
        ("UPDATE ledger.halts SET resumed_at = NULL", "halts"),
        ("UPDATE ledger.capital_flows SET amount = 2 WHERE amount = 1", "flows"),
        ("INSERT INTO ledger.prices SELECT ledger_id, 'X/Y', 1, observed_at, 1 FROM ledger.prices LIMIT 1", "prices"),
        ("UPDATE ledger.decisions SET status = 'made' WHERE decision_id = 'd-7'", "decisions"),
        ("UPDATE ledger.decision_outcomes SET net_pnl = 90 WHERE decision_id = 'd-1'", "outcomes"),
        ("UPDATE ledger.predictions SET resolved_value = 64300, error = 0 WHERE prediction_id = 'p-2'", "predictions"),
        ("UPDATE ledger.model_performance SET correct = 3 WHERE model_version = '2'", "models"),
        ("DELETE FROM ledger.model_performance WHERE model_version IS NULL", "models"),
        ("UPDATE ledger.model_calibration SET correct_share = 1 WHERE tenth = 8", "calibrations"),
        ("UPDATE ledger.strategies SET active = true, retired_at = NULL WHERE strategy = 'scalp'", "strategies"),
        ("UPDATE ledger.alerts SET acknowledged_by = 'jo' WHERE alert_id = 'a-2'", "alerts"),
    ]

    @Test(arguments: TestServer.all)
    func `are proved by verify, and corrected by a repair and a rebuild`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            try ledger.append(try DayOfBot.lines())
            try ledger.ship()
            for (sql, rows) in Self.changes {
                for isRepair in [true, false] {
                    try ledger.execute(sql)
                    let checks = try DatabaseAudit(ledger.reader, ledger.address).run { _ in }
                    #expect(checks.filter { $0.problem != nil }.map(\.name) == ["database \(rows)"], "\(sql)")
                    if isRepair {
                        _ = try DatabaseRepair(try ledger.reader, ledger.address).run { _ in }
                    } else {
                        _ = try ProjectionRebuild(try ledger.reader, ledger.address).run { _ in }
                    }
                    #expect(try ledger.problems() == [], "\(sql)")
                }
            }
        }
    }
}

/// The events of `fixtures/day.ndjson`.
enum DayOfBot {
    static func lines() throws -> [String] {
        let file = URL(filePath: #filePath).appending(path: "../../../fixtures/day.ndjson").standardized
        return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
    }
}
