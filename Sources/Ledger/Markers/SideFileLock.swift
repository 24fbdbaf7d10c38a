internal import Glibc

/// The right to change the files beside the log that commands change while a writer holds the ledger.
///
/// One process at a time has it, for a moment, and a crash releases it.
package struct SideFileLock {
    private let file: OpenFile<PosixStorage>

    private static let retryMilliseconds: Int32 = 5
    private static let attemptCountMax = 2000

    /// Takes the lock of the ledger in a directory; waits up to 10 s for another process.
    ///
    /// Throws `heldByAnotherWriter` after that.
    package init(_ storage: PosixStorage) throws(LedgerError) {
        let name = WriterLock<PosixStorage>.fileName
        file = try OpenFile(ofLedger: storage, name, .readingAndWriting)
        for _ in 0..<Self.attemptCountMax {
            if try file.lock(.sideFiles, .exclusive) { return }
            _ = poll(nil, 0, Self.retryMilliseconds)
        }
        throw LedgerError(
            .heldByAnotherWriter,
            "another process has been changing files of \(storage.directory) for 10 s",
            remedy: "find the process that hangs with `fuser -v \(storage.directory)/\(name)`, and end it"
        )
    }
}
