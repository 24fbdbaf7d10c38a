internal import CLedgerShims
import TradeModel

/// The background work of a ledger, in two tasks.
///
/// One preallocates the next segment, which an append may have to wait for; the other has low priority and does
/// everything that can wait.
final class MaintenanceThreads<S: Storage>: Sendable {
    private struct State {
        var durableSequence: UInt64
        var sealingFault: LedgerError?
    }

    private let storage: S
    private let ledgerID: EventID
    private let preallocated: PreallocatedSegment<S>
    private let identities: SharedRunSet<S>
    private let sealedBlockByteCount: Int?
    private let state: Lock<State>
    private let preallocation = BackgroundTask()
    private let maintenance = BackgroundTask()

    /// The work for a ledger that was just opened.
    init(for core: borrowing LedgerCore<S>, _ storage: S, sealedBlockByteCount: Int?) {
        self.storage = storage
        self.sealedBlockByteCount = sealedBlockByteCount
        ledgerID = core.ledgerID
        preallocated = core.preallocated
        identities = core.identities
        state = Lock(State(durableSequence: core.durableSequence))
    }

    /// Why background work has stopped; appends report the same error once they need that work.
    ///
    /// Nil where all is well.
    var fault: LedgerError? { preallocation.fault ?? maintenance.fault ?? state.withLock { $0.sealingFault } }

    /// Starts the tasks, which live until `close`.
    func start() {
        preallocation.start { () throws(LedgerError) in try self.preallocateSegments() }
        maintenance.start { () throws(LedgerError) in
            ledger_lower_thread_priority()
            try self.maintain()
        }
        preallocation.wake()
        maintenance.wake()
    }

    /// Reports that the log has grown, or that the next segment has to be preallocated.
    func note(_ progress: CommitThread<S>.Progress) {
        switch progress {
        case .rolled: preallocation.wake()
        case .durable(let sequence): state.withLock { $0.durableSequence = sequence }
        }
        maintenance.wake()
    }

    /// Ends the tasks when their current steps are done.
    ///
    /// A second call does nothing.
    func close() {
        maintenance.cancel()
        preallocation.close()
        maintenance.close()
    }

    private func preallocateSegments() throws(LedgerError) {
        while preallocation.wait() {
            // A full disk is not fatal: the commit thread reports it when it needs the space.
            do throws(LedgerError) { try preallocated.prepare() } catch { guard error.isDiskFull else { throw error } }
        }
    }

    private func maintain() throws(LedgerError) {
        var work = try Maintenance(
            storage,
            ledgerID,
            preallocated,
            identities,
            durableSequence: state.withLock { $0.durableSequence },
            sealedBlockByteCount: sealedBlockByteCount
        ) { self.maintenance.isClosed }
        while maintenance.wait() {
            if try work.step(durableSequence: state.withLock { $0.durableSequence }) { maintenance.wake() }
            let fault = work.sealingFault
            state.withLock { $0.sealingFault = fault }
        }
        try work.finish(durableSequence: state.withLock { $0.durableSequence })
    }
}
