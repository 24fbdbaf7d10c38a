import Ledger
import LedgerTestSupport
import PostgresTestSupport
import Projections
import Replay
import Statistics
import Testing
import TradeModel

@Suite(.needsServer) struct `The equity of a day` {
    private static let lines = [
        account("deposited", day: 1, #""amount":1000"#),
        trade("opened", "a", day: 2, #""symbol":"BTC/USDT","side":"buy","order_type":"market","amount":1,"price":100"#),
        account("adjusted", day: 3, #""kind":"interest","cost":"2.5""#),
        account("transferred", day: 3, #""amount":100,"to_account":"savings""#),
        trade("closed", "a", day: 5, #""price":110,"fee":1"#),
        account("adjusted", day: 5, #""kind":"correction","cost":"-0.5""#),
        account("adjusted", day: 5, #""kind":"conversion","cost":"-10""#),
        account("withdrawn", day: 6, #""amount":200"#),
        trade("opened", "b", day: 6, #""symbol":"BTC/USDT","side":"buy","order_type":"market","amount":1,"price":100"#),
        trade("voided", "b", day: 7, #""reason":"test""#),
        trade("opened", "c", day: 4, #""symbol":"ETH/EUR","side":"sell","order_type":"market","amount":1,"price":50"#),
        trade("closed", "c", day: 4, #""price":60"#),
    ]

    @Test(arguments: TestServer.all)
    func `is its capital and what was realized by then, on every day of the calendar`(server: TestServer) throws {
        try ReplicatedLedger.with(server) { ledger in
            try ledger.append(Self.lines)
            try ledger.ship()
            #expect(
                try ledger.rows(
                    """
                    SELECT quote, extract(day FROM day)::text, capital_in::text, capital_out::text, net_pnl::text,
                        equity::text
                    FROM equity_daily ORDER BY quote, day
                    """
                ) == [
                    ["EUR", "4", "0", "0", "-10", "-10"], ["USDT", "1", "1000", "0", "0", "1000"],
                    ["USDT", "2", "0", "0", "0", "1000"], ["USDT", "3", "0", "0", "2.5", "1002.5"],
                    ["USDT", "4", "0", "0", "0", "1002.5"], ["USDT", "5", "0", "10.5", "9", "1001"],
                    ["USDT", "6", "0", "200", "0", "801"],
                ]
            )
        }
    }

    @Test(arguments: TestServer.all, [AccountHistory.Kind.winsAndLosses, .lossesToBelowZero, .noTrade])
    func `is the same from the log alone`(server: TestServer, kind: AccountHistory.Kind) throws {
        try ReplicatedLedger.with(server) { ledger in
            try ledger.append(AccountHistory.lines(kind, seed: 14))
            try ledger.ship()
            let expected = try ledger.rows(
                """
                SELECT quote, day::text, capital_in::text, capital_out::text, net_pnl::text, equity::text
                FROM equity_daily ORDER BY quote COLLATE "C", day
                """
            )
            let days = try PerformanceReplay([ledger.reader]).dailyEquity()
            let rows = try days.rows(rowCountMax: .max).map { row in
                [row.quote.text, row.day.day.description]
                    + [row.day.capitalIn, row.day.capitalOut, row.day.pnl, row.day.equity].map(\.description)
            }
            #expect(rows == expected && !rows.isEmpty)
        }
    }

    private static func account(_ type: String, day: Int, _ members: String) -> String {
        #"{"type":"account.\#(type)","account":"main","currency":"USDT","occurred_at":"2026-03-0\#(day)T23:59:59Z","#
            + "\(members)}"
    }

    private static func trade(_ type: String, _ id: String, day: Int, _ members: String) -> String {
        #"{"type":"trade.\#(type)","trade_id":"\#(id)","occurred_at":"2026-03-0\#(day)T00:00:00Z",\#(members)}"#
    }
}
