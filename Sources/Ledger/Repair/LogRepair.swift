import TradeModel

/// Diagnoses a ledger, mends what can be mended without loss, and gives up events on request.
///
/// No acknowledged event is dropped to make the rest of a log open. Only the events that a person names are given up,
/// and a `ledger.lost` replaces each. Events that depend on lost events are skipped, by the same rule in every fold.
package struct LogRepair<S: Storage>: ~Copyable {
    private let storage: S
    private let clock: LedgerClock
    /// How the names of the copies begin; one prefix for each run of a repair.
    private let evidencePrefix: String
    private var evidence: [String: String] = [:]

    package init(_ storage: S, clock: LedgerClock) {
        self.storage = storage
        self.clock = clock
        evidencePrefix = "damaged-\(clock.now().microsecondsSince1970)-"
    }

    /// All damage, in the order of the log; changes nothing.
    package func corruptions() throws(LedgerError) -> [Corruption] {
        try checkIsLedger()
        let corruptions = try LogDiagnosis(storage).findings.map(\.corruption)
        guard !corruptions.isEmpty, try storage.list().contains(WriterLock<S>.fileName),
            try WriterLock.holder(storage) != nil
        else { return corruptions }
        // What a writer adds during the diagnosis can look broken once, but not twice.
        let again = try LogDiagnosis(storage).findings.map(\.corruption)
        return corruptions.filter { again.contains($0) }
    }

    /// Mends what can be mended without loss, and returns what it mended.
    package mutating func mend() throws(LedgerError) -> [Corruption] { try repair(HoleFilling()) }

    /// Mends what can be mended without loss, restores lost events from the archive, and returns both; a result with
    /// sequences means that its events were restored.
    ///
    /// First mends what needs no events. Before it writes a restored event, it checks the log with these events against
    /// the Merkle roots in the archive, and throws without restoring any if they do not match.
    package mutating func mend(bringingBackFrom archive: some EventArchive) throws -> [Corruption] {
        // First, because files must have their right names to be read in order.
        let mended = try mend()
        let diagnosis = try LogDiagnosis(storage)
        var filling = HoleFilling()
        for sequences in diagnosis.findings.compactMap(\.lostSequences) {
            filling.returned[Range(sequences)] = try archive.events(sequences, of: diagnosis.ledgerID)
        }
        guard !filling.returned.isEmpty else { return mended }
        try filling.returned.check(diagnosis, try archive.checkpoints(of: diagnosis.ledgerID), storage)
        return mended + (try repair(filling))
    }

    /// Gives up exactly these events, mends what can be mended without loss, and returns both.
    ///
    /// Throws `invalidRequest` if these are not exactly the events of one damaged place, or of several adjacent ones,
    /// or if `reason` or `actor` is empty, longer than `Limits.remarkByteCountMax` bytes, or contains a zero byte.
    package mutating func acceptLoss(
        of sequences: ClosedRange<UInt64>,
        reason: String,
        actor: String
    ) throws(LedgerError) -> [Corruption] {
        for text in [reason, actor] {
            guard !text.isEmpty, text.utf8.count <= Limits.remarkByteCountMax, !text.utf8.contains(0) else {
                throw LedgerError(
                    .invalidRequest,
                    "reason and actor have 1 to \(Limits.remarkByteCountMax) bytes",
                    remedy: "say why the loss is accepted, and who accepts it"
                )
            }
        }
        guard sequences.lowerBound > 0 else {
            throw LedgerError(.invalidRequest, "there is no event 0", remedy: "events count from 1")
        }
        try checkIsLedger()
        try check(sequences)
        let dataLoss = DataLoss(reason: reason, actor: actor, acceptedAt: clock.now(), clock: clock)
        return try repair(HoleFilling(givenUp: (sequences, dataLoss)))
    }

    private func checkIsLedger() throws(LedgerError) {
        do throws(LedgerError) { _ = try SegmentCatalog(storage) } catch {
            guard error.code == .damaged else { throw error }
        }
    }

    /// Throws if these are not the events of one damaged place, or of several in a row.
    private func check(_ sequences: ClosedRange<UInt64>) throws(LedgerError) {
        let lost = try LogDiagnosis(storage).findings.compactMap(\.lostSequences)
            .sorted { $0.lowerBound < $1.lowerBound }
        var next = sequences.lowerBound
        for range in lost where sequences.contains(range.lowerBound) && range.lowerBound == next {
            next = range.upperBound + 1
        }
        guard next - 1 == sequences.upperBound else {
            let ranges = lost.map { "\($0.lowerBound)..\($0.upperBound)" }.joined(separator: ", ")
            throw LedgerError(
                .invalidRequest,
                "events \(sequences.lowerBound)..\(sequences.upperBound) are not exactly what is damaged",
                remedy: ranges.isEmpty ? "no event is damaged" : "what can be given up is \(ranges)"
            )
        }
    }

    /// Takes the lock, mends what can be mended without loss, and fills holes.
    private mutating func repair(_ filling: HoleFilling) throws(LedgerError) -> [Corruption] {
        try checkIsLedger()
        let lockName = WriterLock<S>.fileName
        // A missing lock file is created when the lock is taken.
        var missing: [Corruption] = []
        if try !storage.list().contains(lockName) {
            missing = try LogDiagnosis(storage).findings.map(\.corruption).filter { $0.file == lockName }
        }
        let lock = try WriterLock(storage, for: .mending)
        return missing + (try mendAll(filling, holding: lock))
    }

    /// Mends one place at a time, each after a new diagnosis, so that the next run can continue after a crash.
    private mutating func mendAll(
        _ filling: HoleFilling,
        holding lock: borrowing WriterLock<S>
    ) throws(LedgerError) -> [Corruption] {
        if filling.givenUp != nil { try keepTree() }
        var mended: [Corruption] = []
        while true {
            let diagnosis = try LogDiagnosis(storage)
            let isRestWhole = diagnosis.findings.allSatisfy(\.isPlainCopy)
            let due = diagnosis.findings.filter { finding in
                // A plain copy is accepted as the ledger last, once everything else is intact.
                guard !finding.isPlainCopy else { return isRestWhole }
                guard !finding.corruption.isMendable else { return true }
                // Without a filling, lost events stay as they are: only what loses nothing is mended.
                return finding.lostSequences.map { filling.fills(Range($0)) } ?? false
            }
            guard let finding = try first(of: due) else { return mended }
            // A mend that did not remove its finding would be repeated forever.
            guard !mended.contains(finding.corruption) else {
                throw LedgerError(finding.corruption, in: storage.directory)
            }
            try forgetDerived()
            switch finding.mend {
            case .none: preconditionFailure("what nothing mends is not due")
            case .create: try create(finding.corruption.file, diagnosis)
            case .moveAside: try rename(finding.corruption.file, to: evidencePrefix + finding.corruption.file)
            case .rename(let name): try settle(finding.corruption.file, as: name)
            case .acceptCopy: try lock.noteClosed()
            case .rewrite(let index):
                try rewrite(diagnosis.plans[index], filling, diagnosis)
                // One rewrite mends every finding in its segment.
                for other in due where other.corruption != finding.corruption {
                    if case .rewrite(index) = other.mend { mended.append(other.corruption) }
                }
            }
            mended.append(finding.corruption)
        }
    }

    /// Renames come first, because the plan for a file depends on its name.
    ///
    /// Among them, foreign files move aside first, which can free a name. Then come files whose right name is free,
    /// then those that need a temporary name, and last those that already have one.
    private func first(of findings: [Finding]) throws(LedgerError) -> Finding? {
        let names = try storage.list()
        func rank(_ finding: Finding) -> Int {
            switch finding.mend {
            case .moveAside: 0
            case .rename(let name) where !names.contains(name): 1
            case .rename: finding.corruption.file.hasPrefix(SegmentFile.movingPrefix) ? 3 : 2
            case .rewrite, .create, .acceptCopy, .none: 4
            }
        }
        return findings.min { rank($0) < rank($1) }
    }

    /// Gives a file its right name, or a temporary one if another file that must move still has that name.
    private func settle(_ file: String, as name: String) throws(LedgerError) {
        let isFree = try !storage.list().contains(name)
        try rename(file, to: isFree ? name : SegmentFile.movingPrefix + name)
    }

    private mutating func rewrite(
        _ plan: SegmentPlan,
        _ filling: HoleFilling,
        _ diagnosis: LogDiagnosis<S>
    ) throws(LedgerError) {
        let (name, sealedName) = (plan.name.fileName(.plain), plan.name.fileName(.sealed))
        let names = try storage.list()
        // If this repair has already kept the sealed file, it wrote the plain file itself, so the evidence is the copy
        // of the sealed one.
        let earlier = evidence[sealedName]
        let sealedEvidence = names.contains(sealedName) ? try keep(sealedName) : earlier
        let evidence = earlier == nil && names.contains(name) ? try keep(name) : sealedEvidence
        var rewrite = try SegmentRewrite(
            storage,
            plan,
            filling,
            evidence: evidence,
            recordedAt: diagnosis.firstRecordedAt ?? clock.now()
        )
        try rewrite.run()
        try rename(SegmentRewrite<S>.temporaryName, to: name)
        // The next writer seals it again.
        if names.contains(sealedName) { try AtomicFile(storage, sealedName).remove() }
    }

    /// Keeps a copy of a file, once.
    private mutating func keep(_ name: String) throws(LedgerError) -> String {
        if let copy = evidence[name] { return copy }
        let copy = evidencePrefix + name
        try FileCopy(source: storage, destination: storage).copy(name, as: copy)
        evidence[name] = copy
        return copy
    }

    /// The stored Merkle nodes cover the events that are given up, so they are kept as evidence too.
    private func keepTree() throws(LedgerError) {
        let name = TreeFile<S>.fileName
        if try storage.list().contains(name) { try rename(name, to: evidencePrefix + name) }
    }

    /// Index runs and snapshots describe the old segments; the next writer rebuilds them.
    private func forgetDerived() throws(LedgerError) {
        let derived = try storage.list().filter {
            IndexRunName(fileName: $0) != nil || SnapshotFile(fileName: $0) != nil
        }
        guard !derived.isEmpty, !Failpoint.keepDerived.isActive else { return }
        for name in derived { try storage.remove(name) }
        try storage.synchronizeDirectory()
    }

    private func create(_ name: String, _ diagnosis: LogDiagnosis<S>) throws(LedgerError) {
        let bytes =
            switch name {
            case DurableWatermark.fileName: DurableWatermark.encode(diagnosis.assertedSequence)
            case DeadLetterLog<S>.fileName:
                FileHeader.ofDeadLetterLog(diagnosis.ledgerID, createdAt: clock.now()).encoded()
            default: [UInt8]()
            }
        try AtomicFile(storage, name).write(bytes)
    }

    private func rename(_ name: String, to newName: String) throws(LedgerError) {
        try storage.rename(name, to: newName)
        try storage.synchronizeDirectory()
    }
}

/// A loss that a person accepted: the reason, the person, and the evidence.
struct DataLoss {
    let reason: String
    let actor: String
    let acceptedAt: Timestamp
    let clock: LedgerClock

    /// The body of the events that replace lost ones: their file and byte offset, and the copy kept of the file.
    func body(file: String, offset: Int, evidence: String?) -> EventBody {
        var context = JSONWriter()
        context.beginObject()
        context.key("file")
        context.value(file)
        context.key("offset")
        context.value(offset)
        if let evidence {
            context.key("evidence")
            context.value(evidence)
        }
        context.endObject()
        var body = BodyWriter(type: .lost, occurredAt: acceptedAt, subject: [])
        body.append(.reason, text: reason.utf8)
        body.append(.actor, text: actor.utf8)
        body.append(.context, text: context.bytes)
        return body.finish()
    }

    /// The event that replaces a lost one.
    func event(_ sequence: UInt64, recordedAt: Timestamp, body: EventBody) -> Event {
        let eventID = EventID.version7(at: acceptedAt, random: clock.random())
        return Event(sequence: sequence, recordedAt: recordedAt, eventID: eventID, body: body)
    }
}
