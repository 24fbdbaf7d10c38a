import Glibc
import Ledger
import LedgerTestSupport
import Replication
import Synchronization
import TradeModel

/// A replicator on a thread of its own, which a test watches and stops.
final class RunningReplicator: Sendable {
    private struct State {
        var shippedSequence: UInt64 = 0
        var retries: [Int32] = []
        var isConnected = false
        var error: ReplicationError?
        var isEnded = false
    }

    private let state = Mutex(State())
    /// A byte for each thing that happened.
    private let happenings: Pipe
    private let stop: Pipe
    private let reader: LedgerReader
    private let address: DatabaseAddress

    init(_ ledger: ReplicatedLedger) throws {
        happenings = Pipe()
        stop = Pipe()
        reader = try ledger.reader
        address = ledger.address
    }

    /// Runs `body` beside the replicator, stops it, and throws what it ended with.
    static func run(_ ledger: ReplicatedLedger, _ body: (RunningReplicator) throws -> Void) throws {
        let running = try RunningReplicator(ledger)
        let thread = TestThread { running.replicate() }
        do { try body(running) } catch {
            running.stop.writeByte()
            thread.join()
            throw error
        }
        running.stop.writeByte()
        thread.join()
        if let error = running.state.withLock({ $0.error }) { throw error }
    }

    func waitUntilConnected() { wait { $0.isConnected } }

    func waitUntilShipped(_ sequence: UInt64) { wait { $0.shippedSequence >= sequence } }

    /// The pauses of the first retries, in milliseconds.
    func waitForRetries(_ count: Int) -> [Int32] {
        wait { $0.retries.count >= count }
        return state.withLock { $0.retries }
    }

    private func wait(until condition: (State) -> Bool) {
        while !state.withLock({ condition($0) || $0.isEnded }) { happenings.readByte() }
    }

    private func replicate() {
        do throws(ReplicationError) {
            let replicator = try Replicator(reader, address, stop: stop.readingEnd) { self.note($0) }
            try replicator.run(.untilStopped)
        } catch {
            state.withLock { $0.error = error }
        }
        state.withLock { $0.isEnded = true }
        happenings.writeByte()
    }

    private func note(_ report: Replicator.Report) {
        state.withLock { state in
            switch report {
            case .connected(_, let sequence):
                state.isConnected = true
                state.shippedSequence = max(state.shippedSequence, sequence)
            case .shipped(let last, _): state.shippedSequence = max(state.shippedSequence, last)
            case .retrying(_, let milliseconds): state.retries.append(milliseconds)
            }
        }
        happenings.writeByte()
    }
}

/// A pipe as a means to wait.
private final class Pipe: Sendable {
    let readingEnd: Int32
    private let writingEnd: Int32

    init() {
        var ends: [Int32] = [0, 0]
        let result = unsafe pipe(&ends)
        precondition(result == 0, "the system has pipes")
        (readingEnd, writingEnd) = (ends[0], ends[1])
    }

    deinit {
        close(readingEnd)
        close(writingEnd)
    }

    func writeByte() {
        let count = unsafe write(writingEnd, [1], 1)
        precondition(count == 1, "a pipe takes a byte")
    }

    func readByte() {
        var byte: UInt8 = 0
        let count = unsafe read(readingEnd, &byte, 1)
        precondition(count == 1, "the writing end is open")
    }
}
