package import TradeModel

/// Makes the files of a new ledger.
///
/// The first segment is created last: a directory without one is not a ledger yet.
package enum LedgerLayout {
    /// Makes a ledger with an id in a directory that holds none.
    ///
    /// Throws `invalidRequest` if the directory holds a ledger, a backup, an unfinished restore or other files, and
    /// `damaged` if its ledger has lost its segments.
    package static func create<S: Storage>(
        _ storage: S,
        ledgerID: EventID,
        configuration: LedgerConfiguration,
        clock: LedgerClock
    ) throws(LedgerError) {
        let names = try storage.list()
        guard !names.contains(where: { SegmentName(fileName: $0) != nil }) else {
            throw LedgerError(
                .invalidRequest,
                "\(storage.directory) holds a ledger already",
                remedy: "use it, or choose another directory"
            )
        }
        try BackupMarker.checkAbsent(storage)
        guard !names.contains(RestoreGuard<S>.fileName) else {
            throw LedgerError(
                .invalidRequest,
                "\(storage.directory) is where a ledger is being restored",
                remedy: "run `tradeledger restore` again, or choose another directory"
            )
        }
        // The catalog throws `damaged` if a ledger here has lost its segments: no new one may overwrite it.
        do throws(LedgerError) { _ = try SegmentCatalog(storage) } catch {
            guard error.code == .notALedger else { throw error }
        }
        try checkEmpty(storage, names)
        try make(storage, ledgerID: ledgerID, configuration: configuration, clock: clock)
    }

    /// Throws where the directory holds anything that the ledger would be mixed with.
    private static func checkEmpty<S: Storage>(_ storage: S, _ names: [String]) throws(LedgerError) {
        // What `init` may leave if it crashes, and what a new file system contains.
        let own = [WriterLock<S>.fileName, DurableWatermark.fileName, DeadLetterLog<S>.fileName]
        let harmless = PreallocatedSegment<S>.fileNames.union(own).union(["lost+found"])
        guard let name = names.first(where: { !harmless.contains($0) }) else { return }
        throw LedgerError(
            .invalidRequest,
            "\(storage.directory) is no ledger and holds other files, such as \(name)",
            remedy: "make the ledger in a directory of its own"
        )
    }

    /// Makes the files without checking what the directory holds; a restore does that itself.
    static func make<S: Storage>(
        _ storage: S,
        ledgerID: EventID,
        configuration: LedgerConfiguration,
        clock: LedgerClock
    ) throws(LedgerError) {
        // Done before the first segment exists: once there is one, the directory itself survives a power cut.
        try storage.synchronizeParentDirectory()
        try createFile(WriterLock<S>.fileName, WriterLock<S>.newFileBytes, storage)
        try createFile(DurableWatermark.fileName, DurableWatermark.encode(0), storage)
        let rejected = FileHeader.ofDeadLetterLog(ledgerID, createdAt: clock.now())
        try createFile(DeadLetterLog<S>.fileName, rejected.encoded(), storage)
        let preallocated = PreallocatedSegment(storage, byteCount: configuration.segmentByteCount)
        _ = try preallocated.become(
            FileHeader(
                kind: .events,
                ledgerID: ledgerID,
                firstSequence: 1,
                createdAt: clock.now(),
                durableUpTo: 0,
                previousChecksum: 0
            )
        )
        if let shortage = try preallocated.secure() { throw shortage }
        try preallocated.prepare()
    }

    private static func createFile<S: Storage>(_ name: String, _ bytes: [UInt8], _ storage: S) throws(LedgerError) {
        let file = try OpenFile(creating: name, storage)
        try file.write(bytes, at: 0)
        try file.synchronize()
    }
}
