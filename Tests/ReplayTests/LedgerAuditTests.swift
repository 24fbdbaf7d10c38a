import Ledger
import LedgerTestSupport
import Replay
import Testing
import TradeModel

@Suite struct `An audit of a ledger` {
    private let configuration = LedgerConfiguration(segmentByteCount: 64 << 10)

    @Test func `finds nothing in a ledger that is as it was written`() throws {
        let directory = try filled(eventCount: 2000)
        var visited: UInt64 = 0
        let checks = try LedgerAudit(try LedgerReader(opening: directory.path)).run { visited = $0 }
        #expect(visited == 2000)
        #expect(checks.map(\.name) == ["log", "clock", "fold", "merkle", "identities", "snapshots", "rejected"])
        #expect(checks.allSatisfy { $0.problem == nil })
    }

    @Test func `names file and offset of a changed byte`() throws {
        let directory = try filled(eventCount: 2000)
        let name = try #require(directory.files.first { $0.hasSuffix(".segment") })
        try directory.damaged(name).flipBit(at: 500)
        let checks = try LedgerAudit(try LedgerReader(opening: directory.path)).run { _ in }
        let problem = try #require(checks.first?.problem)
        #expect(problem.contains("\(name) at offset 64"))
        #expect(problem.contains("acknowledged"))
    }

    @Test func `trusts no Merkle nodes of another ledger`() throws {
        let directory = try filled(eventCount: 2000)
        let other = try filled(eventCount: 2000)
        try keepTree(of: directory)
        try keepTree(of: other)
        let before = try root(of: directory)
        try directory.damaged("merkle.nodes").replace(try other.damaged("merkle.nodes").bytes())
        #expect(try root(of: directory) == before)
        #expect(try root(of: other) != before)
    }

    @Test func `a damaged identity run is told alone, and misleads no other check`() throws {
        let directory = try filled(eventCount: 2000)
        try keepTree(of: directory)
        let whole = try LedgerAudit(try LedgerReader(opening: directory.path)).run { _ in }
        let name = try #require(directory.files.first { $0.hasSuffix(".run") })
        let run = directory.damaged(name)
        try run.flipBit(at: try run.bytes().count - 3)
        let checks = try LedgerAudit(try LedgerReader(opening: directory.path)).run { _ in }
        #expect(checks.filter { $0.problem != nil }.map(\.name) == ["identities"])
        #expect(checks.first { $0.name == "identities" }?.problem?.contains(name) == true)
        for (check, before) in zip(checks, whole) where check.name != "identities" {
            #expect(check.extent == before.extent)
        }
    }

    /// The root that the audit names, with the first digits as they stand in the extent.
    private func root(of directory: TemporaryDirectory) throws -> Substring? {
        let checks = try LedgerAudit(try LedgerReader(opening: directory.path)).run { _ in }
        let merkle = try #require(checks.first { $0.name == "merkle" })
        #expect(merkle.problem == nil)
        return merkle.extent.split(separator: ",").first
    }

    /// Lets the work behind the append path come to its end, for which a ledger that is closed does not wait.
    private func keepTree(of directory: TemporaryDirectory) throws {
        let storage = PosixStorage(directory: directory.path)
        let core = try LedgerCore(opening: storage, configuration, .system)
        let durable = core.durableSequence
        var housekeeping = try Housekeeping(
            storage,
            core.ledgerID,
            core.spare,
            core.identities,
            durableSequence: durable,
            sealedBlockByteCount: nil
        ) { false }
        while try housekeeping.step(durableSequence: durable) {}
    }

    private func filled(eventCount: Int) throws -> TemporaryDirectory {
        let directory = TemporaryDirectory()
        try Ledger.create(in: directory.path, configuration: configuration)
        let ledger = try Ledger(opening: directory.path, configuration: configuration)
        var generator = EventGenerator(seed: 5)
        let lines = (0..<eventCount).map { _ in EventLine(Array(generator.nextLine().utf8)) }
        for outcome in ledger.append(lines: lines) { _ = try outcome.get() }
        ledger.close()
        return directory
    }
}
