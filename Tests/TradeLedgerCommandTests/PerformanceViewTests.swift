import Foundation
import LedgerTestSupport
import Postgres
import PostgresTestSupport
import Testing

/// The command and the views of SQL have the same definitions; each computes on its own.
@Suite(.needsServer) struct `Performance in SQL` {
    private static let histories: [AccountHistory.Kind] = [.winsAndLosses, .noLosingTrade, .singleTrade]

    @Test(arguments: TestServer.all, histories)
    func `has the totals of the command, by day, symbol, strategy, tag and regime`(
        server: TestServer,
        kind: AccountHistory.Kind
    ) throws {
        try withDatabase(server, kind, seed: 11) { ledger, connection in
            for (group, view, column) in [
                ("day", "daily_performance", "day"), ("symbol", "performance_by_symbol", "symbol"),
                ("strategy", "performance_by_strategy", "strategy"), ("tag", "performance_by_tag", "tag"),
                ("regime", "performance_by_regime", "market_regime"),
            ] {
                let expected = try connection.rows(
                    """
                    SELECT quote, \(column)::text, trades, wins, losses, draws, trim_scale(net_pnl),
                        trim_scale(gross_profit), trim_scale(gross_loss), trim_scale(fees)
                    FROM \(view) ORDER BY quote COLLATE "C", \(column)
                    """
                )
                #expect(try totals(performance(ledger, "--by", group), "group") == expected, "\(group)")
            }
            let expected = try connection.rows(
                """
                SELECT quote, sum(trades), sum(wins), sum(losses), sum(draws), trim_scale(sum(net_pnl)),
                    trim_scale(sum(gross_profit)), trim_scale(sum(gross_loss)), trim_scale(sum(fees))
                FROM daily_performance GROUP BY quote ORDER BY quote COLLATE "C"
                """
            )
            #expect(try totals(performance(ledger)) == expected)
        }
    }

    @Test(arguments: TestServer.all, histories)
    func `has the equity of the command at the end of every day`(
        server: TestServer,
        kind: AccountHistory.Kind
    ) throws {
        try withDatabase(server, kind, seed: 12) { ledger, connection in
            let days = try connection.rows(
                """
                SELECT (day + 1)::text, quote, equity::text, row_number() OVER (PARTITION BY quote ORDER BY day)
                FROM equity_daily ORDER BY day, quote COLLATE "C"
                """
            )
            var comparisons = 0
            // Every tenth day and the last one, because each is a run of the command.
            let ends = Set(days.compactMap { $0[0] }).sorted().reversed().enumerated()
            for next in ends.filter({ $0.offset % 10 == 0 }).map(\.element) {
                for row in try performance(ledger, "--until", next) {
                    // The days of the view end with the last flow or close on record.
                    let quote = row["quote"]?.text
                    guard let day = days.first(where: { $0[0] == next && $0[1] == quote }) else { continue }
                    #expect(row["equity"]?.text == day[2], "\(next)")
                    #expect(row["days"]?.number.map(String.init) == day[3], "\(next)")
                    comparisons += 1
                }
            }
            #expect(comparisons > 0)
        }
    }

    @Test(arguments: TestServer.all, histories)
    func `has the daily returns and the drawdown of the command`(
        server: TestServer,
        kind: AccountHistory.Kind
    ) throws {
        try withDatabase(server, kind, seed: 13) { ledger, connection in
            let expected = try connection.rows(Self.documentedQuery())
            let printed = try performance(ledger)
            #expect(printed.count == expected.count && !printed.isEmpty)
            for (row, expected) in zip(printed, expected) {
                #expect(row["quote"]?.text == expected[0] && row["days"]?.number.map(String.init) == expected[1])
                for (name, value) in zip(["twr", "sharpe", "volatility", "max_drawdown_ratio"], expected.dropFirst(2)) {
                    let (number, other) = (row[name]?.text.flatMap(Double.init), value.flatMap(Double.init))
                    let isNear = number.flatMap { number in other.map { abs(number - $0) <= 1e-10 * abs($0) } }
                    #expect(isNear ?? (number == nil && other == nil), "\(name): \(row), not \(expected)")
                }
            }
            let falls = try connection.rows(
                """
                SELECT trim_scale(max(peak - equity))
                FROM (
                    SELECT curve.*,
                        greatest(0, max(equity) OVER (PARTITION BY curve.quote ORDER BY closed_at, id)) AS peak
                    FROM equity_curve AS curve JOIN trade_history USING (ledger_id, trade_id)
                ) AS curve
                GROUP BY quote ORDER BY quote COLLATE "C"
                """
            )
            #expect(printed.map { [$0["max_drawdown"]?.text] } == falls)
        }
    }

    /// The query of docs/statistics.md.
    private static func documentedQuery() throws -> String {
        let file = URL(filePath: #filePath).appending(path: "../../../docs/statistics.md").standardized
        let page = try String(contentsOf: file, encoding: .utf8)
        let blocks = page.components(separatedBy: "```").filter { $0.hasPrefix("sql\n") }
        return String(try #require(blocks.first).dropFirst(4))
    }

    /// Runs `body` with a random history and a database that `replicate` filled.
    private func withDatabase(
        _ server: TestServer,
        _ kind: AccountHistory.Kind,
        seed: UInt64,
        _ body: (CommandLedger, inout Connection) throws -> Void
    ) throws {
        try server.withMigratedDatabase { url in
            let ledger = try CommandLedger(AccountHistory.lines(kind, seed: seed))
            let outcome = try ledger.run("replicate", "--once", "--database", url)
            try #require(outcome.ending == .exit(0), "\(outcome.stderr)")
            var connection = try Connection(url: url, password: nil, applicationName: "tests")
            try body(ledger, &connection)
        }
    }

    private func performance(_ ledger: CommandLedger, _ options: String...) throws -> [[String: JSONValue]] {
        let arguments = ["performance", "--format", "json"] + options
        let outcome = try ledger.start(arguments, input: .bytes([])).finish()
        try #require(outcome.ending == .exit(0), "\(outcome.stderr)")
        return try outcome.lines.map(jsonObject)
    }

    /// The totals that SQL has too, in the order of its columns.
    private func totals(_ rows: [[String: JSONValue]], _ group: String? = nil) -> [[String?]] {
        rows.map { row in
            let texts = ["net_pnl", "gross_profit", "gross_loss", "fees"].map { row[$0]?.text }
            let counts = ["trades", "wins", "losses", "draws"].map { row[$0]?.number.map(String.init) }
            return [row["quote"]?.text] + (group.map { [row[$0]?.text] } ?? []) + counts + texts
        }
    }
}

extension Connection {
    /// The rows of a query as text.
    fileprivate mutating func rows(_ sql: String) throws -> [[String?]] {
        let result = try query(sql)
        return (0..<result.rowCount).map { row in
            (0..<result.columnCount).map { result.text(row: row, column: $0) }
        }
    }
}
