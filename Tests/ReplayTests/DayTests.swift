import Foundation
import Ledger
import LedgerTestSupport
import Projections
import Replay
import Testing
import TradeModel

/// `fixtures/day.ndjson`: fixtures/README.md works out by hand what it leaves.
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
                ["all", "news", "maria", "60"]
            ]
        )
        #expect(openTrades.filter { $0.isOpenedDuringHalt == true }.map(\.id) == ["t-5"])
    }

    /// The decisions with what their trades have brought, in these columns.
    private static func decisions(_ books: Books, _ names: [String]) throws -> [[String]] {
        let outcomes = books.outcomes.rowsByDecision
        let rows = try #require(books.records).decisions.map { $0.with(outcomes[$0.id] ?? []) }
        return texts(rows, DecisionRow.columns, names)
    }

    @Test func `leaves these decisions, with what their trades have brought`() throws {
        let directory = try Self.ledger()
        let replay = BooksReplay(try LedgerReader(opening: directory.path))
        let names = ["decision_id", "action", "symbol", "status", "reason", "actor", "trades", "net_pnl"]
        #expect(
            try Self.decisions(try replay.books().books, names) == [
                ["d-1", "buy", "BTC/USDT", "made", "-", "-", "1", "90.380752"],
                ["d-2", "buy", "ETH/USDT", "made", "-", "-", "0", "-"],
                ["d-3", "sell", "BTC/USDT:USDT", "made", "-", "-", "1", "14.24"],
                ["d-4", "buy", "BTC/USD:BTC", "made", "-", "-", "1", "-1.28"],
                ["d-5", "buy", "ETH/USDT", "made", "-", "-", "1", "-1.695"],
                ["d-6", "close", "BTC/USDT:USDT", "made", "halt", "-", "1", "14.24"],
                ["d-7", "buy", "SOL/USDT", "vetoed", "SOL/USDT is at its limit", "risk", "0", "-"],
                ["d-8", "hold", "DOGE/USDT", "made", "-", "-", "0", "-"],
                ["d-9", "sell", "ETH/USDT", "made", "-", "-", "1", "90.380752"],
                ["d-10", "buy", "DOGE/USDT", "made", "-", "-", "0", "-"],
                ["d-11", "sell", "BTC/USDT", "vetoed", "nobody trades on 0.35", "maria", "0", "-"],
            ]
        )
        // Before t-1 is reduced, after t-6 is opened, and before its decision is vetoed.
        let outcome = ["decision_id", "status", "trades", "net_pnl"]
        let early = try Self.decisions(try replay.books(asOf: .sequence(68)).books, outcome)
        #expect(early.first == ["d-1", "made", "1", "-12.8388"] && early.last == ["d-9", "made", "0", "-"])
        let late = try Self.decisions(try replay.books(asOf: .sequence(81)).books, outcome)
        #expect(late.last == ["d-10", "made", "1", "-0.01"])
        let last = try Self.decisions(try replay.books(asOf: .sequence(84)).books, outcome)
        #expect(last.suffix(2) == [["d-10", "made", "0", "-"], ["d-11", "made", "0", "-"]])
    }

    @Test func `leaves these predictions`() throws {
        let directory = try Self.ledger()
        let (books, _) = try BooksReplay(try LedgerReader(opening: directory.path)).books()
        let names = [
            "prediction_id", "value", "label", "reference", "resolved_value", "resolved_label", "error", "correct",
        ]
        #expect(
            Self.texts(try #require(books.records).predictions, PredictionRow.columns, names) == [
                ["p-1", "-", "up", "-", "-", "up", "-", "true"],
                ["p-2", "64300", "-", "64000", "64600", "-", "300", "true"],
                ["p-3", "64000", "-", "64000", "64600", "-", "600", "false"],
                ["p-4", "-", "up", "-", "-", "down", "-", "false"],
                ["p-5", "-", "down", "-", "-", "down", "-", "true"],
                ["p-6", "-", "up", "-", "-", "up", "-", "true"],
                ["p-7", "-", "up", "-", "-", "down", "-", "false"],
                ["p-8", "3398", "-", "3390", "3405.5", "-", "7.5", "true"],
                ["p-9", "3390", "-", "-", "3405.5", "-", "15.5", "-"],
                ["p-10", "-", "up", "-", "-", "down", "-", "false"],
                ["p-11", "142", "-", "141.5", "140.8", "-", "-1.2", "false"],
                ["p-12", "-", "up", "-", "-", "up", "-", "true"],
                ["p-13", "-", "down", "-", "-", "-", "-", "-"],
            ]
        )
    }

    @Test func `leaves these figures of models`() throws {
        let directory = try Self.ledger()
        let replay = BooksReplay(try LedgerReader(opening: directory.path))
        let (books, _) = try replay.books()
        #expect(
            Self.texts(books.models.rows, ModelRow.columns, ModelRow.columns.map(\.name)) == [
                ["baseline", "-", "2", "2", "0", "307.75", "180120.125"],
                ["close", "7", "3", "3", "2", "102.9", "30019.23"], ["direction", "1", "4", "4", "3", "-", "-"],
                ["direction", "2", "4", "3", "1", "-", "-"],
            ]
        )
        let calibration = Self.texts(
            books.models.calibrationRows,
            CalibrationRow.columns,
            CalibrationRow.columns.map(\.name)
        )
        #expect(
            calibration.sorted { $0.lexicographicallyPrecedes($1) } == [
                ["close", "7", "5", "1", "0.55", "0"], ["close", "7", "6", "1", "0.6", "1"],
                ["close", "7", "7", "1", "0.7", "1"], ["direction", "1", "6", "1", "0.64", "0"],
                ["direction", "1", "7", "2", "0.75", "1"], ["direction", "1", "9", "1", "1", "1"],
                ["direction", "2", "5", "1", "0.55", "1"], ["direction", "2", "8", "2", "0.83", "0"],
            ]
        )
        // t-1 is closed, and p-2 is not resolved yet.
        let (before, _) = try replay.books(asOf: .sequence(73))
        #expect(
            Self.texts(before.models.rows, ModelRow.columns, ModelRow.columns.map(\.name)).prefix(2) == [
                ["baseline", "-", "2", "0", "0", "-", "-"], ["close", "7", "3", "1", "0", "1.2", "1.44"],
            ]
        )
    }

    @Test func `leaves these strategies and alerts`() throws {
        let directory = try Self.ledger()
        let replay = BooksReplay(try LedgerReader(opening: directory.path))
        let (books, _) = try replay.books()
        let names = ["strategy", "strategy_version", "parameters_hash", "parameters", "active"]
        #expect(
            Self.texts(books.strategies.rows, StrategyRow.columns, names) == [
                ["trend", "1.1", "sha256:5f9a", #"{"fast":8,"slow":24}"#, "true"],
                ["hedge", "2.1", "sha256:77c0", #"{"ratio":0.5}"#, "true"], ["scalp", "0.3", "-", "-", "false"],
            ]
        )
        let (morning, _) = try replay.books(asOf: .sequence(36))
        #expect(Self.texts(morning.strategies.rows, StrategyRow.columns, names).map { $0[1] } == ["1.0", "2.1", "0.3"])
        #expect(
            Self.texts(
                try #require(books.records).alerts,
                AlertRow.columns,
                ["alert_id", "severity", "order_id", "status", "acknowledged_by"]
            ) == [
                ["a-1", "error", "o-2", "resolved", "maria"], ["a-2", "critical", "-", "resolved", "maria"],
                ["a-3", "warning", "-", "raised", "-"], ["a-4", "error", "-", "acknowledged", "maria"],
            ]
        )
    }

    /// Every row of these projections in every column, in the order of their texts.
    private static func all(_ books: Books) throws -> [[[String]]] {
        func rows<Row>(_ rows: [Row], _ columns: [Column<Row>]) -> [[String]] {
            texts(rows, columns, columns.map(\.name)).sorted { $0.lexicographicallyPrecedes($1) }
        }
        let records = try #require(books.records)
        return [
            rows(books.balances.rows, BalanceRow.columns), rows(books.orders.rows, OrderRow.columns),
            try decisions(books, DecisionRow.columns.map(\.name)), rows(records.predictions, PredictionRow.columns),
            rows(books.models.rows, ModelRow.columns), rows(books.models.calibrationRows, CalibrationRow.columns),
            rows(books.strategies.rows, StrategyRow.columns), rows(records.alerts, AlertRow.columns),
        ]
    }

    @Test func `is the same at every earlier moment, however far the log goes`() throws {
        let directory = try Self.ledger()
        let reader = try LedgerReader(opening: directory.path)
        let whole = BooksReplay(reader)
        var events = try reader.events()
        var drafts: [EventDraft] = []
        for sequence in 0...(try reader.durableSequence()) {
            if sequence > 0, let event = try events.next() {
                drafts.append(EventDraft(eventID: event.eventID, body: event.body.copied()))
            }
            let copy = TemporaryDirectory()
            try Ledger.create(in: copy.path)
            let ledger = try Ledger(opening: copy.path)
            if !drafts.isEmpty { _ = try ledger.append(batch: drafts) }
            ledger.close()
            let (cut, _) = try BooksReplay(try LedgerReader(opening: copy.path)).books()
            let (then, _) = try whole.books(asOf: .sequence(sequence))
            #expect(try Self.all(then) == Self.all(cut), "up to \(sequence)")
        }
    }
}
