import Ledger
import LedgerTestSupport
import Testing
import TradeModel

@Suite struct `An order` {
    @Test func `is begun once, and every later event of it is recorded`() throws {
        let directory = try TemporaryDirectory.withLedger()
        let lines = [
            Orders.submitted("o"), Orders.event("accepted", "o"), Orders.event("unknown", "o"),
            Orders.event("completed", "o"), Orders.event("accepted", "o"), Orders.event("cancelled", "o"),
        ]
        #expect(try Orders.outcomes(lines, directory) == (1...6).map { "appended \($0)" })
        #expect(try Orders.outcomes([Orders.submitted("o")], directory) == ["duplicate 1"])
        #expect(try Orders.outcomes([Orders.submitted("o", #""amount":7"#)], directory) == ["subject_exists"])
    }

    @Test func `that nobody submitted is created by its first event`() throws {
        let directory = try TemporaryDirectory.withLedger()
        let outcomes = try Orders.outcomes(
            [Orders.event("expired", "by hand"), Orders.event("accepted", "by hand 2"), Orders.submitted("by hand 2")],
            directory
        )
        #expect(outcomes == ["appended 1", "appended 2", "subject_exists"])
        #expect(try Orders.outcomes([Orders.submitted("by hand")], directory) == ["subject_exists"])
    }

    @Test func `that is live is a duplicate when it is sent again, also after a restart`() throws {
        let directory = try TemporaryDirectory.withLedger()
        let submitted = Orders.submitted("o/1 é")
        #expect(try Orders.outcomes([submitted, submitted], directory) == ["appended 1", "duplicate 1"])
        #expect(
            try Orders.outcomes([Orders.event("accepted", "o/1 é"), submitted], directory) == [
                "appended 2", "duplicate 1",
            ]
        )
        #expect(try Orders.outcomes([submitted], directory) == ["duplicate 1"])
    }

    @Test func `of a batch that is undone was never there`() throws {
        let directory = try TemporaryDirectory.withLedger()
        let ledger = try Ledger(opening: directory.path, configuration: smallSegments)
        defer { ledger.close() }
        try ledger.appendAll([Orders.submitted("live"), Orders.submitted("ends"), Orders.halted("all")])
        let undone = [
            Orders.event("accepted", "live"), Orders.event("completed", "ends"), Orders.resumed("all"),
            Orders.submitted("new"), Orders.event("accepted", "new"), Orders.event("completed", "new"),
            Orders.halted("symbol:BTC/USDT"), #"{"type":"trade.voided","trade_id":"none","occurred_at":1700000000000}"#,
        ]
        #expect(throws: AppendError.self) { try ledger.append(batch: undone.map(Orders.draft)) }
        // The halt is in force again, and no order has changed.
        let outcomes = ledger.append(lines: [Orders.submitted("new"), Orders.submitted("live")].map(Orders.line))
        #expect(outcomes.map(Orders.outcome) == ["halted", "duplicate 1"])
        try ledger.appendAll([Orders.resumed("all"), Orders.submitted("new"), Orders.event("completed", "ends")])
        #expect(try ledger.durableSequence == 6)
    }
}

@Suite struct `A halt` {
    @Test(arguments: [
        ("all", true), ("symbol:BTC/USDT", true), ("symbol:BTC", false), ("strategy:s", true), ("strategy:t", false),
        ("account:default", true), ("account:main", false), ("venue:v", true), ("venue:", false),
    ])
    func `refuses the intents that its scope covers`(scope: String, covers: Bool) throws {
        let directory = try TemporaryDirectory.withLedger()
        let intent = Orders.submitted("o", #""amount":1,"strategy":"s","venue":"v""#)
        let outcomes = try Orders.outcomes([Orders.halted(scope), intent], directory)
        let isScope = scope != "venue:"
        #expect(
            outcomes == [isScope ? "appended 1" : "invalid_field", covers ? "halted" : "appended \(isScope ? 2 : 1)"]
        )
    }

