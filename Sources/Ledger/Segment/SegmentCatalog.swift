/// The segments of a ledger in order.
struct SegmentCatalog {
    let names: [SegmentName]

    init<S: Storage>(_ storage: S) throws(LedgerError) {
        let files: [String]
        do { files = try storage.list() } catch { throw LedgerError(error) }
        if files.contains(RestoreGuard.fileName) {
            throw LedgerError(
                .notALedger,
                "\(storage.directory) is no ledger yet: it is being restored, or that was interrupted",
                remedy: "run `tradeledger restore` again"
            )
        }
        names = files.compactMap(SegmentName.init(fileName:)).sorted()
        if names.isEmpty && files.contains(DurablePosition.fileName) {
            let durable = try DurablePosition.read(storage)
            guard durable == 0 else {
                let first = SegmentName(firstSequence: 1).fileName
                throw .damage(storage.directory, first, 0, "there is no segment", sequences: 1..<(durable + 1))
            }
        }
        if names.isEmpty && files.contains(BackupMarker.fileName) {
            throw LedgerError(
                .notALedger,
                "\(storage.directory) holds a backup that has only begun",
                remedy: "run `tradeledger backup` again"
            )
        }
        guard !names.isEmpty else {
            throw LedgerError(
                .notALedger,
                "\(storage.directory) holds no ledger",
                remedy: "check --ledger, or make one with `tradeledger init`"
            )
        }
    }

    /// The segment that is written to.
    var last: SegmentName { names[names.count - 1] }
}
