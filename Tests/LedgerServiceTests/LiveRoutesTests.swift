import Ledger
import LedgerTestSupport
import Projections
import Records
import Testing
import TradeModel

@testable import LedgerService

@Suite(.onOwnThread) struct `The routes answered from memory` {
    private final class Served {
        let followed: FollowedLedger
        let reading: Reading

        init(seed: UInt64, _ count: Int) throws {
            followed = try FollowedLedger(seed: seed)
            try followed.append(count)
            reading = Reading(reader: try followed.reader, live: try followed.fold())
            reading.live.start()
            #expect(reading.live.waits(for: UInt64(count), within: .seconds(60)))
        }

        deinit { reading.live.stop() }

        func answer(_ path: String, id: String? = nil, _ query: String? = nil) throws -> Answer {
            let route = try #require(LiveRoutes.all.first { $0.path == path })
            let parts: [String: String] = id.map { ["id": $0] } ?? [:]
            let parameters = try Parameters(path: parts, query: query, of: route.parameters)
            guard case .immediate(let work) = route.work else { preconditionFailure("the route is immediate") }
            return try work(parameters, reading)
        }
    }

    @Test func `give a trade as the program prints it, open or closed`() throws {
        let served = try Served(seed: 1, 800)
        let all = served.reading.live.read { state in
            state.openTrades.map { ($0.id, $0) }
        }
        #expect(!all.isEmpty)
        for (id, trade) in all {
            var json = JSONWriter()
            json.row(TradeRow(trade), TradeRow.printedColumns)
            let answer = try served.answer("/v1/trades/{id}", id: id)
            #expect(answer.body == json.bytes && answer.sequence == 800 && answer.status == 200)
        }
        let closed = try served.answer("/v1/trades/{id}", id: "trade-1")
        #expect(text(closed).hasPrefix(#"{"trade_id":"trade-1","symbol":""#))
    }

    @Test func `say that there is no trade of an id`() throws {
        let served = try Served(seed: 2, 10)
        let problem = #expect(throws: Problem.self) { try served.answer("/v1/trades/{id}", id: "nobody's") }
        #expect(problem?.code == .notFound)
    }

    @Test func `are not ready before the state is that of the log`() throws {
        let followed = try FollowedLedger(seed: 3)
        try followed.append(10)
        let reading = Reading(reader: try followed.reader, live: try followed.fold())
        for route in LiveRoutes.all {
            guard case .immediate(let work) = route.work else { preconditionFailure("the route is immediate") }
            let parameters = try Parameters(path: ["id": "trade-1"], query: nil, of: route.parameters)
            let problem = #expect(throws: Problem.self) { try work(parameters, reading) }
            #expect(problem?.code == .notReady && problem?.retryAfterSeconds == 1)
        }
    }

    @Test func `list rows with the sequence on which they rest`() throws {
        let served = try Served(seed: 4, 1500)
        for path in LiveRoutes.all.map(\.path) where !path.hasSuffix("}") {
            let answer = try served.answer(path)
            #expect(text(answer).hasPrefix(#"{"data":["#) && text(answer).hasSuffix(#"],"sequence":1500,"next":null}"#))
            #expect(answer.sequence == 1500 && answer.contentType == "application/json")
        }
        #expect(text(try served.answer("/v1/open-trades")).contains(#""status":"open""#))
        #expect(text(try served.answer("/v1/positions")).contains(#""entry_price":""#))
    }

    @Test func `list only the rows that parameters ask for`() throws {
        let served = try Served(seed: 5, 1500)
        let all = served.reading.live.read { $0.books.orders.rows }
        func count(_ query: String) throws -> Int {
            text(try served.answer("/v1/orders", query)).count(of: #"{"order_id":"#)
        }
        let live = OrderStatus.live
        let expected = all.filter { row in
            live.contains(OrderRow.columns.first { $0.name == "status" }?.value(row).text ?? "")
        }
        #expect(!expected.isEmpty && expected.count < all.count)
        #expect(try count("status=" + live.joined(separator: "%2C")) == expected.count)
        #expect(try count("until=2001-01-01") == 0)
        #expect(try count("symbol=%E6%97%A5%E6%9C%AC/%E5%86%86&status=" + live[0]) < expected.count)
        let problem = #expect(throws: Problem.self) { try served.answer("/v1/orders", "status=lost") }
        #expect(problem?.code == .invalidParameter)
        let halts = served.reading.live.read { $0.books.halts.rows }
        let active = text(try served.answer("/v1/halts", "active=true")).count(of: #"{"scope":"#)
        #expect(active == halts.count { $0.ending == nil } && active < halts.count)
    }

    private func text(_ answer: Answer) -> String { String(decoding: answer.body, as: UTF8.self) }
}

extension String {
    /// How often a text comes in this one.
    fileprivate func count(of text: String) -> Int {
        let (bytes, wanted) = (Array(utf8), Array(text.utf8))
        return bytes.indices.count { bytes[$0...].starts(with: wanted) }
    }
}
