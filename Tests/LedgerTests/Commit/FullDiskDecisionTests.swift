import Glibc
import LedgerTestSupport
import Testing
import TradeModel

@testable import Ledger

@Suite struct `The decision on a full disk` {
    private let directory: TemporaryDirectory
    private let storage: RefusingStorage

    init() throws {
        directory = try TemporaryDirectory.withLedger()
        storage = RefusingStorage(directory)
    }

    private func open() throws -> LedgerCore<RefusingStorage> {
        try LedgerCore(opening: storage, smallSegments, ManualClock().clock)
    }

    /// A writer without a reserve, with `t` open.
    private func openExhausted() throws -> LedgerCore<RefusingStorage> {
        try open().append(one: try TradeEvents.opened("t"))
        try directory.damaged("spare.segment").remove()
        storage.refuse(.allocate, .error(ENOSPC))
        return try open()
    }

    @Test func `opens and increases are refused while there is no reserve, closes are not`() throws {
        var core = try openExhausted()
        #expect(core.code(try TradeEvents.opened("u")) == .diskFull)
        #expect(core.code(try TradeEvents.increased("t")) == .diskFull)
        for draft in [
            try TradeEvents.reduced("t"), try TradeEvents.adjusted("t", "-1"), try TradeEvents.annotated("t", "note"),
            try TradeEvents.closed("t"), try TradeEvents.voided("t"),
        ] { #expect(core.code(draft) == nil) }
    }

    @Test func `a broken rule and a duplicate are reported before the full disk`() throws {
        var core = try openExhausted()
        #expect(try core.append([TradeEvents.opened("t")], .each)[0].get().status == .duplicate)
        #expect(core.code(try TradeEvents.opened("t", price: "9")) == .tradeExists)
        #expect(core.code(try TradeEvents.increased("u")) == .unknownTrade)
        #expect(core.code(try TradeEvents.increased("t", amount: "0")) == .amountNotPositive)
    }

    @Test func `a batch with an open is refused as a whole and leaves no trace`() throws {
        var core = try openExhausted()
        let batch = [try TradeEvents.closed("t"), try TradeEvents.opened("u")]
        #expect(core.append(batch, .all).allSatisfy { $0.code == .diskFull })
        #expect(try core.openTrades().count == 1)
        #expect(try core.append([TradeEvents.closed("t")], .each)[0].get().sequence == 2)
    }

    @Test(arguments: [ENOSPC, EDQUOT, EFBIG])
    func `the first event after space has returned is accepted`(number: Int32) throws {
        var core = try openExhausted()
        storage.refuse(.allocate, .error(number))
        #expect(core.code(try TradeEvents.opened("u")) == .diskFull)
        storage.permit(.allocate)
        #expect(core.code(try TradeEvents.opened("u")) == nil)
        #expect(directory.files.contains("spare.tmp"))
    }

    @Test func `rolling uses up the reserve, and closes fill the segment`() throws {
        var core = try open()
        storage.refuse(.allocate, .error(ENOSPC))
        let remark = String(repeating: "r", count: 900)
        #expect(core.code(try TradeEvents.opened("t")) == nil)
        while directory.segments.count == 1 { #expect(core.code(try TradeEvents.annotated("t", remark)) == nil) }
        #expect(core.code(try TradeEvents.opened("u")) == .diskFull)
        var count = 0
        while core.code(try TradeEvents.annotated("t", remark)) == nil { count += 1 }
        #expect(count > 50)
        try core.assertDurable()
        // A close is smaller than that remark, so there may be space for it.
        while core.code(try TradeEvents.annotated("t", "")) == nil {}
        #expect(core.code(try TradeEvents.closed("t")) == .diskFull)
        #expect(core.code(try TradeEvents.closed("u")) == .unknownTrade)
        #expect(try core.append([TradeEvents.opened("t")], .each)[0].get().status == .duplicate)
        try core.assertDurable()
        storage.permit(.allocate)
        #expect(core.code(try TradeEvents.closed("t")) == nil)
        #expect(directory.segments.count == 3)
        #expect(try LedgerReader(opening: directory.path).all().count == Int(core.durableSequence))
    }

    @Test func `if nothing can be allocated, the spare segment is written instead`() throws {
        storage.refuse(.allocate, .unsupported)
        var core = try open()
        #expect(core.code(try TradeEvents.opened("t")) == nil)
        let remark = String(repeating: "r", count: 900)
        while directory.segments.count < 3 { #expect(core.code(try TradeEvents.annotated("t", remark)) == nil) }
        #expect(directory.files.contains("spare.segment"))
    }

    @Test(arguments: [ENOSPC, EIO])
    func `a segment whose name may not be durable stops the writer`(number: Int32) throws {
        var core = try open()
        let remark = String(repeating: "r", count: 900)
        #expect(core.code(try TradeEvents.opened("t")) == nil)
        storage.refuse(.synchronizeDirectory, .error(number))
        var last: AppendOutcome
        repeat { last = core.append([try TradeEvents.annotated("t", remark)], .each)[0] } while last.isSuccess
        #expect(last.code == nil)
        #expect(throws: LedgerError.self) { try core.assertDurable() }
        storage.permit(.synchronizeDirectory)
        #expect(!core.append([try TradeEvents.closed("t")], .each)[0].isSuccess)
        let durable = core.durableSequence
        _ = consume core
        #expect(try open().durableSequence == durable)
    }

    @Test func `an event refused for lack of space is kept in reserved space, or the answer says that it is not`()
        throws
    {
        try open().append(one: try TradeEvents.opened("t"))
        try directory.damaged("spare.segment").remove()
        storage.refuse(.allocate, .error(ENOSPC))
        var core = try open()
        var keptCount = 0
        var message = ""
        while !message.contains("not kept") {
            let outcome = core.append([try TradeEvents.opened("u")], .each)[0]
            guard case .failure(.rejected(let rejection)) = outcome else { return _ = #expect(Bool(false)) }
            message = rejection.message
            keptCount += message.contains("not kept") ? 0 : 1
        }
        // An event that breaks a rule may need more than the reserved space.
        #expect(core.code(try TradeEvents.closed("nobody")) == .unknownTrade)
        var codes: [String] = []
        try LedgerReader(opening: directory.path).rejectedEvents { codes.append($0.code) }
        #expect(keptCount > 10)
        #expect(codes == [String](repeating: "disk_full", count: keptCount) + ["unknown_trade"])
    }
}

extension LedgerCore {
    /// Commits some events and returns the answers.
    mutating func append(_ drafts: [EventDraft], _ atomicity: Atomicity) -> [AppendOutcome] {
        let request = AppendRequest(drafts.map { Submission($0) }, atomicity, .thread(Semaphore()))
        commit([request])
        return request.answers.outcomes
    }

    /// Commits an event with a writer that then closes.
    consuming func append(one draft: EventDraft) throws {
        for outcome in append([draft], .each) { _ = try outcome.get() }
    }

    /// The code with which an event is rejected; nil if it is appended.
    mutating func code(_ draft: EventDraft) -> RejectionCode? {
        let outcome = append([draft], .each)[0]
        return outcome.code ?? (outcome.isSuccess ? nil : .invalidJSON)
    }
}

extension AppendOutcome {
    var code: RejectionCode? {
        guard case .failure(.rejected(let rejection)) = self else { return nil }
        return rejection.code
    }

    var isSuccess: Bool {
        if case .success = self { true } else { false }
    }
}
