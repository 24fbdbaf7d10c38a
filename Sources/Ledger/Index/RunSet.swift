package import TradeModel

/// The index runs that cover a log from its first event on, without a gap.
package struct RunSet<S: Storage>: Sendable {
    private(set) var runs: [IndexRun<S>] = [] {
        didSet { lastSequence = runs.last?.sequences.upperBound ?? 0 }
    }
    /// The last event whose identities the runs hold; 0 where there are none.
    ///
    /// Cached, because it is needed for each event.
    package private(set) var lastSequence: UInt64 = 0

    /// Covers nothing.
    package init() {}

    /// Finds the runs of a ledger that are intact and end where a segment of the log ends.
    ///
    /// A run that `known` has already is not read again. While a writer is active, files may disappear during the
    /// listing; the next listing finds their replacements.
    package init(_ storage: S, of ledgerID: EventID, reusing known: RunSet = RunSet()) throws(LedgerError) {
        for _ in 0..<Self.attemptCountMax {
            do throws(LedgerError) {
                adopt(try Self.look(storage, ledgerID, known))
                return
            } catch {
                guard error.isMissingFile else { throw error }
            }
        }
    }

    private mutating func adopt(_ runs: [IndexRun<S>]) { self.runs = runs }

    private static var attemptCountMax: Int { 10 }

    private static func look(
        _ storage: S,
        _ ledgerID: EventID,
        _ known: RunSet
    ) throws(LedgerError) -> [IndexRun<S>] {
        let catalog = try SegmentCatalog(storage)
        let files = try storage.list()
        let names = files.compactMap(IndexRunName.init(fileName:))
            .sorted { $0.sequences.upperBound > $1.sequences.upperBound }
        var runs: [IndexRun<S>] = []
        var next: UInt64 = 1
        while let run = try longest(
            storage,
            names.filter { $0.sequences.lowerBound == next },
            catalog,
            ledgerID,
            known
        ) {
            runs.append(run)
            next = run.sequences.upperBound + 1
        }
        return runs
    }

    /// The first of the names whose run can be used.
    private static func longest(
        _ storage: S,
        _ names: [IndexRunName],
        _ catalog: SegmentCatalog,
        _ ledgerID: EventID,
        _ known: RunSet
    ) throws(LedgerError) -> IndexRun<S>? {
        for name in names {
            if let run = known.runs.first(where: { $0.name == name }) { return run }
            // A log that was restored from a backup may have diverged since the run was built.
            let next = SegmentName(firstSequence: name.sequences.upperBound + 1)
            guard catalog.contains(next) else { continue }
            do throws(LedgerError) {
                guard let run = try IndexRun(storage, name, of: ledgerID) else { continue }
                let header = try FrameReader(storage, next).header
                if header.previousChecksum == run.header.endChecksum { return run }
            } catch {
                // A run that cannot be read counts as damaged; one that is missing was merged into another.
                if error.isMissingFile { throw error }
            }
        }
        return nil
    }

    /// Adds a run that continues where the last one ends.
    mutating func append(_ run: IndexRun<S>) {
        precondition(run.sequences.lowerBound == lastSequence + 1, "runs are adjacent")
        runs.append(run)
    }

    /// Replaces the last runs with the one that they were merged into.
    mutating func replaceLast(_ count: Int, by run: IndexRun<S>) {
        runs.removeLast(count)
        append(run)
    }

    /// The sequences that may have an event id, which has this fingerprint, ascending.
    func candidates(ofEvent id: EventID, _ fingerprint: UInt64) throws(LedgerError) -> [UInt64] {
        var found: [UInt64] = []
        for run in runs where run.header.mayHold(id) { try run.appendCandidates(fingerprint, to: &found) }
        return found
    }

    /// Whether an event of a derived id, which the runs cover, is not on record.
    ///
    /// It has no entry then. Any other event of a subject that begins has one, under the fingerprint of its subject.
    func skips(_ event: Event) throws(LedgerError) -> Bool {
        guard let run = runs.first(where: { $0.sequences.contains(event.sequence) }), run.header.skippedCount > 0,
            event.body.type.role != .stands
        else { return false }
        var found: [UInt64] = []
        try run.appendCandidates(Fingerprint.subject(of: event.body), to: &found)
        return !found.contains(event.sequence)
    }

    /// The sequences that may have a fingerprint, ascending.
    func candidates(_ fingerprint: UInt64) throws(LedgerError) -> [UInt64] {
        var found: [UInt64] = []
        for run in runs { try run.appendCandidates(fingerprint, to: &found) }
        return found
    }
}

/// The run set that the maintenance thread builds, shared with the appending thread.
package final class SharedRunSet<S: Storage>: Sendable {
    private let latest: Lock<RunSet<S>>

    init(_ runSet: RunSet<S>) {
        latest = Lock(runSet)
    }

    var runSet: RunSet<S> {
        get { latest.withLock { $0 } }
        set { latest.withLock { $0 = newValue } }
    }
}
