internal import Glibc
import TradeModel

/// The right to write to a ledger: one process at a time holds it, and a crash releases it.
///
/// The lock of the directory is that right. The lock file tells other processes which one holds it, and how far it has
/// come.
struct WriterLock<S: Storage>: ~Copyable {
    static var fileName: String { "lock" }
    private static var pidByteCount: Int { 20 }
    /// A new lock file, as long as every later one: no writer needs room for it, also where the disk is full.
    static var newFileBytes: [UInt8] { [UInt8](repeating: 0x20, count: pidByteCount + LockNote.byteCount) }

    private let storage: S
    /// Declared before the file, so that it is released first: if the file is free, so is the directory.
    private let directory: OpenFile<S>
    private let file: OpenFile<S>

    /// What the lock is taken for.
    enum Purpose {
        /// To append events, which a plain copy refuses.
        case appending
        /// To mend files, including those of a plain copy and a missing lock file.
        case mending
    }

    /// Takes the lock.
    ///
    /// Does not wait for another writer, but waits for readers that prove the tail, which hold the lock only briefly. A
    /// backup has no writer, nor does a plain copy until it was accepted.
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
        try AtomicFile(storage, fileName).write(newFileBytes)
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

    /// Tells readers that the watermark is valid from now on: until then it may be lower than what they have seen.
    func notePublished() throws(LedgerError) {
        let isTaken = try file.lock(.published, .exclusive)
        precondition(isTaken, "only the writer locks this region")
    }

    /// Records that the ledger is about to be written to: from now on a copy of the directory can be told apart.
    func noteHeld() throws(LedgerError) {
        try file.write(LockNote(.held, try file.identity()).encoded(), at: Self.pidByteCount)
    }

    /// Records that the ledger is closed and consistent: from now on a copy of the directory is equally valid.
    func noteClosed() throws(LedgerError) {
        try file.write(LockNote(.closed, try file.identity()).encoded(), at: Self.pidByteCount)
        try file.synchronize()
    }

    /// Whether the directory was copied, other than by a backup, while a writer held it or after that writer crashed.
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
