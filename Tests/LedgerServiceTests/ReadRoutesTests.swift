import Ledger
import LedgerTestSupport
import Testing
import TradeModel

@testable import LedgerService

@Suite(.onOwnThread) struct `The routes answered from the log` {
    /// A history of which index runs know a part.
    private static func served(seed: UInt64, _ count: Int = 1500) throws -> ServedLedger {
        let followed = try FollowedLedger(seed: seed)
        try followed.append(count)
        try followed.reopen()
        try followed.append(count / 3)
        return try ServedLedger(followed)
    }

    /// Compares a list with the lines of a command, whole and by pages.
    private func compare(
        _ served: ServedLedger,
        _ path: String,
        _ query: String,
        _ arguments: [String],
        pageCount limit: Int = 7
    ) throws -> Int {
        let lines = try served.lines(arguments)
        let pages = try served.pages(path, [query, "limit=1000"].filter { !$0.isEmpty })
        #expect(pages.map(\.data).filter { !$0.isEmpty }.joined(separator: ",") == lines.joined(separator: ","))
        let small = try served.pages(path, [query, "limit=\(limit)"].filter { !$0.isEmpty })
        #expect(small.map(\.data).filter { !$0.isEmpty }.joined(separator: ",") == lines.joined(separator: ","))
        #expect(small.count >= (lines.count + limit - 1) / limit)
        #expect(Set((pages + small).compactMap(\.sequence)).count == 1)
        return lines.count
    }

    @Test(arguments: [
        ("", []), ("from=700", ["--from", "700"]), ("from=10&to=90", ["--from", "10", "--to", "90"]),
        ("type=trade.closed", ["--type", "trade.closed"]), ("family=order", ["--family", "order"]),
        ("trade=trade-7", ["--trade", "trade-7"]), ("subject=trade-7", ["--subject", "trade-7"]),
        ("trade=trade-7&type=trade.opened", ["--trade", "trade-7", "--type", "trade.opened"]),
        ("subject=%E6%97%A5%E6%9C%AC/%E5%86%86&family=price", ["--subject", "日本/円", "--family", "price"]),
    ])
    func `list events as the program prints them`(query: String, arguments: [String]) throws {
        let served = try Self.served(seed: 1)
        #expect(try compare(served, "/v1/events", query, ["events"] + arguments, pageCount: 150) > 0)
    }

    @Test func `list no event where there is none`() throws {
        let served = try Self.served(seed: 2, 30)
        for query in ["from=1000", "to=0", "trade=nobody's", "from=9&to=3"] {
            let page = try Page(try served.answer("/v1/events", query))
            #expect(page.data.isEmpty && page.next == nil && page.sequence == 40)
        }
    }

    @Test(arguments: [
        ("", []), ("status=open", ["--open"]), ("status=closed", ["--closed"]), ("status=voided", ["--voided"]),
        ("symbol=BTC/USDT&strategy=s1", ["--symbol", "BTC/USDT", "--strategy", "s1"]),
        ("since=2023-11-15", ["--since", "2023-11-15"]), ("until=2023-11-15", ["--until", "2023-11-15"]),
        ("closed_since=2023-11-15&status=closed", ["--closed-since", "2023-11-15", "--closed"]),
        ("closed_until=2023-11-15", ["--closed-until", "2023-11-15"]),
        ("as_of_sequence=400", ["--as-of-sequence", "400"]),
        ("as_of_sequence=400&status=open", ["--as-of-sequence", "400", "--open"]),
    ])
    func `list trades as the program prints them`(query: String, arguments: [String]) throws {
        let served = try Self.served(seed: 3)
        #expect(try compare(served, "/v1/trades", query, ["trades"] + arguments) > 0)
    }

    @Test func `list no trade with another tag or on another account`() throws {
        let served = try Self.served(seed: 4, 60)
        for query in ["tag=none", "account=none", "status=open&strategy=none", "as_of_sequence=0"] {
            #expect(try Page(try served.answer("/v1/trades", query)).data.isEmpty)
        }
    }

