import Ledger
import LedgerTestSupport
import Testing
import TradeModel

/// A ledger with a trade of each status: `open` (2 at 10, opened at 1000 ms), `closed` and `voided`.
struct LedgerOfThreeTrades {
    let directory: TemporaryDirectory
    private(set) var ledger: Ledger
    let clock = ManualClock()

    init() throws {
        directory = try TemporaryDirectory.withLedger()
        ledger = try Ledger(opening: directory.path, configuration: smallSegments, clock: clock.clock)
        for draft in try [
            TradeEvents.opened("open"), TradeEvents.opened("closed"), TradeEvents.closed("closed"),
            TradeEvents.opened("voided"), TradeEvents.voided("voided"),
        ] {
            _ = try ledger.append(draft)
        }
    }

    mutating func reopen() throws {
        ledger.close()
        ledger = try Ledger(opening: directory.path, configuration: smallSegments, clock: clock.clock)
    }

    /// The code of the rejection of an event; nil if it is accepted.
    func rejection(of draft: EventDraft) throws -> RejectionCode? {
        do throws(AppendError) {
            _ = try ledger.append(draft)
            return nil
        } catch {
            guard case .rejected(let rejection) = error else { throw error }
            return rejection.code
        }
    }
}

@Suite struct `Commit of events that break a rule` {
    struct Breach: Sendable, CustomTestStringConvertible {
        let name: String
        let code: RejectionCode
        let draft: @Sendable () throws -> EventDraft
        var testDescription: String { name }

        init(_ code: RejectionCode, _ name: String, _ draft: @escaping @Sendable () throws -> EventDraft) {
            self.name = name
            self.code = code
            self.draft = draft
        }
    }

    static let breaches = [
        Breach(.tradeExists, "an open of an open trade") { try TradeEvents.opened("open", price: "12") },
        Breach(.tradeExists, "an open of a closed trade") { try TradeEvents.opened("closed", price: "12") },
        Breach(.tradeExists, "an open of a voided trade") { try TradeEvents.opened("voided", price: "12") },
        Breach(.tradeExists, "an open that is repeated under an event id") {
            try TradeEvents.opened("open", eventID: EventID(high: 1, low: 1))
        },
        Breach(.tradeExists, "an open with an amount that is not positive") {
            try TradeEvents.opened("open", amount: "0")
        },
        Breach(.unknownTrade, "an increase") { try TradeEvents.increased("none") },
        Breach(.unknownTrade, "a close with a price that is not positive") {
            try TradeEvents.closed("none", price: "0")
        },
        Breach(.unknownTrade, "a remark") { try TradeEvents.annotated("none", "why") },
        Breach(.unknownTrade, "a trade whose id differs in case") { try TradeEvents.closed("Open") },
        Breach(.tradeVoided, "a remark") { try TradeEvents.annotated("voided", "why") },
        Breach(.tradeVoided, "a second void") { try TradeEvents.voided("voided", at: 6000) },
        Breach(.tradeVoided, "a reduction of nothing") { try TradeEvents.reduced("voided", amount: "0") },
        Breach(.tradeClosed, "an increase") { try TradeEvents.increased("closed") },
        Breach(.tradeClosed, "a reduction") { try TradeEvents.reduced("closed", amount: "-1") },
        Breach(.tradeClosed, "another close") { try TradeEvents.closed("closed", price: "12") },
        Breach(.amountNotPositive, "an open of nothing") { try TradeEvents.opened("new", amount: "0") },
        Breach(.amountNotPositive, "a negative increase") { try TradeEvents.increased("open", amount: "-1") },
        Breach(.amountNotPositive, "a reduction of nothing, for nothing, too early") {
            try TradeEvents.reduced("open", at: 1, amount: "0", price: "0")
        },
        Breach(.amountNotPositive, "a close of nothing") { try TradeEvents.closed("open", [.amount: "0"]) },
        Breach(.priceNotPositive, "an open") { try TradeEvents.opened("new", price: "0") },
        Breach(.priceNotPositive, "an increase, too early") { try TradeEvents.increased("open", at: 1, price: "-1") },
        Breach(.priceNotPositive, "a close for nothing and no reason") { try TradeEvents.closed("open", price: "0") },
        Breach(.priceNotPositive, "a close for less than nothing") {
            try TradeEvents.closed("open", price: "-1", [.reason: "expired"])
        },
        Breach(.timeBeforeOpen, "an increase") { try TradeEvents.increased("open", at: 999) },
        Breach(.timeBeforeOpen, "a reduction of too much") { try TradeEvents.reduced("open", at: 999, amount: "3") },
        Breach(.timeBeforeOpen, "a close") { try TradeEvents.closed("open", at: 999) },
        Breach(.timeBeforeOpen, "a remark on a closed trade") { try TradeEvents.annotated("closed", "why", at: 999) },
        Breach(.timeBeforeOpen, "an adjustment") { try TradeEvents.adjusted("open", "1", at: 999) },
        Breach(.timeBeforeOpen, "a void") { try TradeEvents.voided("open", at: 999) },
        Breach(.amountExceedsOpen, "a reduction") { try TradeEvents.reduced("open", amount: "2.0000000001") },
        Breach(.amountExceedsOpen, "a close") { try TradeEvents.closed("open", [.amount: "3"]) },
        Breach(.amountExceedsOpen, "a close with its dust") {
            try TradeEvents.closed("open", [.amount: "1.5", .dust: "0.6"])
        },
        Breach(.dustMismatch, "a close that leaves some open") { try TradeEvents.closed("open", [.amount: "1.5"]) },
        Breach(.dustMismatch, "a close with too little dust") {
            try TradeEvents.closed("open", [.amount: "1.5", .dust: "0.4"])
        },
        Breach(.numberOutOfRange, "a notional that does not fit") {
            try TradeEvents.increased(
                "open",
                amount: "100000000000000000000000000000",
                price: "100000000000000000000000000000"
            )
        },
    ]

