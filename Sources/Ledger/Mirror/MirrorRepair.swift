import TradeModel

/// Repairs a ledger that has a mirror: a file that is damaged in one copy and whole in the other is copied from there,
/// and what is left is repaired in each as in a ledger without a mirror.
package struct MirrorRepair<S: Storage> {
    private let storage: MirroredStorage<S>
    private let second: S
    private let clock: LedgerClock
    /// What the files that are replaced are kept as.
    private let evidencePrefix: String

    /// A file of one copy that is to be replaced by that of the other.
    private struct Cure {
        let copy: MirrorSide
        let name: String
        let damage: Damage
    }

    /// Nil where the storage has one copy.
    package init?(_ storage: MirroredStorage<S>, clock: LedgerClock) {
        guard let second = storage.second else { return nil }
        self.storage = storage
        self.second = second
        self.clock = clock
        evidencePrefix = "damaged-\(clock.now().microsecondsSince1970)-"
    }

    /// Everything that is damaged in either copy, and whether one is behind; changes nothing.
    ///
    /// What is about the mirror names its files by their paths.
    package func damages() throws(LedgerError) -> [Damage] {
        guard try !isEmpty(.first), try !isEmpty(.second) else {
            let empty: MirrorSide = try isEmpty(.first) ? .first : .second
            return try LogRepair(storage.copy(empty.other), clock: clock).damages()
                + [behind(empty, "there is no ledger in the directory")]
        }
        let cures = try self.cures()
        var damages = cures.map(\.damage)
        for copy in [MirrorSide.first, .second] {
            for damage in try LogRepair(storage.copy(copy), clock: clock).damages() {
                let isCured = cures.contains { $0.copy == copy && $0.name == damage.file }
                if !isCured { damages.append(named(damage, in: copy)) }
            }
        }
        return damages.isEmpty ? try behind() : damages
    }

    /// Heals each copy from the other, mends what else can be mended without loss, brings both in step, and returns
    /// what was damaged.
    package func mend() throws(LedgerError) -> [Damage] {
        guard try !isEmpty(.first), try !isEmpty(.second) else {
            let damages = try self.damages()
            _ = try storage.lockInStep(clock)
            return damages.filter(\.isMendable)
        }
        try restoreLocks()
        var mended = try heal()
        let one = try LogDiagnosis(storage.first).findings
        let two = try LogDiagnosis(second).findings
        if mended.isEmpty && one.isEmpty && two.isEmpty { mended = try behind() }
        for copy in [MirrorSide.first, .second] {
            var repair = LogRepair(storage.copy(copy), clock: clock)
            for damage in try repair.mend() { mended.append(named(damage, in: copy)) }
        }
        _ = try storage.lockInStep(clock)
        return mended
    }

    /// Gives events up in both copies, after each was healed from the other.
    package func acceptLoss(
        of sequences: ClosedRange<UInt64>,
        reason: String,
        actor: String
    ) throws(LedgerError) -> [Damage] {
        let mended = try mend()
        var repair = LogRepair(storage, clock: clock)
        return try mended + repair.acceptLoss(of: sequences, reason: reason, actor: actor)
    }

    private func heal() throws(LedgerError) -> [Damage] {
        try heal(holding: try WriterLock(storage.first), try WriterLock(second))
    }

    private func heal(
        holding one: borrowing WriterLock<S>,
        _ two: borrowing WriterLock<S>
    ) throws(LedgerError) -> [Damage] {
        let cures = try self.cures()
        do throws(StorageError) {
            for cure in cures {
                let (patient, healer) = (storage.copy(cure.copy), storage.copy(cure.copy.other))
                if try patient.list().contains(cure.name) {
                    let evidence = FileCopy(source: patient, destination: patient)
                    try evidence.copy(cure.name, as: evidencePrefix + cure.name)
                }
                try FileCopy(source: healer, destination: patient).copy(cure.name, as: cure.name)
            }
        } catch { throw LedgerError(error) }
        return cures.map(\.damage)
    }

    /// The files of each copy that are damaged or missing there and whole in the other.
    private func cures() throws(LedgerError) -> [Cure] {
        let one = try LogDiagnosis(storage.first)
        let two = try LogDiagnosis(second)
        guard one.ledgerID == two.ledgerID else {
            throw LedgerError(
                .unusable,
                "\(storage.first.directory) and \(second.directory) are of different ledgers",
                remedy: "give --mirror the directory that mirrors this ledger"
            )
        }
        return try cures(.first, one, from: two) + cures(.second, two, from: one)
    }

    private func cures(
        _ copy: MirrorSide,
        _ patient: LogDiagnosis<S>,
        from healer: LogDiagnosis<S>
    ) throws(LedgerError) -> [Cure] {
        guard !patient.findings.isEmpty else { return [] }
        let present = try names(copy)
        let whole = try names(copy.other).subtracting(healer.findings.map(\.damage.file))
        return whole.sorted().compactMap { name in
            let segment = SegmentName(fileName: name)
            let finding = patient.findings.first { finding in
                finding.damage.file == name
                    || segment != nil && SegmentName(fileName: finding.damage.file) == segment
            }
            // A segment that is whole here in another form is not missing.
            let names = segment.map { segment in SegmentName.Form.allCases.map(segment.fileName) } ?? [name]
            guard isPart(name), finding != nil || present.isDisjoint(with: names) else { return nil }
            // A copy that is behind has a whole segment too, which ends earlier.
            let end = healer.plans.first { $0.name == segment }?.endSequence
            let needed = patient.plans.first { $0.name == segment }?.endSequence
            if let end, let needed, end < needed { return nil }
            let damage = Damage(
                path(name, in: copy),
                finding?.damage.offset ?? 0,
                (finding?.damage.reason ?? "the file is missing")
                    + "; \(storage.copy(copy.other).directory) has it whole",
                isMendable: true
            )
            return Cure(copy: copy, name: name, damage: damage)
        }
    }

    private func isPart(_ name: String) -> Bool {
        SegmentName(fileName: name) != nil || name == RejectedLog<S>.fileName
    }

    /// That one copy is behind the other, where both are whole.
    private func behind() throws(LedgerError) -> [Damage] {
        let (one, two) = (try MirrorCopy(storage.first), try MirrorCopy(second))
        let comparison = try MirrorComparison(one, two)
        let isInStep =
            one.note == nil && two.note == nil
            && (comparison.common.map { one.ends(at: $0) && two.ends(at: $0) } ?? false)
        if isInStep { return [] }
        let count =
            Int64(comparison.leader.last?.nextSequence ?? 1) - Int64(comparison.follower.last?.nextSequence ?? 1)
        return [behind(comparison.isFirstLeading ? .second : .first, "the copy is \(count) events behind")]
    }

    private func behind(_ copy: MirrorSide, _ reason: String) -> Damage {
        Damage(storage.copy(copy).directory, 0, reason, isMendable: true)
    }

    private func restoreLocks() throws(LedgerError) {
        for copy in [MirrorSide.first, .second] {
            let name = WriterLock<S>.fileName
            guard try !names(copy).contains(name) else { continue }
            do throws(StorageError) { try WholeFile(storage.copy(copy), name).write([]) } catch {
                throw LedgerError(error)
            }
        }
    }

    private func names(_ copy: MirrorSide) throws(LedgerError) -> Set<String> {
        do { return Set(try storage.copy(copy).list()) } catch { throw LedgerError(error) }
    }

    private func isEmpty(_ copy: MirrorSide) throws(LedgerError) -> Bool {
        try names(copy).allSatisfy { SegmentName(fileName: $0) == nil }
    }

    private func path(_ name: String, in copy: MirrorSide) -> String {
        copy == .first ? name : second.directory + "/" + name
    }

    private func named(_ damage: Damage, in copy: MirrorSide) -> Damage {
        copy == .first ? damage : damage.located(path(damage.file, in: copy))
    }
}