    @Test(arguments: [
        ("/v1/decisions", "", ["decisions"]),
        ("/v1/decisions", "status=vetoed", ["decisions", "--status", "vetoed"]),
        ("/v1/decisions", "as_of_sequence=900", ["decisions", "--as-of-sequence", "900"]),
        ("/v1/predictions", "", ["predictions"]),
        ("/v1/predictions", "resolved=true", ["predictions", "--resolved"]),
        ("/v1/predictions", "resolved=false", ["predictions", "--open"]),
        ("/v1/predictions", "until=2023-11-15", ["predictions", "--until", "2023-11-15"]),
        ("/v1/alerts", "", ["alerts"]),
        ("/v1/alerts", "status=raised", ["alerts", "--status", "raised"]),
        ("/v1/alerts", "severity=error", ["alerts", "--severity", "error"]),
        ("/v1/alerts", "as_of_sequence=900", ["alerts", "--as-of-sequence", "900"]),
    ])
    func `list decisions, predictions and alerts as the program prints them`(
        path: String,
        query: String,
        arguments: [String]
    ) throws {
        let served = try Self.served(seed: 5)
        #expect(try compare(served, path, query, arguments) > 0)
    }

    @Test(arguments: ["/v1/trades", "/v1/decisions", "/v1/predictions", "/v1/alerts"])
    func `list what counts where events were given up as damaged`(path: String) throws {
        let (followed, forged) = (try FollowedLedger(seed: 6), TemporaryDirectory())
        try followed.append(600)
        try ForgedLog.write(from: followed.directory.path, into: forged.path) { events in
            for index in stride(from: 20, to: events.count, by: 50) {
                var lost = BodyWriter(type: .lost, occurredAt: events[index].recordedAt, subject: [])
                lost.append(.reason, text: "disk".utf8)
                lost.append(.actor, text: "maria".utf8)
                let (time, id) = (events[index].recordedAt, events[index].eventID)
                events[index] = Event(sequence: UInt64(index + 1), recordedAt: time, eventID: id, body: lost.finish())
            }
        }
        let served = try ServedLedger(forged)
        #expect(try compare(served, path, "", [String(path.dropFirst("/v1/".count))]) > 0)
    }

    /// The bytes of a text in an answer.
    private func text(_ name: String, in answer: Answer) throws -> [UInt8] {
        let object = try ContextObject(parsing: answer.body[...])
        return Array(object[name]?.string ?? [])
    }

    @Test func `give the state, the checkpoint and the proofs as the program prints them`() throws {
        let served = try Self.served(seed: 7, 90)
        #expect(try served.problem("/v1/checkpoint") == .notFound)
        #expect(try served.problem("/v1/proof/{trade_id}", nil, ["trade_id": "trade-1"]) == .notFound)
        _ = try served.printed("init", "--signing-key")
        let checkpoint = try served.answer("/v1/checkpoint")
        #expect(try text("checkpoint", in: checkpoint) == served.printed("checkpoint") && checkpoint.sequence == 120)
        let proof = try served.answer("/v1/proof/{trade_id}", nil, ["trade_id": "trade-1"])
        #expect(try text("proof", in: proof) == served.printed("prove", "trade-1") && proof.sequence == 120)
        #expect(try served.problem("/v1/proof/{trade_id}", nil, ["trade_id": "nobody's"]) == .notFound)
        let status = try served.answer("/v1/status")
        #expect(try status.body + [0x0A] == served.printed("status", "--format", "json") && status.sequence == nil)
    }

    @Test func `list the rejected events by pages`() throws {
        let followed = try FollowedLedger(seed: 8)
        let lines = (0..<20).map {
            #"{"type":"trade.closed","trade_id":"nobody's-\#($0)","occurred_at":1700000000000}"#
        }
        for outcome in followed.ledger.append(lines: lines.map { EventLine(Array($0.utf8)) }) {
            #expect(throws: (any Error).self) { try outcome.get() }
        }
        let served = try ServedLedger(followed)
        #expect(try compare(served, "/v1/rejected", "", ["rejected"]) == 20)
        #expect(try served.answer("/v1/rejected").sequence == nil)
    }

