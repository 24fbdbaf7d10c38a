package import TradeModel

/// What takes the place of lost events.
struct HoleFilling {
    /// Events that come back.
    var returned = ReturnedEvents()
    /// Events that a person gives up, each replaced by a mark.
    var givenUp: (sequences: ClosedRange<UInt64>, dataLoss: DataLoss)?

    /// Whether there is something for every event of a hole.
    func fills(_ sequences: Range<UInt64>) -> Bool {
        if returned[sequences] != nil { return true }
        guard let accepted = givenUp?.sequences, let last = sequences.last else { return false }
        return accepted.contains(sequences.lowerBound) && accepted.contains(last)
    }
}

/// Events restored from an archive, by the range of the hole that they fill.
struct ReturnedEvents {
    private var events: [Range<UInt64>: [Event]] = [:]

    var isEmpty: Bool { events.isEmpty }

    subscript(_ sequences: Range<UInt64>) -> [Event]? {
        get { events[sequences] }
        set { events[sequences] = newValue }
    }

    /// Throws unless the log with these events has the roots in the archive and the nodes that the ledger has kept.
    ///
    /// O(events).
    func check<S: Storage>(
        _ diagnosis: LogDiagnosis<S>,
        _ checkpoints: [LogCheckpoint],
        _ storage: S
    ) throws(LedgerError) {
        let lost = diagnosis.findings.compactMap(\.lostSequences)
        let left = lost.filter { events[Range($0)] == nil }.map(\.lowerBound).min()
        let end = left ?? diagnosis.plans.last?.endSequence ?? 1
        let provable = checkpoints.filter { $0.sequence < end }
        let last = provable.last?.sequence ?? 0
        guard let highest = events.keys.map(\.upperBound).max(), last + 1 >= highest else {
            throw .unproven(storage.directory, "no root is known that covers them")
        }
        var proof = Proof(storage, upTo: last, checkpoints: provable[...])
        for plan in diagnosis.plans { try add(plan, to: &proof, storage) }
        try proof.finish(kept: try TreeFile.read(storage, diagnosis.ledgerID))
    }

    private func add<S: Storage>(
        _ plan: SegmentPlan,
        to proof: inout Proof<S>,
        _ storage: S
    ) throws(LedgerError) {
        guard let fileName = plan.source else {
            return try proof.add(events[plan.header.firstSequence..<plan.endSequence])
        }
        let survey = SegmentSurvey(
            storage: storage,
            fileName: fileName,
            header: plan.header,
            isHeaderIntact: plan.isHeaderIntact
        )
        let end = try survey.run { (region) throws(LedgerError) in
            switch region {
            case .frame(_, let events): try proof.add(events)
            case .hole(let hole): if !hole.sequences.isEmpty { try proof.add(events[hole.sequences]) }
            }
        }
        if end.nextSequence < plan.endSequence { try proof.add(events[end.nextSequence..<plan.endSequence]) }
    }

    /// The tree over the log after the repair.
    private struct Proof<S: Storage>: ~Copyable {
        private let directory: String
        private var tree: LogTree<S>
        private let last: UInt64
        private var checkpoints: ArraySlice<LogCheckpoint>

        init(_ storage: S, upTo last: UInt64, checkpoints: ArraySlice<LogCheckpoint>) {
            directory = storage.directory
            tree = LogTree(recomputing: storage)
            self.last = last
            self.checkpoints = checkpoints
        }

        /// Adds the next events; those after the last root prove nothing.
        mutating func add(_ events: [Event]?) throws(LedgerError) {
            for event in events ?? [] where tree.sequence < last {
                guard event.sequence == tree.sequence + 1 else {
                    throw .unproven(directory, "event \(event.sequence) does not follow \(tree.sequence)")
                }
                tree.append(event)
                while let checkpoint = checkpoints.first, checkpoint.sequence <= event.sequence {
                    checkpoints = checkpoints.dropFirst()
                    guard checkpoint.sequence == event.sequence else { continue }
                    guard try tree.root(at: event.sequence) == checkpoint.root else {
                        throw .unproven(directory, "the root at \(event.sequence) would not be that of the archive")
                    }
                }
            }
        }

        consuming func finish(kept: [MerkleHash]) throws(LedgerError) {
            guard tree.sequence == last else { throw .unproven(directory, "events before \(last) are missing") }
            guard zip(kept, tree.blocks).allSatisfy({ $0 == $1 }) else {
                throw .unproven(directory, "the Merkle nodes that the ledger has kept are of other events")
            }
        }
    }
}

extension LedgerError {
    fileprivate static func unproven(_ directory: String, _ reason: String) -> LedgerError {
        LedgerError(
            .diverged,
            "the events that \(directory) has lost cannot be brought back: \(reason)",
            remedy: "they were left as they are; bring the file back from a backup"
        )
    }
}

/// A place outside of a ledger that holds copies of its events, such as the database that they were shipped to.
package protocol EventArchive {
    /// The events of a range in order; nil where the archive does not hold all of them whole.
    func events(_ sequences: ClosedRange<UInt64>, of ledgerID: EventID) throws -> [Event]?
    /// The Merkle roots that it has kept of the log, ascending.
    func checkpoints(of ledgerID: EventID) throws -> [LogCheckpoint]
}

/// The Merkle root that a log had over its first events.
package struct LogCheckpoint: Hashable, Sendable {
    /// How many events that were.
    package let sequence: UInt64
    package let root: MerkleHash

    package init(sequence: UInt64, root: MerkleHash) {
        self.sequence = sequence
        self.root = root
    }
}
