import CForkTestSupport
import Glibc
import Ledger
import LedgerTestSupport
import Testing
import TradeModel

/// The report of a child, in one byte.
private enum Report {
    static let refused = UInt8(ascii: "r")
    static let notRefused = UInt8(ascii: "n")
    static let ended = UInt8(ascii: "e")
}

@Suite struct `A forked process` {
    @Test func `cannot use the ledger of its parent, and does not keep its lock`() async {
        await #expect(processExitsWith: .success) {
            let directory = TemporaryDirectory()
            try Ledger.create(in: directory.path)
            let ledger = try Ledger(opening: directory.path)
            var events = EventGenerator(seed: 51)
            _ = try ledger.append(try events.next())
            let (report, life) = (Pipe(), Pipe())
            let child = test_fork()
            if child == 0 { useAndLive(ledger, try events.next(), report, life) }
            report.closeWriter()
            #expect(report.readByte() == Report.refused)
            _ = try ledger.append(try events.next())
            ledger.close()
            // The child still has its copies of the descriptors.
            let next = try Ledger(opening: directory.path)
            #expect(try next.durableSequence == 2)
            next.close()
            life.closeWriter()
            #expect(report.readByte() == Report.ended, "the child has lived until now")
        }
    }

    @Test func `does not keep the lock of a parent that was killed`() async {
        await #expect(processExitsWith: .success) {
            let directory = TemporaryDirectory()
            try Ledger.create(in: directory.path)
            let (report, life) = (Pipe(), Pipe())
            let parent = test_fork()
            if parent == 0 {
                var events = EventGenerator(seed: 52)
                let ledger = try Ledger(opening: directory.path)
                _ = try ledger.append(try events.next())
                if test_fork() == 0 { useAndLive(ledger, try events.next(), report, life) }
                pause()
            }
            report.closeWriter()
            #expect(report.readByte() == Report.refused)
            kill(parent, SIGKILL)
            #expect(waitpid(parent, nil, 0) == parent)
            let next = try Ledger(opening: directory.path)
            #expect(try next.durableSequence == 1)
            next.close()
            life.closeWriter()
            #expect(report.readByte() == Report.ended, "the child has lived until now")
        }
    }

    @Test func `does not keep the lock with which a reader holds off writers`() async {
        await #expect(processExitsWith: .success) {
            let directory = TemporaryDirectory()
            try Ledger.create(in: directory.path)
            let storage = PosixStorage(directory: directory.path)
            let life = Pipe()
            let reading = try #require(try storage.lockDirectory(.shared))
            let child = test_fork()
            if child == 0 {
                life.waitForEnd()
                _exit(0)
            }
            storage.close(reading)
            let writing = try #require(try storage.lockDirectory(.exclusive))
            storage.close(writing)
            life.closeWriter()
            #expect(waitpid(child, nil, 0) == child)
        }
    }
}

/// Runs in a child: tries every call of the ledger, reports, and waits until its parent ends it.
private func useAndLive(_ ledger: Ledger, _ draft: EventDraft, _ report: Pipe, _ life: Pipe) -> Never {
    let attempts: [() throws -> Void] = [
        { _ = try ledger.append(draft) }, { _ = try ledger.durableSequence }, { _ = try ledger.openTrades() },
        { _ = try ledger.trade("t") },
    ]
    let areRefused = attempts.allSatisfy { attempt in
        do {
            try attempt()
            return false
        } catch {
            return "\(error)".contains("this process was forked from the one that opened")
        }
    }
    ledger.close()
    report.writeByte(areRefused ? Report.refused : Report.notRefused)
    life.waitForEnd()
    report.writeByte(Report.ended)
    _exit(0)
}

/// A pipe between a process and the ones that it forks.
private struct Pipe {
    private let reader: Int32
    private let writer: Int32

    init() {
        var ends: [Int32] = [-1, -1]
        let result = unsafe pipe(&ends)
        precondition(result == 0, "the system has a pipe")
        (reader, writer) = (ends[0], ends[1])
    }

    func writeByte(_ byte: UInt8) {
        let count = unsafe withUnsafeBytes(of: byte) { unsafe write(writer, $0.baseAddress, 1) }
        precondition(count == 1, "the pipe takes a byte")
    }

    /// The next byte; nil once every writer is closed.
    func readByte() -> UInt8? {
        var byte: UInt8 = 0
        return unsafe read(reader, &byte, 1) == 1 ? byte : nil
    }

    func closeWriter() { close(writer) }

    /// Waits until every other process has closed the writer.
    func waitForEnd() {
        closeWriter()
        _ = readByte()
    }
}