    @Test(arguments: [
        ("", []), ("by=month", ["--by", "month"]), ("by=account&base=USDT", ["--by", "account", "--base", "USDT"]),
        ("capital=10000&convention=freqtrade", ["--capital", "10000", "--convention", "freqtrade"]),
        ("marked=true&until=2026-02-10", ["--marked", "--until", "2026-02-10"]),
        ("since=2026-01-20&until=2026-02-20", ["--since", "2026-01-20", "--until", "2026-02-20"]),
        ("as_of_sequence=150", ["--as-of-sequence", "150"]),
    ])
    func `give the figures as the program prints them`(query: String, arguments: [String]) throws {
        let followed = try FollowedLedger(seed: 9)
        try followed.append(AccountHistory.lines(.winsAndLosses, seed: 1))
        let served = try ServedLedger(followed)
        let lines = try served.lines(["performance"] + arguments)
        #expect(try served.pages("/v1/performance", [query]).map(\.data) == [lines.joined(separator: ",")])
    }

    @Test func `give the equity of each day by pages`() throws {
        let followed = try FollowedLedger(seed: 10)
        try followed.append(EquityExample.lines)
        let served = try ServedLedger(followed)
        let rows = EquityExample.rows
        #expect(try served.pages("/v1/equity").map(\.data) == [rows.joined(separator: ",")])
        let pages = try served.pages("/v1/equity", ["limit=2"]).map(\.data)
        #expect(pages.count == 4 && pages.joined(separator: ",") == rows.joined(separator: ","))
        #expect(try served.pages("/v1/equity", ["quote=EUR"]).map(\.data) == [rows[0]])
        #expect(try served.pages("/v1/equity", ["as_of_sequence=0"]).map(\.data) == [""])
    }

    @Test func `end a page after many events that are not asked for, and say where the next one begins`() throws {
        let followed = try FollowedLedger(seed: 13)
        let price = #"{"type":"price.observed","symbol":"A/B","occurred_at":1700000000000,"price":"1"}"#
        for _ in 0..<30 { try followed.append(Array(repeating: price, count: 10_000)) }
        let last = try followed.append([
            #"{"type":"trade.opened","trade_id":"t","occurred_at":1700000000000,"symbol":"A/B","side":"buy","#
                + #""order_type":"market","amount":"1","price":"1"}"#
        ])
        let served = try ServedLedger(followed)
        for (path, query) in [("/v1/trades", []), ("/v1/events", ["type=trade.opened"])] {
            let pages = try served.pages(path, query)
            #expect(pages.map(\.sequence) == [last, last])
            #expect(pages.map { $0.data.contains(#""trade_id":"t""#) } == [false, true])
            #expect(pages.map(\.data.isEmpty) == [true, false])
        }
    }