    @Test func `is named by the rejection, and lasts across restarts until it is resumed`() throws {
        let directory = try TemporaryDirectory.withLedger()
        let halt =
            #"{"type":"risk.halted","scope":"all","occurred_at":1700000000000,"reason":"drawdown","actor":"maria"}"#
        #expect(try Orders.outcomes([halt, Orders.halted("all")], directory) == ["appended 1", "appended 2"])
        let ledger = try Ledger(opening: directory.path)
        let error = #expect(throws: AppendError.self) { try ledger.append(Orders.draft(Orders.submitted("o"))) }
        ledger.close()
        guard case .rejected(let rejection)? = error else { throw try #require(error) }
        #expect(rejection.code == .halted)
        for part in ["all", "sequence 1", "maria", "drawdown"] { #expect(rejection.message.contains(part)) }
        // One event lifts it, however often it was sent.
        #expect(
            try Orders.outcomes([Orders.resumed("all"), Orders.submitted("o")], directory) == [
                "appended 3", "appended 4",
            ]
        )
    }

    @Test func `lets pass what is no new risk`() throws {
        let directory = try TemporaryDirectory.withLedger()
        let early = Orders.submitted("early")
        let opened =
            #"{"type":"trade.opened","trade_id":"t","occurred_at":1700000000000,"symbol":"BTC/USDT","side":"buy","#
            + #""order_type":"limit","amount":1,"price":1,"order_id":"early"}"#
        let outcomes = try Orders.outcomes(
            [
                early, Orders.halted("all"), early, Orders.submitted("out", #""amount":1,"reduce_only":true"#),
                Orders.submitted("in", #""amount":1,"reduce_only":false"#), Orders.event("accepted", "early"), opened,
                #"{"type":"account.deposited","account":"a","occurred_at":1700000000000,"amount":1,"currency":"USDT"}"#,
                Orders.resumed("symbol:BTC/USDT"), Orders.submitted("in"),
            ],
            directory
        )
        #expect(
            outcomes == [
                "appended 1", "appended 2", "duplicate 1", "appended 3", "halted", "appended 4", "appended 5",
                "appended 6", "appended 7", "halted",
            ]
        )
    }
}

/// Events of orders and halts, as a bot sends them.
enum Orders {
    static func submitted(_ id: String, _ members: String = #""amount":1"#) -> String {
        #"{"type":"order.submitted","order_id":"\#(id)","occurred_at":1700000000000,"symbol":"BTC/USDT","side":"buy","#
            + #""order_type":"limit",\#(members)}"#
    }

    static func event(_ type: String, _ id: String) -> String {
        #"{"type":"order.\#(type)","order_id":"\#(id)","occurred_at":1700000000000}"#
    }

    static func halted(_ scope: String) -> String {
        #"{"type":"risk.halted","scope":"\#(scope)","occurred_at":1700000000000}"#
    }

    static func resumed(_ scope: String) -> String {
        #"{"type":"risk.resumed","scope":"\#(scope)","occurred_at":1700000000000}"#
    }

    static func draft(_ line: String) throws(Rejection) -> EventDraft { try EventJSON.decode(line: Array(line.utf8)) }

    static func line(_ line: String) -> EventLine { EventLine(Array(line.utf8)) }

    /// What a ledger answers that is opened for these lines, so that its state comes from the log.
    static func outcomes(_ lines: [String], _ directory: TemporaryDirectory) throws -> [String] {
        let ledger = try Ledger(opening: directory.path, configuration: smallSegments)
        defer { ledger.close() }
        return ledger.append(lines: lines.map(line)).map(outcome)
    }

    static func outcome(_ outcome: Result<Receipt, AppendError>) -> String {
        switch outcome {
        case .success(let receipt): "\(receipt.status) \(receipt.sequence)"
        case .failure(.rejected(let rejection)): rejection.code.rawValue
        case .failure(.failed(let error)): "\(error)"
        }
    }
}

extension Ledger {
    /// Appends events that break no rule, each on its own.
    fileprivate func appendAll(_ lines: [String]) throws {
        for line in lines { _ = try append(Orders.draft(line)) }
    }
}
