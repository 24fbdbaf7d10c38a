import Glibc
import LedgerTestSupport
import Testing

@testable import Ledger

@Suite struct `An opened directory` {
    private let place = TemporaryDirectory()
    private let path: String
    private let moved: String

    init() throws {
        path = place.path + "/ledger"
        moved = place.path + "/moved"
        try make(path)
        try Ledger.create(in: path)
    }

    private func make(_ path: String) throws {
        guard unsafe mkdir(path, 0o700) == 0 else { throw SystemFailure(operation: "mkdir", number: errno) }
    }

    private func move() throws {
        guard unsafe rename(path, moved) == 0 else { throw SystemFailure(operation: "rename", number: errno) }
    }

    @Test func `stays the same if it is moved and another takes its path`() throws {
        let storage = PosixStorage(directory: path)
        try move()
        #expect(try storage.displacement() == nil)
        try make(path)
        #expect(try storage.displacement() == .replaced(nowAt: moved))
        try AtomicFile(storage, "note").write([1])
        try storage.rename("note", to: "renamed")
        #expect(try storage.list().contains("renamed"))
        #expect(try storage.outsideNote("renamed") == [1])
        #expect(try AtomicFile(PosixStorage(directory: moved), "renamed").read() == [1])
        #expect(try PosixStorage(directory: path).list().isEmpty)
    }

    @Test func `is another one for a reader that continues after its path leads elsewhere`() throws {
        let reader = try LogReader(PosixStorage(directory: path))
        try move()
        #expect(try reader.durableSequence() == 0)
        try make(path)
        let error = #expect(throws: LedgerError.self) { _ = try reader.durableSequence() }
        #expect(error?.message.contains("has opened is in \(moved)") == true)
    }

    @Test func `is reported as removed by each handle on it, whether or not another directory takes its path`() throws {
        let emptied = place.path + "/emptied"
        try make(emptied)
        let storage = PosixStorage(directory: emptied)
        guard unsafe rmdir(emptied) == 0 else { throw SystemFailure(operation: "rmdir", number: errno) }
        for _ in 0..<2 {
            #expect(try storage.displacement() == .removed)
            let error = #expect(throws: LedgerError.self) { try storage.checkInPlace() }
            #expect(error?.message.contains("\(emptied) was removed while process \(getpid()) had it open") == true)
            unsafe mkdir(emptied, 0o700)
        }
    }

    @Test func `is checked before a segment begins and after a pause, with any clock`() throws {
        let clock = ManualClock().clock
        for isRoll in [true, false] {
            let directory = try TemporaryDirectory.withLedger()
            var core = try LedgerCore(opening: PosixStorage(directory: directory.path), smallSegments, clock)
            try directory.damaged("lock").rename(to: "old")
            var error: LedgerError?
            for number in 0..<1000 where error == nil {
                do throws(LedgerError) {
                    if !isRoll { try core.assertDurable() }
                } catch let refusal {
                    error = refusal
                }
                let request = AppendRequest([Submission(try TradeEvents.opened("t-\(number)"))], .each, .none)
                core.commit([request])
                if case .failure(.failed(let failure)) = request.answers.outcomes.first { error = failure }
            }
            #expect(error?.message.contains("lock was removed or replaced") == true)
            #expect(core.rollCount == 0)
        }
    }

    @Test func `says why it could not be opened, at each use`() throws {
        let storage = PosixStorage(directory: moved)
        let error = #expect(throws: LedgerError.self) { _ = try storage.list() }
        #expect(error?.isMissingFile == true && error?.message == "cannot list \(moved): No such file or directory")
        #expect(throws: LedgerError.self) { _ = try storage.create("file") }
    }
}
