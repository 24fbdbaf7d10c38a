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

    /// Records that the ledger is about to be written to: from now on a copy of the directory can be recognised.
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

/// The note in the lock file about the last writer, after the process id: whether it closed the ledger, and which file
/// it locked.
///
/// A copy has the same contents but is another file. That distinguishes a plain copy of a directory in use from a
/// directory that a crash left.
struct LockNote {
    /// What became of the writer.
    enum State: UInt64 {
        /// It writes, or has crashed.
        case held = 1
        /// It has closed the ledger.
        case closed = 2
    }

    let state: State
    /// The identity of the locked file.
    let identity: FileIdentity

    static let byteCount = 32
    private static let magic: UInt32 = 0x4B4C_4C54  // "TLLK" as bytes

    init(_ state: State, _ identity: FileIdentity) {
        self.state = state
        self.identity = identity
    }

    /// The note that some bytes begin with; nil where there is none, as in the file of a ledger that was never written
    /// to.
    init?(_ bytes: ArraySlice<UInt8>) {
        let start = bytes.startIndex
        guard bytes.count >= Self.byteCount, bytes.littleEndian32(at: start) == Self.magic,
            bytes.littleEndian32(at: start + 4) == Checksum.crc32c(bytes[(start + 8)..<(start + Self.byteCount)]),
            let state = State(rawValue: bytes.littleEndian64(at: start + 8))
        else { return nil }
        self.state = state
        identity = FileIdentity(
            inode: bytes.littleEndian64(at: start + 16),
            bornAtNanoseconds: bytes.littleEndian64(at: start + 24)
        )
    }

    func encoded() -> [UInt8] {
        var rest: [UInt8] = []
        rest.appendLittleEndian(state.rawValue)
        rest.appendLittleEndian(identity.inode)
        rest.appendLittleEndian(identity.bornAtNanoseconds)
        var bytes: [UInt8] = []
        bytes.appendLittleEndian(Self.magic)
        bytes.appendLittleEndian(Checksum.crc32c(rest[...]))
        return bytes + rest
    }
}

/// The lock of a ledger's directory: a writer holds it exclusively, readers that prove the end of the log share it.
///
/// It is a lock of the directory itself (flock(2)). A file in it could be removed and recreated while it is locked, and
/// then two processes would hold a lock of the same name.
enum DirectoryLock<S: Storage> {
    private static var retryMilliseconds: Int32 { 5 }
    private static var attemptCountMax: Int { 2000 }
    /// A writer that ends may release its lock file and the directory a moment apart.
    private static var writerAttemptCountMax: Int { 4 }

    /// Locks the directory exclusively; nil if a writer holds it.
    ///
    /// Waits for readers, which hold it for a moment only.
    static func exclusive(_ storage: S) throws(LedgerError) -> OpenFile<S>? {
        let kind: LockKind = Failpoint.shareDirectoryLock.isActive ? .shared : .exclusive
        var writerCount = 0
        for _ in 0..<attemptCountMax {
            if let lock = try OpenFile(lockingDirectoryOf: storage, kind) { return lock }
            // If the lock can be shared, no writer holds it.
            if try shared(storage) == nil { writerCount += 1 }
            if writerCount == writerAttemptCountMax { return nil }
            _ = poll(nil, 0, retryMilliseconds)
        }
        throw LedgerError(
            .unusable,
            "a reader has held the end of \(storage.directory) for 10 s",
            remedy: "find the process that reads it and hangs, and end it"
        )
    }

    /// Takes the shared lock; nil if a writer holds the directory.
    static func shared(_ storage: S) throws(LedgerError) -> OpenFile<S>? {
        try OpenFile(lockingDirectoryOf: storage, .shared)
    }
}
