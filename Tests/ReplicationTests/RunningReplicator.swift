import Ledger
import LedgerTestSupport
import Replication
import Synchronization
import TradeModel

/// A replicator on its own thread, which a test watches and stops.
final class RunningReplicator: Sendable {
    private struct State {
        var shippedSequence: UInt64 = 0
        var retries: [Int32] = []
        var isConnected = false
        var isWaitingForAnother = false
        var faults: [ReplicationError] = []
        var recoveryCount = 0
        var lossSequences: [UInt64] = []
        var error: ReplicationError?
        var isEnded = false
    }

    private let state = Mutex(State())
    /// One byte per report.
    private let happenings: WaitingPipe
    private let stop: WaitingPipe
    private let reader: LedgerReader
    private let address: DatabaseAddress
    private let timing: ReplicationTiming

    init(_ ledger: ReplicatedLedger, _ timing: ReplicationTiming) throws {
        self.timing = timing
        happenings = WaitingPipe()
        stop = WaitingPipe()
        reader = try ledger.reader
        address = ledger.address
    }

    /// Runs `body` beside the replicator, stops it, and throws what it ended with.
    static func run(
        _ ledger: ReplicatedLedger,
        _ timing: ReplicationTiming = ReplicationTiming(),
        _ body: (RunningReplicator) throws -> Void
    ) throws {
        let running = try RunningReplicator(ledger, timing)
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

    func waitUntilWaitingForAnother() { wait { $0.isWaitingForAnother } }

    /// The faults in their order, each reported once.
    func waitForFaults(_ count: Int) -> [ReplicationError] {
        wait { $0.faults.count >= count }
        return state.withLock { $0.faults }
    }

    /// Waits until this many outages have ended.
    func waitForRecoveries(_ count: Int) { wait { $0.recoveryCount >= count } }

    /// The position of the database each time it had lost all events.
    var lossSequences: [UInt64] { state.withLock { $0.lossSequences } }

    /// The error with which it ended by itself.
    func waitForError() -> ReplicationError? {
        wait { $0.isEnded }
        return state.withLock { state in
            defer { state.error = nil }
            return state.error
        }
    }

    /// Stops it and waits for its end.
    func end() {
        stop.writeByte()
        wait { $0.isEnded }
    }

    private func wait(until condition: (State) -> Bool) {
        while !state.withLock({ condition($0) || $0.isEnded }) { happenings.readByte() }
    }

    private func replicate() {
        do throws(ReplicationError) {
            let replicator = try Replicator(reader, address, stop: stop.readingEnd, timing: timing) { self.note($0) }
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
            case .shipped(let batch, _): state.shippedSequence = max(state.shippedSequence, batch.lastSequence)
            case .retrying(_, let milliseconds): state.retries.append(milliseconds)
            case .failing(let error, _, _): state.faults.append(error)
            case .recovered: state.recoveryCount += 1
            case .startedOver(let sequence): state.lossSequences.append(sequence)
            case .waitingForAnother: state.isWaitingForAnother = true
            case .unseen, .promisingLess: break
            }
        }
        happenings.writeByte()
    }
}