    @Test(arguments: breaches)
    func `each breach has its code, and appends nothing, also after opening again`(breach: Breach) throws {
        var trades = try LedgerOfThreeTrades()
        #expect(try trades.rejection(of: breach.draft()) == breach.code)
        try trades.reopen()
        #expect(try trades.rejection(of: breach.draft()) == breach.code)
        #expect(try trades.ledger.durableSequence == 5)
        #expect(try trades.rejection(of: TradeEvents.closed("open")) == nil)
        trades.ledger.close()
    }

    @Test(arguments: ["expired", "written_off"])
    func `a close at price 0 is accepted if the reason says that it was worthless`(reason: String) throws {
        let trades = try LedgerOfThreeTrades()
        #expect(try trades.rejection(of: TradeEvents.closed("open", price: "0", [.reason: reason])) == nil)
        trades.ledger.close()
    }

    @Test func `unusual but real data is accepted`() throws {
        let trades = try LedgerOfThreeTrades()
        for draft in try [
            TradeEvents.increased("open", at: 9000), TradeEvents.reduced("open", at: 1000),
            TradeEvents.adjusted("closed", "-0.1", at: 99_000), TradeEvents.annotated("closed", "late", at: 1000),
            TradeEvents.reduced("open", amount: "2"), TradeEvents.increased("open", amount: "1"),
            TradeEvents.closed("open", at: 1000, [.amount: "0.9", .dust: "rest"]), TradeEvents.voided("closed"),
        ] {
            #expect(try trades.rejection(of: draft) == nil)
        }
        trades.ledger.close()
    }

    @Test func `recorded_at never goes back when the clock does, also after opening again`() throws {
        var trades = try LedgerOfThreeTrades()
        let latest = try trades.ledger.append(try TradeEvents.opened("a")).recordedAt
        trades.clock.advance(microseconds: -5_000_000)
        #expect(try trades.ledger.append(try TradeEvents.opened("b")).recordedAt == latest)
        try trades.reopen()
        #expect(try trades.ledger.append(try TradeEvents.opened("c")).recordedAt == latest)
        trades.clock.advance(microseconds: 5_000_001)
        #expect(
            try trades.ledger.append(try TradeEvents.opened("d")).recordedAt.microsecondsSince1970
                == latest.microsecondsSince1970 + 1
        )
        trades.ledger.close()
    }
}
