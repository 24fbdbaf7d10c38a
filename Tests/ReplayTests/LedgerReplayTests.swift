import Glibc
import Ledger
import LedgerTestSupport
import Projections
import Replay
import Testing
import TradeModel

@Suite struct `A replay into a new ledger` {
    private let configuration = LedgerConfiguration(segmentByteCount: 64 << 10)
    private let directory = TemporaryDirectory()
    private let clock = ManualClock()
    /// The times at which the ledger recorded the events.
    private let times: [Timestamp]
    private var reader: LedgerReader { get throws { try LedgerReader(opening: directory.path) } }

    init() throws {
        try Ledger.create(in: directory.path, configuration: configuration, clock: clock.clock)
        let ledger = try Ledger(opening: directory.path, configuration: configuration, clock: clock.clock)
        var generator = EventGenerator(seed: 91)
        var times: [Timestamp] = []
        for _ in 0..<200 {
            for outcome in ledger.append(lines: (0..<10).map { _ in EventLine(Array(generator.nextLine().utf8)) }) {
                _ = try outcome.get()
                times.append(clock.clock.now())
            }
            clock.advance(microseconds: 3_000_000)
        }
        ledger.close()
        self.times = times
    }

    private func replay(_ moment: Moment, to target: TemporaryDirectory) throws -> RestoreReport {
        try LedgerReplay(try reader).run(asOf: moment, to: target.path, configuration: configuration)
    }

    private func root(of directory: TemporaryDirectory, at sequence: UInt64) throws -> MerkleHash {
        var tree = LogTree(recomputing: PosixStorage(directory: directory.path))
        try tree.advance(to: sequence)
        return try tree.root(at: sequence)
    }

    @Test func `is the original up to that moment, bit for bit`() throws {
        for sequence in [UInt64(1), 777, 1500, 2000] {
            let target = TemporaryDirectory()
            let report = try replay(.sequence(sequence), to: target)
            let copy = try LedgerReader(opening: target.path)
            #expect(report.ledgerID == (try reader.ledgerID) && copy.ledgerID == report.ledgerID)
            #expect(report.sequence == sequence)
            #expect(try report.root == root(of: directory, at: sequence))
            #expect(try report.root == root(of: target, at: sequence))
            var originals = try reader.events(to: sequence)
            var copies = try copy.events()
            while let original = try originals.next() {
                let event = try copies.next()
                #expect(event == original)
            }
            #expect(try copies.next() == nil)
            let problems = try LedgerAudit(copy).run { _ in }.compactMap(\.problem)
            #expect(problems == [])
        }
    }

    @Test func `knows the trades that were known at that time`() throws {
        for index in [0, 9, 10, 1234] {
            let target = TemporaryDirectory()
            let report = try replay(.time(times[index]), to: target)
            // Ten events were recorded at each time.
            #expect(report.sequence == UInt64(index / 10 * 10 + 10))
            let known = try TradeReplay(LedgerReader(opening: target.path)).trades()
            let expected = try TradeReplay(reader).trades(asOf: .time(times[index]))
            #expect(known.map(\.id) == expected.map(\.id) && known.map(\.trade) == expected.map(\.trade))
        }
    }

    @Test func `writes the same files each time, and accepts new events`() throws {
        let (first, second) = (TemporaryDirectory(), TemporaryDirectory())
        let moment = Moment.sequence(1501)
        _ = try replay(moment, to: first)
        _ = try replay(moment, to: second)
        #expect(first.files == second.files)
        #expect(first.files.count { $0.hasSuffix(".segment") } > 2)
        for name in first.files {
            let (one, other) = (try first.damaged(name).bytes(), try second.damaged(name).bytes())
            #expect(one == other, "\(name)")
        }
        let ledger = try Ledger(opening: second.path, configuration: configuration, clock: clock.clock)
        let line = """
            {"type":"trade.opened","trade_id":"new","occurred_at":"2026-01-02T03:04:05Z","symbol":"A/B","side":"buy",\
            "order_type":"market","amount":"1","price":"1"}
            """
        let outcome = try #require(ledger.append(lines: [EventLine(Array(line.utf8))]).first)
        #expect(try outcome.get().sequence == 1502)
    }

    @Test func `is an empty ledger before the first event`() throws {
        let target = TemporaryDirectory()
        let report = try replay(.sequence(0), to: target)
        #expect(report.sequence == 0)
        let copy = try LedgerReader(opening: target.path)
        #expect(try copy.durableSequence() == 0)
        #expect(try copy.ledgerID == reader.ledgerID)
    }

    @Test func `refuses a directory that is not empty`() throws {
        let files = directory.files
        let error = try #require(throws: LedgerError.self) { try replay(.now, to: directory) }
        #expect(error.code == .invalidRequest)
        #expect(error.description.contains("is not empty") && error.description.contains("choose a directory"))
        #expect(directory.files == files)
    }

    @Test func `that was interrupted is not a ledger, and starts over`() throws {
        let target = TemporaryDirectory()
        _ = try replay(.sequence(100), to: target)
        try target.damaged("restoring").replace([])
        let error = try #require(throws: LedgerError.self) { try LedgerReader(opening: target.path) }
        #expect(error.code == .notALedger && error.description.contains("tradeledger replay"))
        #expect(try replay(.sequence(50), to: target).sequence == 50)
        #expect(try LedgerReader(opening: target.path).durableSequence() == 50)
    }
}
