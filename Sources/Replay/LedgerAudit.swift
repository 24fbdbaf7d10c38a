public import Ledger
public import Proofs
import TradeModel

/// Checks a ledger by reading every byte of it, without trusting any derived file.
public struct LedgerAudit {
    private let log: LogReader<PosixStorage>
    private let published: [PublishedCheckpoints]
    private let isDeep: Bool
    private let threadCount: Int

    /// An audit of the ledger, which must also extend all published checkpoints.
    ///
    /// A deep one relies on the segments alone and takes 36 bytes an event in memory.
    public init(_ reader: LedgerReader, extending published: [PublishedCheckpoints] = [], isDeep: Bool = false) {
        self.init(reader, extending: published, isDeep: isDeep, threadCount: Processors.count)
    }

    /// The same audit, in which so many threads check events; their number changes no result.
    package init(
        _ reader: LedgerReader,
        extending published: [PublishedCheckpoints] = [],
        isDeep: Bool = false,
        threadCount: Int
    ) {
        log = reader.log
        self.published = published
        self.isDeep = isDeep
        self.threadCount = threadCount
    }

    /// Runs all checks; `onEvent` receives each sequence, for progress, and restarts if the log is read again.
    ///
    /// The result has at least one problem where anything differs. O(events), and memory for the trades that are open
    /// and 4 bytes an event; where an index run is not right, 32 bytes more.
    public func run(onEvent: (UInt64) -> Void) throws(LedgerError) -> [AuditCheck] {
        if !isDeep {
            do throws(LedgerError) {
                let checks = try run(on: .identityRuns, onEvent)
                if checks.allSatisfy({ $0.problem == nil }) { return checks }
            } catch {
                guard error.code == .unusable || error.code == .damaged else { throw error }
            }
        }
        // A wrong index run may have misled the fold, so the result must not depend on any run.
        do throws(LedgerError) { return try run(on: .segments, onEvent) } catch {
            guard error.code == .damaged else { throw error }
            let problem = error.corruption == nil ? error.message : error.description
            return [AuditCheck(name: "log", extent: "to the first problem", problem: problem)]
        }
    }

    private func run(
        on footing: HistoryAudit.Footing,
        _ onEvent: (UInt64) -> Void
    ) throws(LedgerError) -> [AuditCheck] {
        var lostEvents = LostEvents()
        let history = try HistoryAudit(of: log, on: footing, threadCount: threadCount) { event in
            lostEvents.note(event)
            onEvent(event.sequence)
        }
        let (audit, derived) = (history.log, history.derived)
        let root = try history.tree.root(at: audit.eventCount)
        let lost = lostEvents.check(leftOutCount: history.leftOutCount)
        return [
            AuditCheck(
                name: "log",
                extent: counted(audit.eventCount, "event") + ", " + counted(audit.segmentCount, "segment")
                    + ", \(audit.byteCount) bytes"
            ),
            AuditCheck(name: "clock", extent: counted(audit.eventCount, "event"), problem: history.clockProblem),
            AuditCheck(
                name: "fold",
                extent: counted(audit.eventCount, "event") + ", " + counted(history.openTradeCount, "open trade")
            ),
            try treeCheck(history.tree, root),
            AuditCheck(
                name: "identities",
                extent: counted(derived.entryCount, "entry") + ", " + counted(derived.runCount, "run"),
                problem: derived.runProblem
            ),
            AuditCheck(
                name: "snapshots",
                extent: counted(derived.snapshotCount, "snapshot"),
                problem: derived.snapshotProblem
            ),
            try rejectedCheck(),
        ] + (try publishedChecks(history.tree)) + (try copyChecks()) + (lost.map { [$0] } ?? [])
    }

    /// Reported only as a problem: a directory that was copied while a writer was active cannot be known to be
    /// complete.
    private func copyChecks() throws(LedgerError) -> [AuditCheck] {
        guard let problem = try log.copyProblem() else { return [] }
        return [AuditCheck(name: "copy", extent: "the directory", problem: problem)]
    }

    private func treeCheck(
        _ tree: borrowing LogTree<PosixStorage>,
        _ root: MerkleHash
    ) throws(LedgerError) -> AuditCheck {
        do throws(LedgerError) {
            let count = try log.auditTreeFile(against: tree)
            return AuditCheck(name: "merkle", extent: "root \(root), " + counted(count, "kept node"))
        } catch {
            guard error.code == .damaged else { throw error }
            return AuditCheck(name: "merkle", extent: "root \(root)", problem: error.message)
        }
    }

    /// One for each file of checkpoints that was published.
    private func publishedChecks(_ tree: borrowing LogTree<PosixStorage>) throws(LedgerError) -> [AuditCheck] {
        var checks: [AuditCheck] = []
        for published in published { checks.append(try check(published, tree)) }
        return checks
    }

    private func check(
        _ published: PublishedCheckpoints,
        _ tree: borrowing LogTree<PosixStorage>
    ) throws(LedgerError) -> AuditCheck {
        let last = published.checkpoints.map(\.checkpoint.size).max() ?? 0
        let extent = counted(published.checkpoints.count, "checkpoint") + ", up to event \(last)"
        do {
            try published.check(tree, of: log)
            return AuditCheck(name: "checkpoint", extent: extent)
        } catch let error as LedgerError {
            throw error
        } catch {
            return AuditCheck(name: "checkpoint", extent: extent, problem: "\(error)")
        }
    }

    private func rejectedCheck() throws(LedgerError) -> AuditCheck {
        var count = 0
        do {
            try log.rejectedEvents { _ in count += 1 }
            return AuditCheck(name: "rejected", extent: counted(count, "rejected event"))
        } catch let error as LedgerError {
            guard error.code == .damaged else { throw error }
            return AuditCheck(name: "rejected", extent: counted(count, "rejected event"), problem: error.description)
        } catch {
            preconditionFailure("no other error is thrown: \(error)")
        }
    }
}

/// The events that were given up as damaged, as an audit reports them: accepted, so not a problem, but never silent.
private struct LostEvents {
    /// Events in a row that one person gave up for one reason.
    private struct Run {
        var sequences: ClosedRange<UInt64>
        let body: EventBody
    }

    private var runs: [Run] = []
    private var count: UInt64 = 0

    /// How many ranges are listed; the rest are only counted.
    private static let toldCountMax = 10

    /// Takes in the next event.
    mutating func note(_ event: Event) {
        guard event.body.type == .lost else { return }
        count += 1
        if let last = runs.last, last.sequences.upperBound + 1 == event.sequence, last.body == event.body {
            runs[runs.count - 1].sequences = last.sequences.lowerBound...event.sequence
        } else {
            runs.append(Run(sequences: event.sequence...event.sequence, body: event.body.copied()))
        }
    }

    /// The check that reports them; nil if nothing was lost.
    func check(leftOutCount: UInt64) -> AuditCheck? {
        guard count > 0 else { return nil }
        let told = runs.prefix(Self.toldCountMax).map { run in
            "\(run.sequences.lowerBound)..\(run.sequences.upperBound) (\(run.body.text(.reason) ?? ""); "
                + "\(run.body.text(.actor) ?? ""), \(run.body.occurredAt))"
        }
        return AuditCheck(
            name: "lost",
            extent: counted(count, "event") + " given up: " + told.joined(separator: ", ")
                + (runs.count > told.count ? ", …" : "") + "; " + counted(leftOutCount, "later event")
                + " left out of the fold"
        )
    }
}