    @Test(arguments: ["/v1/events", "/v1/trades", "/v1/decisions", "/v1/equity", "/v1/rejected"])
    func `take only the cursors that they gave`(path: String) throws {
        let served = try Self.served(seed: 11, 90)
        let cursor = try #require(try served.pages("/v1/events", ["limit=10"]).first?.next)
        let last = cursor.last == "A" ? "Q" : "A"
        let foreign = try Self.served(seed: 11, 90)
        let ofOther = try #require(try foreign.pages("/v1/events", ["limit=10"]).first?.next)
        let damaged = [cursor + "A", String(cursor.dropLast()) + last, String(cursor.dropLast(4))]
        for wrong in ["", "A", "!", ofOther] + damaged {
            #expect(try served.problem(path, "cursor=" + wrong) == .notFound)
        }
        if path != "/v1/events" { #expect(try served.problem(path, "cursor=" + cursor) == .notFound) }
    }

    @Test(arguments: ["/v1/events", "/v1/trades", "/v1/decisions", "/v1/equity", "/v1/rejected"])
    func `survive a cursor that somebody made`(path: String) throws {
        let served = try Self.served(seed: 14, 90)
        let cursors = PageCursor(served.reading.reader, path)
        for number in [0, 1, UInt64(Int64.max), .max] {
            let quote = Array("USDT".utf8)
            for cursor in [cursors.text(number), cursors.text(littleEndian(number) + quote), cursors.text([])] {
                do { _ = try Page(try served.answer(path, "cursor=" + cursor)) } catch let problem as Problem {
                    #expect(problem.code == .notFound)
                }
            }
        }
    }

    private func littleEndian(_ number: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendLittleEndian(number)
        return bytes
    }

    @Test func `count what both moments have, and nothing in an empty period`() throws {
        let served = try Self.served(seed: 12, 90)
        let both = try served.answer("/v1/trades", "as_of=2999-01-01&as_of_sequence=5")
        #expect(try both.body == served.answer("/v1/trades", "as_of_sequence=5").body)
        let empty = try served.answer("/v1/performance", "since=2026-01-02&until=2026-01-02")
        #expect(String(decoding: empty.body, as: UTF8.self).hasPrefix("{\"data\":[],"))
    }

    @Test(arguments: [
        ("/v1/trades", "status=lost"), ("/v1/trades", "limit=1001"),
        ("/v1/events", "limit=10001"), ("/v1/events", "from=0"), ("/v1/performance", "capital=0"),
        ("/v1/performance", "base="),
        ("/v1/alerts", "severity=none"), ("/v1/decisions", "status=none"),
    ])
    func `say which parameter is wrong`(path: String, query: String) throws {
        let served = try Self.served(seed: 12, 3)
        #expect(try served.problem(path, query) == .invalidParameter)
    }
}

/// Some flows and trades, and the days of their equity.
private enum EquityExample {
    static let lines = [
        account("deposited", day: 1, #""amount":1000"#),
        trade("opened", "a", day: 2, #""symbol":"BTC/USDT","side":"buy","order_type":"market","amount":1,"price":100"#),
        account("adjusted", day: 3, #""kind":"interest","cost":"2.5""#),
        account("transferred", day: 3, #""amount":100,"to_account":"savings""#),
        trade("closed", "a", day: 5, #""price":110,"fee":1"#),
        account("adjusted", day: 5, #""kind":"correction","cost":"-0.5""#),
        account("withdrawn", day: 6, #""amount":200"#),
        trade("opened", "b", day: 8, #""symbol":"BTC/USDT","side":"buy","order_type":"market","amount":1,"price":100"#),
        trade("voided", "b", day: 9, #""reason":"test""#),
        trade("opened", "c", day: 4, #""symbol":"ETH/EUR","side":"sell","order_type":"market","amount":1,"price":50"#),
        trade("closed", "c", day: 4, #""price":60"#),
        trade("adjusted", "c", day: 7, #""kind":"funding","cost":"0.25""#),
        trade("opened", "d", day: 7, #""symbol":"ETH/EUR","side":"sell","order_type":"market","amount":1,"price":50"#),
        trade("closed", "d", day: 7, #""price":60"#), trade("voided", "d", day: 8, #""reason":"test""#),
    ]

    static let rows = [
        row("EUR", 4, "0", "0", "-9.75", "-9.75"), row("USDT", 1, "1000", "0", "0", "1000"),
        row("USDT", 2, "0", "0", "0", "1000"), row("USDT", 3, "0", "0", "2.5", "1002.5"),
        row("USDT", 4, "0", "0", "0", "1002.5"), row("USDT", 5, "0", "0.5", "9", "1011"),
        row("USDT", 6, "0", "200", "0", "811"),
    ]

    private static func row(
        _ quote: String,
        _ day: Int,
        _ capitalIn: String,
        _ capitalOut: String,
        _ pnl: String,
        _ equity: String
    ) -> String {
        #"{"quote":"\#(quote)","day":"2026-03-0\#(day)","capital_in":"\#(capitalIn)","capital_out":"\#(capitalOut)","#
            + #""net_pnl":"\#(pnl)","equity":"\#(equity)"}"#
    }

    private static func account(_ type: String, day: Int, _ members: String) -> String {
        #"{"type":"account.\#(type)","account":"main","currency":"USDT","occurred_at":"2026-03-0\#(day)T23:59:59Z","#
            + "\(members)}"
    }

    private static func trade(_ type: String, _ id: String, day: Int, _ members: String) -> String {
        #"{"type":"trade.\#(type)","trade_id":"\#(id)","occurred_at":"2026-03-0\#(day)T00:00:00Z",\#(members)}"#
    }
}
