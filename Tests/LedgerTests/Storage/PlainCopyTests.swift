import LedgerTestSupport
import Testing

@testable import Ledger

@Suite struct `A plain copy of a directory` {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory.withLedger()
    }

    /// A copy byte for byte, as `cp` makes one.
    private func plainCopy(of original: TemporaryDirectory) throws -> TemporaryDirectory {
        let copy = TemporaryDirectory()
        for (name, bytes) in try original.contents() { try copy.damaged(name).replace(bytes) }
        return copy
    }

    private func write(_ id: String) throws -> Ledger {
        let ledger = try Ledger(opening: directory.path, configuration: neverIdle)
        _ = try ledger.append(batch: [try TradeEvents.opened(id), try TradeEvents.annotated(id, "seen")])
        return ledger
    }

    @Test func `that a writer held is refused, and the message names backup`() throws {
        let ledger = try write("a")
        let copy = try plainCopy(of: directory)
        let before = try copy.contents()
        let error = try #require(refusal(copy))
        #expect(error.code == .damaged && error.message.contains("plain copy"))
        #expect(error.message.contains("may be missing") && error.remedy.contains("tradeledger backup"))
        #expect(try LogReader(PosixStorage(directory: copy.path)).copyProblem() != nil)
        let backup = TemporaryDirectory()
        #expect(throws: LedgerError.self) { _ = try LedgerBackup(of: copy.path, in: backup.path).run() }
        #expect(backup.files == [])
        #expect(try copy.contents() == before)
        #expect(try LogReader(PosixStorage(directory: directory.path)).copyProblem() == nil)
        ledger.close()
        #expect(refusal(directory) == nil)
    }

    @Test func `is accepted by repair once everything else is intact`() throws {
        let ledger = try write("a")
        _ = try ledger.append(try TradeEvents.opened("b"))
        let copy = try plainCopy(of: directory)
        ledger.close()
        let name = copy.segments[0]
        let frame = try copy.frames(of: name)[0]
        try copy.damaged(name).flipBit(at: frame.offset + 60)
        let told = try #require(throws: LedgerError.self) { _ = try LedgerReader(opening: copy.path).all() }
        #expect(told.message.contains("plain copy") && told.remedy.contains("tradeledger backup"))
        var repair = LedgerRepair(of: copy.path)
        #expect(try repair.corruptions().map(\.file) == [name, "lock"])
        #expect(try repair.mend() == [])
        #expect(refusal(copy)?.message.contains("plain copy") == true)
        #expect(try repair.acceptLoss(of: 1...2, reason: "disk", actor: "maria").map(\.file) == [name, "lock"])
        #expect(try repair.corruptions() == [])
        #expect(refusal(copy) == nil)
    }

    @Test func `of a ledger at rest opens, and so do its own copies`() throws {
        try write("a").close()
        let copy = try plainCopy(of: directory)
        #expect(refusal(copy) == nil)
        #expect(refusal(try plainCopy(of: copy)) == nil)
    }

    @Test func `is not what a crash leaves, nor a directory that was moved`() throws {
        let storage = PosixStorage(directory: directory.path)
        // The lock is gone but the ledger was not closed, as after a kill.
        do { _ = try LedgerCore(opening: storage, neverIdle, .system) }
        #expect(try !WriterLock.isPlainCopy(storage))
        #expect(refusal(directory) == nil)
        do { _ = try LedgerCore(opening: storage, neverIdle, .system) }
        for name in directory.files { try directory.damaged(name).rename(to: "moved-" + name) }
        for name in directory.files {
            try directory.damaged(name).rename(to: String(name.dropFirst("moved-".count)))
        }
        #expect(refusal(directory) == nil)
    }

    @Test func `cannot be recognised if the lock file is from an older version, damaged, or torn`() throws {
        let ledger = try write("a")
        for byteCount in [0, 20, 40] {
            let copy = try plainCopy(of: directory)
            try copy.damaged("lock").truncate(to: byteCount)
            #expect(refusal(copy) == nil, "\(byteCount)")
        }
        let copy = try plainCopy(of: directory)
        try copy.damaged("lock").flipBit(at: 40)
        #expect(refusal(copy) == nil)
        ledger.close()
    }
}
