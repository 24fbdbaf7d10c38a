internal import CLedgerShims
import TradeModel

/// The background work of a ledger, on two threads.
///
/// One preallocates the next segment, which an append may have to wait for; the other has low priority and does
/// everything that can wait.
final class MaintenanceThreads<S: Storage>: Sendable {
    private struct State {
        var durableSequence: UInt64
        var isClosed = false
        var fault: LedgerError?
        var sealingFault: LedgerError?
    }

    private let storage: S
    private let ledgerID: EventID
    private let preallocated: PreallocatedSegment<S>
    private let identities: SharedRunSet<S>
    private let sealedBlockByteCount: Int?
    private let state: Lock<State>
    private let preallocationWake = Semaphore()
    private let laterWake = Semaphore()
    private let ended = Semaphore()

    private static var threadCount: Int { 2 }

    init(
        _ storage: S,
        _ ledgerID: EventID,
        _ preallocated: PreallocatedSegment<S>,
        _ identities: SharedRunSet<S>,
        durableSequence: UInt64,
        sealedBlockByteCount: Int?
    ) {
        self.storage = storage
        self.ledgerID = ledgerID
        self.preallocated = preallocated
        self.identities = identities
        self.sealedBlockByteCount = sealedBlockByteCount
        state = Lock(State(durableSequence: durableSequence))
    }

    /// Why background work has stopped; appends report the same error once they need that work.
    ///
    /// Nil where all is well.
    var fault: LedgerError? { state.withLock { $0.fault ?? $0.sealingFault } }

    /// Starts the threads, which live until `close`.
    func start() {
        start { () throws(LedgerError) in try self.preallocateSegments() }
        start { () throws(LedgerError) in
            ledger_lower_thread_priority()
            try self.maintain()
        }
        preallocationWake.post()
        laterWake.post()
    }

    /// Reports that the log has grown, or that the next segment has to be preallocated.
    func note(_ progress: CommitThread<S>.Progress) {
        switch progress {
        case .rolled: preallocationWake.post()
        case .durable(let sequence): state.withLock { $0.durableSequence = sequence }
        }
        laterWake.post()
    }

    /// Ends the threads when their current steps are done.
    ///
    /// A second call does nothing.
    func close() {
        let isFirst = state.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
        guard isFirst else { return }
        preallocationWake.post()
        laterWake.post()
        for _ in 0..<Self.threadCount { ended.wait() }
    }

    private var isClosed: Bool { state.withLock { $0.isClosed } }

    private func start(_ work: @escaping @Sendable () throws(LedgerError) -> Void) {
        BackgroundThread.start {
            do throws(LedgerError) { try work() } catch {
                self.state.withLock { $0.fault = $0.fault ?? error }
            }
            self.ended.post()
        }
    }

    private func preallocateSegments() throws(LedgerError) {
        while true {
            preallocationWake.wait()
            if isClosed { return }
            // A full disk is not fatal: the commit thread reports it when it needs the space.
            do throws(LedgerError) { try preallocated.prepare() } catch { guard error.isDiskFull else { throw error } }
        }
    }

    private func maintain() throws(LedgerError) {
        let first = state.withLock { $0.durableSequence }
        var maintenance = try Maintenance(
            storage,
            ledgerID,
            preallocated,
            identities,
            durableSequence: first,
            sealedBlockByteCount: sealedBlockByteCount
        ) { self.isClosed }
        while true {
            laterWake.wait()
            let (sequence, isClosed) = state.withLock { ($0.durableSequence, $0.isClosed) }
            if isClosed { return try maintenance.finish(durableSequence: sequence) }
            if try maintenance.step(durableSequence: sequence) { laterWake.post() }
            let fault = maintenance.sealingFault
            state.withLock { $0.sealingFault = fault }
        }
    }
}
