import Ledger
import LedgerTestSupport
import Testing
import TradeModel

@Suite(.timeLimit(.minutes(30))) struct `Waiting for the database` {
    private let directory = TemporaryDirectory()
    private let ledger: Ledger
    private let replicator: ReplicatedWatermark

    init() throws {
        try Ledger.create(in: directory.path)
        ledger = try Ledger(opening: directory.path)
        replicator = try ReplicatedWatermark(PosixStorage(directory: directory.path))
    }

    @Test func `ends at once if the event is already there`() throws {
        try replicator.publish(7)
        for sequence in [0, 1, 7] as [UInt64] {
            #expect(try ledger.replicatedSequence(waitingFor: sequence, within: .zero) == 7)
        }
    }

    @Test func `ends at its deadline with the current sequence`() throws {
        try replicator.publish(7)
        #expect(try ledger.replicatedSequence(waitingFor: 8, within: .milliseconds(1)) == 7)
    }

    @Test func `returns zero if no replicator has run`() throws {
        #expect(try ledger.replicatedSequence(waitingFor: 1, within: .milliseconds(1)) == 0)
    }

    @Test func `ends when the replicator reaches the sequence`() throws {
        let (ledger, replicator) = (ledger, replicator)
        let begun = Semaphore()
        let thread = TestThread {
            begun.wait()
            for sequence in 1...100 as ClosedRange<UInt64> {
                do { try replicator.publish(sequence) } catch { Issue.record(error) }
            }
        }
        begun.post()
        for sequence in [1, 50, 100] as [UInt64] {
            let reached = try ledger.replicatedSequence(waitingFor: sequence, within: .seconds(50))
            #expect((sequence...100).contains(reached))
        }
        thread.join()
    }

    @Test func `is shared by many tasks, and each gets its answer`() async throws {
        let (ledger, replicator) = (ledger, replicator)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for sequence in 1...200 as ClosedRange<UInt64> {
                group.addTask {
                    try await ledger.replicatedSequence(waitingFor: sequence, within: .seconds(50)) >= sequence
                }
            }
            for sequence in stride(from: 10, through: 200, by: 10) { try replicator.publish(UInt64(sequence)) }
            for try await isThere in group { #expect(isThere) }
        }
    }

    @Test func `ignores torn bytes`() throws {
        try replicator.publish(0x0102_0304)
        for index in 0..<16 {
            try directory.damaged(ReplicatedWatermark.fileName).flipBit(at: index)
            #expect(try replicator.read() == 0)
            try replicator.publish(0x0102_0304)
        }
        #expect(try replicator.read() == 0x0102_0304)
    }

    @Test func `continues after the replicator was rolled back`() throws {
        try replicator.publish(9)
        try replicator.publish(3)
        #expect(try ledger.replicatedSequence(waitingFor: 9, within: .milliseconds(1)) == 3)
    }
}
