internal import Glibc
import TradeModel

/// The right to write to a ledger: one process at a time has it, and a crash gives it back.
///
/// The lock of the directory is that right. The lock file tells others who has it, and how far the writer has come.
struct WriterLock<S: Storage>: ~Copyable {
    static var fileName: String { "lock" }
    private static var pidByteCount: Int { 20 }
    /// A new lock file, as long as every later one: no writer needs room for it, also where the disk is full.
    static var newFileBytes: [UInt8] { [UInt8](repeating: 0x20, count: pidByteCount + LockNote.byteCount) }

    private let storage: S
    /// Before the file, so that it is given back first: whoever then finds the file free finds the directory free.
    private let directory: OpenFile<S>
    private let file: OpenFile<S>

    /// What the lock is taken for.
    enum Purpose {
        /// Events are appended, which a plain copy does not take.
        case appending
        /// Files are mended, also those of a plain copy, and a lock file that is missing.
        case mending
    }

    /// Takes the lock.
    ///
    /// Another writer is not waited for; readers that prove the tail are, for they hold it for a moment only. A backup
    /// has no writer, and a plain copy none until it was accepted.
    init(_ storage: S, for purpose: Purpose = .appending) throws(LedgerError) {
        try BackupMarker.checkAbsent(storage)
        let found = try Self.file(storage, for: purpose)
        if let found { try Self.take(found, storage) }
        guard let directory = try DirectoryLock.exclusive(storage) else {
            throw .heldWithoutLockFile(storage.directory)
        }
        let file = if let found { found } else { try Self.newFile(storage) }
        if purpose == .appending, try Self.isOfPlainCopy(file) {
            throw LedgerError(.plainCopy(lockFile: Self.fileName), in: storage.directory)
        }
        let pid = String(getpid())
        try file.write(
            Array(pid.utf8) + [UInt8](repeating: 0x20, count: Self.pidByteCount - pid.utf8.count),
            at: 0
        )
        try Self.checkInPlace(file, storage)
        self.storage = storage
        self.directory = directory
        self.file = file
    }

    /// Throws where the directory or the lock file was removed, or is no longer the one that was locked.
    func checkInPlace() throws(LedgerError) { try Self.checkInPlace(file, storage) }

    private static func checkInPlace(_ file: OpenFile<S>, _ storage: S) throws(LedgerError) {
        try storage.checkInPlace()
        guard try file.isNamed(fileName) else { throw .replacedLockFile(storage.directory) }
    }

    /// The lock file; nil where it is missing and is to be mended.
    private static func file(_ storage: S, for purpose: Purpose) throws(LedgerError) -> OpenFile<S>? {
        if purpose == .appending { return try OpenFile(ofLedger: storage, fileName, .readingAndWriting) }
        do throws(LedgerError) { return try OpenFile(storage, fileName, .readingAndWriting) } catch {
            guard error.isMissingFile else { throw error }
            return nil
        }
    }

    /// Makes the lock file, once the directory is held.
    private static func newFile(_ storage: S) throws(LedgerError) -> OpenFile<S> {
        do { try AtomicFile(storage, fileName).write(newFileBytes) } catch { throw LedgerError(error) }
        let file = try OpenFile(storage, fileName, .readingAndWriting)
        try take(file, storage)
        return file
    }

    private static func take(_ file: OpenFile<S>, _ storage: S) throws(LedgerError) {
        guard try !file.lock(.writer, .exclusive) else { return }
        let holder = try pid(in: file).map { "process \($0)" } ?? "another process"
        throw LedgerError(
            .heldByAnotherWriter,
            "\(storage.directory) is held by \(holder)",
            remedy: "send events to that process, or stop it first; reading needs no lock"
        )
    }

    /// Tells readers that what is published holds from now on: before, the note may be older than what they have seen.
    func notePublished() throws(LedgerError) {
        let isTaken = try file.lock(.published, .exclusive)
        precondition(isTaken, "only the writer locks this region")
    }

    /// Notes that the ledger is about to be written to: a copy of the directory is told from it from now on.
    func noteHeld() throws(LedgerError) {
        try file.write(LockNote(.held, try file.identity()).encoded(), at: Self.pidByteCount)
    }

    /// Notes that the ledger is whole and at rest: a copy of the directory is as good as it from now on.
    func noteClosed() throws(LedgerError) {
        try file.write(LockNote(.closed, try file.identity()).encoded(), at: Self.pidByteCount)
        try file.synchronize()
    }

    /// Whether the directory was copied, with other means than a backup, while a writer had it or after it crashed.
    static func isPlainCopy(_ storage: S) throws(LedgerError) -> Bool {
        try isOfPlainCopy(try OpenFile(ofLedger: storage, fileName, .reading))
    }

    private static func isOfPlainCopy(_ file: OpenFile<S>) throws(LedgerError) -> Bool {
        let bytes = try file.bytes(pidByteCount..<(pidByteCount + LockNote.byteCount))
        guard let note = LockNote(bytes[...]), note.state == .held else { return false }
        return try note.identity != file.identity()
    }

    /// The process that holds a ledger for writing, or nil where none does.
    static func holder(_ storage: S) throws(LedgerError) -> Int32? {
        let file = try OpenFile(ofLedger: storage, fileName, .reading)
        guard try file.isHeld(.writer) else { return nil }
        return try pid(in: file)
    }

    private static func pid(in file: OpenFile<S>) throws(LedgerError) -> Int32? {
        let text = String(decoding: try file.bytes(0..<pidByteCount), as: UTF8.self)
        return Int32(text.prefix { $0.isNumber })
    }
}
