package import TradeModel

/// Recomputes everything that follows from the bytes of a log: one thread reads and checks, another folds.
///
/// It reads the log once and relies on nothing that it has not checked. It finds the events of closed trades through
/// the index runs and checks these too; if anything is wrong, the caller reads the log again without them. It applies
/// every rule that admission applies.
package struct HistoryAudit: ~Copyable {
    /// How the events of a trade that is not open are found.
    package enum Footing {
        /// The ledger's index runs: 4 bytes an event in memory.
        ///
        /// The runs are checked too, so an audit that finds nothing wrong is complete.
        case identityRuns
        /// The segments alone: 36 bytes an event in memory.
        case segments
    }

    /// The result of reading the log.
    package let log: LogAudit
    /// The first event that was recorded before the one before it.
    package let clockProblem: String?
    /// How many trades are open after the last event.
    package let openTradeCount: Int
    /// Events that were skipped because they depend on lost events.
    package let leftOutCount: UInt64
    /// The Merkle tree over all events.
    package let tree: LogTree<PosixStorage>
    /// The result of checking the files kept beside the log.
    package let derived: DerivedAudit<PosixStorage>

    /// Reads a log; `visit` gets each event, in order.
    ///
    /// Throws `damaged` if acknowledged data is not intact or breaks a rule, and `unusable` if an index run that it
    /// relies on is damaged. O(events).
    package init(
        of reader: LogReader<PosixStorage>,
        on footing: Footing,
        _ visit: (Event) -> Void
    ) throws(LedgerError) {
        var tree = LogTree(recomputing: reader.storage)
        var derived = try DerivedAudit(reader)
        var folding: TradeFolding<PosixStorage, Trade> =
            switch footing {
            case .identityRuns: TradeFolding(reader.storage, of: reader.ledgerID, derived.runSet)
            case .segments: TradeFolding(recomputing: reader.storage)
            }
        let checking = EventChecking(of: reader, eventCount: try reader.durableSequence())
        defer { checking.end() }
        var lastRecordedAt = Timestamp(microsecondsSince1970: 0)
        var clockProblem: String?
        while let batch = checking.next() {
            folding.note(firstSequence: batch.firstSequence, at: batch.position)
            for index in batch.events.indices {
                let event = batch.events[index].event
                let identity = batch.events[index].identity
                if event.recordedAt < lastRecordedAt && clockProblem == nil {
                    clockProblem = "event \(event.sequence) was recorded before the one before it"
                }
                lastRecordedAt = event.recordedAt
                tree.append(leaf: batch.events[index].leaf)
                let isOnRecord = try folding.audit(event, identity)
                try derived.note(identity, of: event.sequence, isOnRecord: isOnRecord)
                try derived.compareSnapshot(at: event.sequence) { (snapshot) throws(LedgerError) in
                    try folding.agrees(with: snapshot, before: event.sequence + 1)
                }
                visit(event)
            }
        }
        log = try checking.outcome()
        openTradeCount = folding.openCount
        leftOutCount = folding.leftOutCount
        self.clockProblem = clockProblem
        self.tree = tree
        self.derived = derived
    }
}
