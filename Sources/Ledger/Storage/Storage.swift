internal import Glibc

/// All access to files goes through this protocol, so that tests can substitute a disk that tears writes, loses flushes
/// and lies.
///
/// Names are those of files in one directory, the ledger's. A handle may be used from several threads; closing it ends
/// that.
package protocol Storage: Sendable {
    /// An open file.
    associatedtype Handle: Sendable

    /// The directory, for messages.
    var directory: String { get }

    /// Opens an existing file.
    func open(_ name: String, _ access: FileAccess) throws(LedgerError) -> Handle
    /// Makes an empty file for reading and writing; one of that name is emptied.
    func create(_ name: String) throws(LedgerError) -> Handle
    func close(_ handle: Handle)

    /// Reads up to `buffer.count` bytes at the offset; fewer only at the end of the file.
    func read(_ handle: Handle, at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(LedgerError) -> Int
    /// Writes all of the bytes at the offset. The bytes are not durable until `synchronize` has returned.
    func write(_ handle: Handle, at offset: Int, _ bytes: UnsafeRawBufferPointer) throws(LedgerError)
    /// Makes what was written to the file durable. A failure is final: what the file holds is unknown then.
    func synchronize(_ handle: Handle) throws(LedgerError)
    func byteCount(_ handle: Handle) throws(LedgerError) -> Int
    /// The same of whatever has a name, without opening it: this user may not read a key, and nobody can open a socket.
    func byteCount(ofFile name: String) throws(LedgerError) -> Int
    /// Whether a name leads to the open file, and not to another or to none.
    func isNamed(_ handle: Handle, _ name: String) throws(LedgerError) -> Bool
    /// What tells the file from every copy of it.
    func identity(_ handle: Handle) throws(LedgerError) -> FileIdentity
    /// Reserves space for the first `byteCount` bytes of the file, so that writing them needs no more of the disk; the
    /// file becomes that long where it is shorter, and what was never written reads as zeros.
    ///
    /// False, with nothing changed, where the file system has no such operation: then only writing tells. Throws where
    /// there is not as much space; some of it may be taken then. As durable as a write: not until `synchronize`.
    func allocate(_ handle: Handle, _ byteCount: Int) throws(LedgerError) -> Bool
    /// How long a file of this process may become, in bytes; it may change at any time.
    var fileByteCountMax: Int { get }
    /// Reads a range from the disk, past the page cache; nil if the file system cannot.
    func readPastCache(_ name: String, _ range: Range<Int>) throws(LedgerError) -> [UInt8]?

    /// The bytes of a small file that another process may put into the directory; nil where there is none.
    ///
    /// Cheap where there is none: it is asked before each commit.
    func outsideNote(_ name: String) throws(LedgerError) -> [UInt8]?

    /// Gives a file another name, replacing what had it.
    func rename(_ name: String, to newName: String) throws(LedgerError)
    func remove(_ name: String) throws(LedgerError)
    /// The names in the directory, unordered.
    func list() throws(LedgerError) -> [String]
    /// A number that differs after each later change of the names in the directory, by any process; nil where the next
    /// change may still get the same number.
    ///
    /// Cheap, because it is asked before each commit. Whoever compares two numbers asks before listing the names.
    func namesStamp() throws(LedgerError) -> Int64?
    /// Makes names durable: what was created, renamed or removed before.
    func synchronizeDirectory() throws(LedgerError)
    /// Makes the directory's own name durable.
    func synchronizeParentDirectory() throws(LedgerError)

    /// What became of the directory since it was opened; nil where its path still leads to it, or it was moved and
    /// nothing has taken its path.
    func displacement() throws(LedgerError) -> Displacement?

    /// Tries to lock the directory itself, whatever becomes of the files in it, until the handle is closed: nil where
    /// another handle holds it in a way that excludes this.
    func lockDirectory(_ kind: LockKind) throws(LedgerError) -> Handle?
    /// Tries to lock a region of the file for its handle's life: false where another handle holds it in a way that
    /// excludes this.
    func lock(_ handle: Handle, _ region: LockRegion, _ kind: LockKind) throws(LedgerError) -> Bool
    /// Whether another handle holds the region exclusively.
    func isHeld(_ handle: Handle, _ region: LockRegion) throws(LedgerError) -> Bool
}

extension Storage {
    package var fileByteCountMax: Int { .max }

    package func byteCount(ofFile name: String) throws(LedgerError) -> Int {
        try OpenFile(self, name, .reading).byteCount()
    }

    package func outsideNote(_ name: String) throws(LedgerError) -> [UInt8]? { try AtomicFile(self, name).read() }

    /// The bytes of a range of an open file, fewer where the file ends before.
    func bytes(_ handle: Handle, _ range: Range<Int>) throws(LedgerError) -> [UInt8] {
        var bytes: [UInt8] = []
        try read(handle, range, appendingTo: &bytes)
        return bytes
    }

    /// Appends the bytes of a range to an array, fewer where the file ends before; it keeps its space where it can.
    func read(_ handle: Handle, _ range: Range<Int>, appendingTo bytes: inout [UInt8]) throws(LedgerError) {
        try bytes.append(addingCapacity: range.count) { (span) throws(LedgerError) in
            try unsafe span.withUnsafeMutableBufferPointer { (buffer, count) throws(LedgerError) in
                let target = UnsafeMutableRawBufferPointer(buffer)
                count = try unsafe read(handle, at: range.lowerBound, into: target)
            }
        }
    }

    /// Writes all of the bytes at the offset.
    func write(_ handle: Handle, at offset: Int, _ bytes: ArraySlice<UInt8>) throws(LedgerError) {
        let result: Result<Void, LedgerError> = unsafe bytes.withUnsafeBytes { buffer in
            Result { () throws(LedgerError) in try unsafe write(handle, at: offset, buffer) }
        }
        try result.get()
    }
}

/// What an open file is for.
package enum FileAccess: Sendable {
    case reading
    case readingAndWriting
}

/// What a lock of the lock file is about.
///
/// The raw value is the byte that is locked.
package enum LockRegion: Int64, Sendable {
    /// Shows others that there is a writer; the lock of the directory is what gives it the right to write.
    case writer = 0
    /// A writer that has proved the end of the log and published how far it is durable.
    case published = 1
    /// The right to ship the log to a database, which only one process can hold; in its own file.
    case replicator = 2
    /// The right to change the files beside the log that commands change while there is a writer.
    case sideFiles = 3
}

/// How a region is locked.
package enum LockKind: Sendable {
    case shared
    case exclusive
}

/// What tells a file from every copy of it: it stays through renames, writes and crashes.
package struct FileIdentity: Hashable, Sendable {
    /// The number of the file in its file system.
    package let inode: UInt64
    /// When the file was made, in nanoseconds since 1970; 0 where the file system does not say.
    package let bornAtNanoseconds: UInt64

    package init(inode: UInt64, bornAtNanoseconds: UInt64) {
        self.inode = inode
        self.bornAtNanoseconds = bornAtNanoseconds
    }
}

/// Errors of file operations that the system refused.
///
/// The only place that words such an error.
extension LedgerError {
    /// The system refused an operation, a verb such as "read" or "flush".
    package init(_ operation: String, path: String, errno: Int32, reason: String) {
        self.init(
            .inputOutput(errno: errno),
            "cannot \(operation) \(path): \(reason)",
            remedy: Self.remedy(errno)
        )
    }

    /// The error of a number that a system call gave; unless it is given, of the last one that failed on this thread.
    static func refused(_ operation: String, path: String, errno: Int32 = Glibc.errno) -> LedgerError {
        LedgerError(operation, path: path, errno: errno, reason: unsafe String(cString: strerror(errno)))
    }

    /// A file has lost its name, and what is written to it goes with it.
    static func displaced(_ operation: String, path: String) -> LedgerError {
        LedgerError(operation, path: path, errno: ESTALE, reason: "it was removed or replaced while it was open")
    }

    /// The limit of file sizes leaves no room for a frame in any segment.
    static func fileSizeLimit(_ byteCount: Int) -> LedgerError {
        LedgerError(
            .inputOutput(errno: EFBIG),
            "files may not become longer than \(byteCount) bytes",
            remedy: remedy(EFBIG)
        )
    }

    /// The number that the system gave; nil where the fault is another.
    var systemNumber: Int32? {
        guard case .inputOutput(let number) = code else { return nil }
        return number
    }

    /// Whether the reason is that a file is not there.
    package var isMissingFile: Bool { systemNumber == ENOENT }

    /// Whether the reason is that there is no space left: of the disk, of a quota, or up to the limit of file sizes
    /// (`ulimit -f`).
    package var isDiskFull: Bool { [ENOSPC, EDQUOT, EFBIG].contains(systemNumber) }

    /// Whether the reason is that this user may not do it.
    var isMissingPermission: Bool { [EACCES, EPERM, EROFS].contains(systemNumber) }

    private static func remedy(_ errno: Int32) -> String {
        switch errno {
        case ENOSPC, EDQUOT: "free space on this file system; nothing acknowledged is lost"
        case EFBIG: "raise the limit of file sizes (ulimit -f); nothing acknowledged is lost"
        case EACCES, EPERM: "give this user the right to read and write the ledger's directory"
        case EROFS: "mount the file system for writing, or use another --ledger directory"
        case EMFILE, ENFILE: "raise the limit of open files (ulimit -n)"
        case ENOENT, ENOTDIR: "check the --ledger directory; `tradeledger init` makes a new ledger"
        case ESTALE: "put the file back; `tradeledger repair` says what is missing without it"
        case EIO: "check the disk and the kernel's log before going on; run `tradeledger verify`"
        default: "check the disk and the directory"
        }
    }
}

/// Owns one open file of the ledger's directory; closed once, when it goes.
///
/// A class, although it has one owner: in release builds Swift 6.3.1 does not run the `deinit` of a generic noncopyable
/// struct that another module holds, so files and locks would stay open.
package final class OpenFile<S: Storage>: Sendable {
    private let storage: S
    private let handle: S.Handle

    package init(_ storage: S, _ name: String, _ access: FileAccess) throws(LedgerError) {
        self.storage = storage
        handle = try storage.open(name, access)
    }

    /// Opens one of the files that every ledger has beside its segments.
    ///
    /// Throws the damage that `repair --mend` mends where the file is missing.
    package convenience init(ofLedger storage: S, _ name: String, _ access: FileAccess) throws(LedgerError) {
        do throws(LedgerError) { try self.init(storage, name, access) } catch {
            throw error.isMissingFile ? .met(.missing(name), in: storage.directory) : error
        }
    }

    package init(creating name: String, _ storage: S) throws(LedgerError) {
        self.storage = storage
        handle = try storage.create(name)
    }

    /// Locks the directory itself for as long as this lives; nil where another process or object excludes that.
    init?(lockingDirectoryOf storage: S, _ kind: LockKind) throws(LedgerError) {
        guard let handle = try storage.lockDirectory(kind) else { return nil }
        self.storage = storage
        self.handle = handle
    }

    deinit { storage.close(handle) }

    package func byteCount() throws(LedgerError) -> Int { try storage.byteCount(handle) }

    /// Whether a name in the directory leads to this file.
    func isNamed(_ name: String) throws(LedgerError) -> Bool { try storage.isNamed(handle, name) }

    /// Throws where a name in the directory no longer leads to this file: what is written to it goes with it.
    func checkNamed(_ name: String) throws(LedgerError) {
        guard try isNamed(name) else { throw .displaced("use", path: storage.directory + "/" + name) }
    }

    package func identity() throws(LedgerError) -> FileIdentity { try storage.identity(handle) }

    /// The bytes of the range, fewer where the file ends before.
    package func bytes(_ range: Range<Int>) throws(LedgerError) -> [UInt8] {
        guard !range.isEmpty else { return [] }
        return try storage.bytes(handle, range)
    }

    /// Appends the bytes of the range to an array, fewer where the file ends before; it keeps its space where it can.
    func read(_ range: Range<Int>, appendingTo bytes: inout [UInt8]) throws(LedgerError) {
        try storage.read(handle, range, appendingTo: &bytes)
    }

    package func write(_ bytes: [UInt8], at offset: Int) throws(LedgerError) {
        try write(bytes[...], at: offset)
    }

    package func write(_ bytes: ArraySlice<UInt8>, at offset: Int) throws(LedgerError) {
        try storage.write(handle, at: offset, bytes)
    }

    package func synchronize() throws(LedgerError) {
        do { try storage.synchronize(handle) } catch {
            if Failpoint.retryFailedFlush.isActive { return try synchronize() }
            throw error
        }
    }

    /// Reserves space for the first bytes of the file; false where only writing can tell whether there is any.
    package func allocate(_ byteCount: Int) throws(LedgerError) -> Bool { try storage.allocate(handle, byteCount) }

    package func lock(_ region: LockRegion, _ kind: LockKind) throws(LedgerError) -> Bool {
        try storage.lock(handle, region, kind)
    }

    package func isHeld(_ region: LockRegion) throws(LedgerError) -> Bool { try storage.isHeld(handle, region) }
}
