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

    private let opened: OpenedLog<S>
    private let sealedBlockByteCount: Int?
    private let state: Lock<State>
    private let preallocation = BackgroundTask()
    private let maintenance = BackgroundTask()

    /// The work for a ledger that was just opened.
    init(for core: borrowing LedgerCore<S>, sealedBlockByteCount: Int?) {
        opened = core.opening
        self.sealedBlockByteCount = sealedBlockByteCount
        state = Lock(State(durableSequence: opened.durableSequence))
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
            do throws(LedgerError) { try opened.preallocated.prepare() } catch {
                guard error.isDiskFull else { throw error }
            }
        }
    }

    private func maintain() throws(LedgerError) {
        var work = try Maintenance(opened, sealedBlockByteCount: sealedBlockByteCount) { self.maintenance.isClosed }
        while maintenance.wait() {
            if try work.step(durableSequence: state.withLock { $0.durableSequence }) { maintenance.wake() }
            let fault = work.sealingFault
            state.withLock { $0.sealingFault = fault }
        }
        try work.finish()
    }
}

/// Background maintenance of the durable log, one step at a time.
///
/// Extends the Merkle tree, builds the index runs and snapshots that make opening fast, and seals segments.
package struct Maintenance<S: Storage>: ~Copyable {
    private let storage: S
    private let ledgerID: EventID
    private var tree: LogTree<S>
    /// How many nodes of the tree the ledger keeps.
    private var keptCount: Int
    private let preallocated: PreallocatedSegment<S>
    private let indexBuilder: IndexBuilder<S>
    private var sealer: Sealer<S>

    private static var eventCountMax: UInt64 { 1 << 14 }

    /// Begins with what the ledger has kept, for a ledger that was just opened.
    package init(
        for core: borrowing LedgerCore<S>,
        sealedBlockByteCount: Int?,
        isCancelled: @escaping @Sendable () -> Bool
    ) throws(LedgerError) {
        try self.init(core.opening, sealedBlockByteCount: sealedBlockByteCount, isCancelled: isCancelled)
    }

    /// Begins with what the ledger has kept.
    ///
    /// Long steps poll `isCancelled` and end early if it returns true.
    init(
        _ opened: OpenedLog<S>,
        sealedBlockByteCount: Int?,
        isCancelled: @escaping @Sendable () -> Bool
    ) throws(LedgerError) {
        storage = opened.storage
        ledgerID = opened.ledgerID
        preallocated = opened.preallocated
        let tree = try LogTree(storage, ledgerID, upTo: opened.durableSequence)
        let indexBuilder = try IndexBuilder(opened, isCancelled: isCancelled)
        keptCount = tree.blocks.count
        self.indexBuilder = indexBuilder
        self.tree = tree
        sealer = Sealer(storage, blockByteCount: sealedBlockByteCount)
    }

    /// Why finished segments are not being sealed; nil if all is well.
    package var sealingFault: LedgerError? { sealer.fault }

    /// Does part of the pending work for the log up to a durable sequence; true if more is left.
    ///
    /// A full disk is not fatal: the next step tries again.
    package mutating func step(durableSequence: UInt64) throws(LedgerError) -> Bool {
        var isMore = false
        do throws(LedgerError) { isMore = try indexBuilder.step() } catch {
            guard error.isDiskFull else { throw error }
        }
        // Segments are taken in first, because those that wait are in memory. Sealing waits for that.
        if !isMore, sealer.step(begunCount: preallocated.begunCount) { isMore = true }
        guard tree.sequence < durableSequence else { return isMore }
        try tree.advance(to: durableSequence, countMax: Self.eventCountMax)
        do throws(LedgerError) { try keepTree() } catch { guard error.isDiskFull else { throw error } }
        return isMore || tree.sequence < durableSequence
    }

    /// Before closing, does the work that makes the next opening fast, and seals a few segments.
    ///
    /// A ledger that is only ever open for a moment must not accumulate a backlog.
    package mutating func finish() throws(LedgerError) {
        do throws(LedgerError) { while try indexBuilder.step() {} } catch {
            guard error.isDiskFull else { throw error }
        }
        sealer.seal(countMax: Self.lastSealCount, begunCount: preallocated.begunCount)
    }

    private static var lastSealCount: Int { 2 }

    private mutating func keepTree() throws(LedgerError) {
        var file = try TreeFile(storage, ledgerID, continuingAfter: keptCount)
        try file.append(tree.blocks[keptCount...])
        keptCount = file.count
    }
}
