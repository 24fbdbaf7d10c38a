import Glibc
import LedgerTestSupport
import Testing
import TradeModel

@testable import Ledger

@Suite(.timeLimit(.minutes(30))) struct `Requests to a ledger` {
    private let directory = TemporaryDirectory()
    private let storage: PosixStorage
    private let clock = ManualClock()

    init() throws {
        try Ledger.create(in: directory.path)
        storage = PosixStorage(directory: directory.path)
    }

    private static let open =
        #"{"type":"trade.opened","trade_id":"t","occurred_at":"2026-01-02T03:04:05Z","symbol":"BTC/USDT","#
        + #""side":"buy","order_type":"market","amount":"2","price":"100"}"#

    /// The line of an event that can be requested.
    private static func line(_ number: Int, type: String = "risk.halted", more: String = "") -> String {
        let subject = type.hasPrefix("risk") ? #""scope":"all""# : #""trade_id":"t""#
        return #"{"type":"\#(type)",\#(subject),"event_id":"00000000-0000-4000-8000-00000000000\#(number)","#
            + #""occurred_at":"2026-01-02T03:04:05Z","reason":"r","actor":"a"\#(more)}"#
    }

    private func outbox() throws -> RequestOutbox<PosixStorage> {
        RequestOutbox(try storage.makeSharedDirectory(RequestFile.folder), clock: clock.clock)
    }

    private func put(_ line: String) throws -> RequestName { try outbox().put(EventLine(Array(line.utf8))) }

    /// Opens the ledger for a moment, and returns what it reports about requests.
    @discardableResult
    private func openForAMoment(_ lines: [String] = []) throws -> [String] {
        let problems = Lock<[String]>([])
        let ledger = try Ledger(opening: directory.path, clock: clock.clock) { problem in
            problems.withLock { $0.append(problem) }
        }
        let outcomes = ledger.append(lines: lines.map { EventLine(Array($0.utf8)) })
        // Closing waits until everything is reported.
        ledger.close()
        for outcome in outcomes { _ = try outcome.get() }
        return problems.withLock { $0 }
    }

    @Test func `that cannot be appended wait, and do not hold back those after them`() throws {
        _ = try put(Self.line(1, type: "trade.annotated"))
        _ = try put(Self.line(2))
        var inbox = RequestInbox(try storage.makeSharedDirectory(RequestFile.folder), clock: clock.clock)
        var sent: [String] = []
        func append(_ line: EventLine) -> AppendOutcome {
            let isHalt = String(decoding: line.bytes, as: UTF8.self).contains("risk.halted")
            sent.append(isHalt ? "halt" : "remark")
            let damage = LedgerError(.damaged, "the events of the trade cannot be read", remedy: "repair the ledger")
            return .failure(isHalt ? .rejected(Rejection(.halted, "for this test")) : .failed(damage))
        }
        #expect(throws: LedgerError.self) { try inbox.takeNew(append: append) { _ in } }
        #expect(sent == ["remark", "halt"])
        #expect(throws: LedgerError.self) { try inbox.takeAll(append: append) { _ in } }
        #expect(sent.last == "remark")
        #expect(try storage.sharedDirectory(RequestFile.folder)?.list().contains(RequestFile.spareName) == true)
        #expect(try fileNames().count { $0.hasSuffix(".taken") } == 1)
    }

    private func types() throws -> [String] {
        let reader = try LedgerReader(opening: directory.path)
        var events = try reader.events()
        var types: [String] = []
        while let event = try events.next() { types.append(event.body.type.name) }
        return types
    }

    private func fileNames() throws -> [String] {
        let folder = try #require(try storage.sharedDirectory(RequestFile.folder))
        return try folder.list().filter { $0 != RequestFile.spareName }.sorted()
    }

    @Test func `are appended by a writer that has nothing else to do`() throws {
        let ledger = try Ledger(opening: directory.path)
        let name = try put(Self.line(1))
        while try outbox().answer(to: name) == nil { sched_yield() }
        #expect(try outbox().answer(to: name) == .recorded(.appended, 1))
        #expect(try ledger.durableSequence == 1)
        ledger.close()
    }

    @Test func `that wait are appended in order before the first event of the next writer`() throws {
        let halted = try put(Self.line(1))
        // The order of requests does not depend on a clock that goes back.
        clock.advance(microseconds: -5_000_000)
        let resumed = try put(Self.line(2, type: "risk.resumed"))
        try openForAMoment([Self.open])
        #expect(try types() == ["risk.halted", "risk.resumed", "trade.opened"])
        #expect(try outbox().answer(to: halted) == .recorded(.appended, 1))
        #expect(try outbox().answer(to: resumed) == .recorded(.appended, 2))
    }

    @Test(arguments: ["taken", "request"])
    func `are appended once, although a crash came between append and answer`(_ suffix: String) throws {
        let name = try put(Self.line(1))
        try openForAMoment()
        let folder = try #require(try storage.sharedDirectory(RequestFile.folder))
        try folder.rename("\(name).appended-1", to: "\(name).\(suffix)")
        try openForAMoment()
        #expect(try types() == ["risk.halted"])
        #expect(try outbox().answer(to: name) == .recorded(.duplicate, 1))
    }

    @Test func `that break a rule are answered with its code, and kept`() throws {
        let name = try put(Self.line(1, type: "trade.voided"))
        try openForAMoment()
        #expect(try outbox().answer(to: name) == .rejected(.unknownTrade))
        var kept: [String] = []
        try LedgerReader(opening: directory.path).rejectedEvents { event in
            kept.append(String(decoding: event.line, as: UTF8.self))
        }
        #expect(kept == [Self.line(1, type: "trade.voided")])
    }

    @Test func `take effect on trades`() throws {
        try openForAMoment([Self.open])
        _ = try put(Self.line(1, type: "trade.adjusted", more: #","kind":"fee","cost":"-1""#))
        _ = try put(Self.line(2, type: "trade.annotated"))
        _ = try put(Self.line(3, type: "trade.voided"))
        #expect(try openForAMoment().isEmpty)
        #expect(try types() == ["trade.opened", "trade.adjusted", "trade.annotated", "trade.voided"])
    }

    @Test func `are not appended after they were withdrawn, and not withdrawn after a writer has taken them`() throws {
        let withdrawn = try put(Self.line(1))
        #expect(try outbox().withdraw(withdrawn))
        let taken = try put(Self.line(2, type: "risk.resumed"))
        try openForAMoment()
        #expect(try !outbox().withdraw(withdrawn))
        #expect(try !outbox().withdraw(taken))
        #expect(try types() == ["risk.resumed"])
    }

    /// What is not a request, and what the report about it contains.
    private static let malformed: [(line: String, reason: String)] = [
        ("", "invalid_json"), ("{}", "missing_field"), (line(1) + "\n" + line(2), "several lines"),
        (line(1).replacing(#""event_id":"00000000-0000-4000-8000-000000000001","#, with: ""), "no event_id"),
        (open, "trade.opened cannot be requested"), (line(1, more: #","x":1"#), "unknown_field"),
        (line(1, more: #","context":{"x":""# + String(repeating: "x", count: 1 << 20) + #""}"#), "longer than"),
    ]

    @Test(arguments: malformed.indices)
    func `are ignored, reported and moved aside if they are malformed`(_ index: Int) throws {
        let (line, reason) = Self.malformed[index]
        let name = try put(line)
        let good = try put(Self.line(9))
        let problems = try openForAMoment()
        #expect(problems.count == 1 && problems[0].contains(reason) && problems[0].contains("\(name).malformed"))
        #expect(try outbox().answer(to: name) == .malformed)
        #expect(try outbox().answer(to: good) == .recorded(.appended, 1))
        #expect(try types() == ["risk.halted"])
        #expect(try RequestCounts(storage).malformed == 1)
        #expect(try openForAMoment().isEmpty)
    }

    @Test func `are never read through a link, from a pipe or from a directory, and have names of their own`() throws {
        _ = try outbox()
        let folder = directory.path + "/" + RequestFile.folder
        let stem = "00000000000000000001-000000000000000"
        try AtomicFile(storage, "elsewhere").write(Array(Self.line(1).utf8))
        let results = unsafe [
            symlink("../elsewhere", "\(folder)/\(stem)1.request"), mkfifo("\(folder)/\(stem)2.request", 0o600),
            mkdir("\(folder)/\(stem)3.request", 0o700), symlink("../elsewhere", "\(folder)/halt.request"),
        ]
        try #require(results == [0, 0, 0, 0])
        #expect(try openForAMoment().count == 4)
        #expect(try types().isEmpty)
        let own = (1...3).map { "\(stem)\($0).malformed" }
        #expect(try fileNames() == own + ["halt.request.malformed"])
    }

    @Test func `are not taken from a folder that is a link, and the ledger opens all the same`() throws {
        _ = try put(Self.line(1))
        let folder = directory.path + "/" + RequestFile.folder
        let results = unsafe [rename(folder, folder + ".old"), symlink(folder + ".old", folder)]
        try #require(results == [0, 0])
        let problems = try openForAMoment([Self.open])
        #expect(problems.count == 1 && problems[0].hasPrefix("requests are not taken: "))
        #expect(try types() == ["trade.opened"])
    }

    @Test func `stay for the next writer if the ledger accepts no events`() throws {
        let name = try put(Self.line(1))
        var inbox = RequestInbox(try #require(try storage.sharedDirectory(RequestFile.folder)), clock: clock.clock)
        let failure = LedgerError(.unusable, "stopped", remedy: "open it again")
        #expect(throws: failure) {
            try inbox.takeAll(append: { _ in .failure(.failed(failure)) }, report: { _ in })
        }
        #expect(try outbox().answer(to: name) == nil)
        #expect(try RequestCounts(storage).waiting == 1)
        try openForAMoment()
        #expect(try types() == ["risk.halted"])
    }

    @Test func `leave no answer behind for more than an hour`() throws {
        let name = try put(Self.line(1))
        let malformed = try put("{}")
        try openForAMoment()
        try openForAMoment()
        #expect(try fileNames() == ["\(name).appended-1", "\(malformed).malformed"])
        clock.advance(microseconds: 3_600_000_000 + 2)
        try openForAMoment()
        #expect(try fileNames() == ["\(malformed).malformed"])
    }

    @Test func `belong to the owner of the ledger with the rights of its directory, also if root makes them`() throws {
        // Only root can give a directory to another user.
        let (owner, group): (uid_t, gid_t) = geteuid() == 0 ? (1234, 1235) : (geteuid(), getegid())
        let results = unsafe [chmod(directory.path, 0o770), chown(directory.path, owner, group)]
        try #require(results == [0, 0])
        let name = try put(Self.line(1))
        let folder = directory.path + "/" + RequestFile.folder
        for (path, mode) in [(folder, 0o770), ("\(folder)/\(name).request", 0o660)] as [(String, mode_t)] {
            var status = stat()
            let result = unsafe stat(path, &status)
            try #require(result == 0)
            #expect(status.st_mode & 0o777 == mode && status.st_uid == owner && status.st_gid == group, "\(path)")
        }
    }
}
