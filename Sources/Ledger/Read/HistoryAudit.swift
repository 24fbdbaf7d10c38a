package import TradeModel

/// Everything that follows from the bytes of a log, computed anew: read and checked on one thread, folded on another.
package struct HistoryAudit: ~Copyable {
    /// What tells which events belong to a trade that is not open.
    package enum Footing {
        /// The ledger's index runs: 2 bytes an event in memory. The runs are checked too, so that an audit that
        /// finds nothing wrong needs to ask no further.
        case identityRuns
        /// The segments alone: 34 bytes an event in memory.
        case segments
    }

    /// What reading the log came to.
    package let log: LogAudit
    /// The first event that was recorded before the one before it.
    package let clockProblem: String?
    /// How many trades are open behind the last event.
    package let openTradeCount: Int
    /// Events that were left out of the fold because they build on lost ones.
    package let leftOutCount: UInt64
    /// The Merkle tree over all events.
    package let tree: LogTree<PosixStorage>
    /// What the files kept beside the log came to.
    package let derived: DerivedAudit<PosixStorage>

    /// Beyond so many events the filter of identities gets fuller instead of larger, and more of them are looked for.
    private static let filteredEventCountMax: UInt64 = 1 << 26

    /// Reads a log; `visit` gets each event, in order.
    ///
    /// Throws `damaged` where something acknowledged is not whole or breaks a rule, and `unusable` where an identity
    /// run that it stands on is damaged. O(events).
    package init(
        of reader: LogReader<PosixStorage>,
        on footing: Footing,
        _ visit: (Event) -> Void
    ) throws(LedgerError) {
        var tree = LogTree(recomputing: reader.storage)
        var derived = try DerivedAudit(reader)
        var folding: TradeFolding<PosixStorage, OpenTrade> =
            switch footing {
            case .identityRuns: TradeFolding(reader.storage, of: reader.ledgerID, derived.runSet)
            case .segments: TradeFolding(recomputing: reader.storage)
            }
        let expectedCount = min(try reader.durableSequence(), Self.filteredEventCountMax)
        var seen = IndexFilter(byteCount: IndexFilter.byteCount(openedCount: expectedCount))
        let checking = EventChecking(of: reader)
        defer { checking.end() }
        var lastRecordedAt = Timestamp(microsecondsSince1970: 0)
        var clockProblem: String?
        while let batch = checking.next() {
            folding.note(firstSequence: batch.firstSequence, at: batch.position)
            for (event, leaf) in batch.events {
                if event.recordedAt < lastRecordedAt && clockProblem == nil {
                    clockProblem = "event \(event.sequence) was recorded before the one before it"
                }
                lastRecordedAt = event.recordedAt
                tree.append(leaf: leaf)
                let changesTrade = try folding.audit(event, &seen)
                try derived.note(event, changesTrade: changesTrade)
                derived.compareSnapshot(at: event.sequence) { folding.openTrades }
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
