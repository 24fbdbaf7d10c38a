extension LedgerError {
    /// The error with what a diagnosis of the whole log says about the place, if it is one of damage: a reader that
    /// stops at the first broken byte does not know which events are left behind it.
    func explained<S: Storage>(by storage: S) -> LedgerError {
        guard let corruption else { return self }
        do throws(LedgerError) {
            let findings = try LogDiagnosis(storage).findings
            let corruptions = findings.filter { !$0.isPlainCopy }.map(\.corruption)
            let match =
                corruptions.first { $0.file == corruption.file && $0.offset == corruption.offset }
                ?? corruptions.first { $0.file == corruption.file }
                ?? corruptions.first { $0.sequences != nil }
                ?? corruptions.first { SegmentName(fileName: $0.file) != nil }
            if corruptions.isEmpty { return transient }
            let explained = match.map { LedgerError($0, in: storage.directory) } ?? self
            return findings.first(where: \.isPlainCopy).map { explained.adding($0.corruption) } ?? explained
        } catch {
            return self
        }
    }

    /// What a look at the whole log does not show: the page cache held bytes that the disk does not have, from a flush
    /// that failed, and gave them up meanwhile.
    private var transient: LedgerError {
        LedgerError(
            .unusable,
            "\(message); read once more, the log is whole",
            remedy: "see to the disk, then open the ledger again"
        )
    }
}
