import TradeModel

/// The work behind the append path, on a thread of its own.
///
/// The path itself never waits for it, except for a segment that is not there yet.
final class Housekeeper<S: Storage>: Sendable {
    private struct State {
        var durableSequence: UInt64
        var isClosed = false
        var fault: LedgerError?
    }

    private let storage: S
    private let ledgerID: EventID
    private let spare: SpareSegment<S>
    private let sealedBlockByteCount: Int?
    private let state: Lock<State>
    private let wake = Semaphore()
    private let ended = Semaphore()

    init(
        _ storage: S,
        _ ledgerID: EventID,
        _ spare: SpareSegment<S>,
        durableSequence: UInt64,
        sealedBlockByteCount: Int?
    ) {
        self.storage = storage
        self.ledgerID = ledgerID
        self.spare = spare
        self.sealedBlockByteCount = sealedBlockByteCount
        state = Lock(State(durableSequence: durableSequence))
    }

    /// Why the work does not go on; appends tell the same once they need it.
    ///
    /// Nil where all is well.
    var fault: LedgerError? { state.withLock { $0.fault } }

    /// Starts the thread, which lives until `close`.
    func start() {
        BackgroundThread.start {
            let fault = self.run()
            self.state.withLock { $0.fault = fault }
            self.ended.post()
        }
        wake.post()
    }

    /// Tells that the log has grown, or that a spare is wanted.
    func note(_ progress: CommitThread<S>.Progress) {
        if case .durable(let sequence) = progress { state.withLock { $0.durableSequence = sequence } }
        wake.post()
    }

    /// Ends the thread when its current step is done.
    ///
    /// Does nothing the second time.
    func close() {
        let isFirst = state.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
        guard isFirst else { return }
        wake.post()
        ended.wait()
    }

    private func run() -> LedgerError? {
        do throws(LedgerError) {
            let sequence = state.withLock { $0.durableSequence }
            var housekeeping = try Housekeeping(
                storage,
                ledgerID,
                spare,
                durableSequence: sequence,
                sealedBlockByteCount: sealedBlockByteCount
            )
            while true {
                wake.wait()
                let (sequence, isClosed) = state.withLock { ($0.durableSequence, $0.isClosed) }
                if isClosed { return nil }
                if try housekeeping.step(durableSequence: sequence) { wake.post() }
                let fault = housekeeping.sealingFault
                state.withLock { $0.fault = fault }
            }
        } catch {
            return error
        }
    }
}
