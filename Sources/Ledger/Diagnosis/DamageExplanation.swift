extension LedgerError {
    /// The error with what a diagnosis of the whole log says about the place, if it is one of damage: a reader that
    /// stops at the first broken byte does not know which events are left behind it.
    func explained<S: Storage>(by storage: S) -> LedgerError {
        guard let damage else { return self }
        do throws(LedgerError) {
            let findings = try LogDiagnosis(storage).findings
            let damages = findings.filter { !$0.isPlainCopy }.map(\.damage)
            let match =
                damages.first { $0.file == damage.file && $0.offset == damage.offset }
                ?? damages.first { $0.file == damage.file }
                ?? damages.first { $0.sequences != nil }
                ?? damages.first { SegmentName(fileName: $0.file) != nil }
            if damages.isEmpty { return passing }
            let explained = match.map { LedgerError($0, in: storage.directory) } ?? self
            return findings.first(where: \.isPlainCopy).map { explained.adding($0.damage) } ?? explained
        } catch {
            return self
        }
    }

    /// What a look at the whole log does not show: the page cache held bytes that the disk does not have, from a flush
    /// that failed, and gave them up meanwhile.
    private var passing: LedgerError {
        LedgerError(
            .unusable,
            "\(message); read once more, the log is whole",
            remedy: "see to the disk, then open the ledger again"
        )
    }
}
