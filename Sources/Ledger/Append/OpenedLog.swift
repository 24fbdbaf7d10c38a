import TradeModel

/// A log that was just opened, for the work that goes on in the background.
struct OpenedLog<S: Storage>: Sendable {
    let storage: S
    let ledgerID: EventID
    let preallocated: PreallocatedSegment<S>
    let identities: SharedRunSet<S>
    let finishedSegments: FinishedSegments
    /// The last event of the snapshot that opening began with; 0 where there was none.
    let snapshotSequence: UInt64
    let durableSequence: UInt64
}
