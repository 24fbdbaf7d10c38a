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
