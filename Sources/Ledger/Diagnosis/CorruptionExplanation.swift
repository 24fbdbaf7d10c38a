extension LedgerError {
    /// For corruption that a reader of the directory met, the error with what a diagnosis of the whole log says about
    /// the place; any other error unchanged.
    ///
    /// Called where errors leave the library.
    func explained<S: Storage>(by storage: S) -> LedgerError {
        guard let corruption, undiagnosedDirectory == storage.directory else { return self }
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

    /// For corruption that a diagnosis no longer finds: after a failed flush the page cache held bytes that the disk
    /// does not have, and has dropped them meanwhile.
    private var transient: LedgerError {
        LedgerError(
            .unusable,
            "\(message); a second read found the log intact",
            remedy: "check the disk, then open the ledger again"
        )
    }
}
