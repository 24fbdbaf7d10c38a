import LedgerTestSupport

@testable import Ledger

/// Real files, and a note of how many bytes were read of each.
struct CountingStorage: Storage {
    struct Handle: Sendable {
        let file: PosixStorage.Handle
        let name: String
    }

    private let files: PosixStorage
    private let counts = Lock<[String: Int]>([:])

    init(_ directory: TemporaryDirectory) {
        files = PosixStorage(directory: directory.path)
    }

    /// Bytes that were read, by the names of the files.
    var byteCounts: [String: Int] { counts.withLock { $0 } }

    private func note(_ name: String, _ byteCount: Int) { counts.withLock { $0[name, default: 0] += byteCount } }

    var directory: String { files.directory }

    func open(_ name: String, _ access: FileAccess) throws(StorageError) -> Handle {
        Handle(file: try files.open(name, access), name: name)
    }

    func create(_ name: String) throws(StorageError) -> Handle { Handle(file: try files.create(name), name: name) }

    func close(_ handle: Handle) { files.close(handle.file) }

    func read(
        _ handle: Handle,
        at offset: Int,
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(StorageError) -> Int {
        let count = try unsafe files.read(handle.file, at: offset, into: buffer)
        note(handle.name, count)
        return count
    }

    func write(_ handle: Handle, at offset: Int, _ bytes: UnsafeRawBufferPointer) throws(StorageError) {
        try unsafe files.write(handle.file, at: offset, bytes)
    }

    func synchronize(_ handle: Handle) throws(StorageError) { try files.synchronize(handle.file) }

    func byteCount(_ handle: Handle) throws(StorageError) -> Int { try files.byteCount(handle.file) }

    func isNamed(_ handle: Handle, _ name: String) throws(StorageError) -> Bool { try files.isNamed(handle.file, name) }

    func displacement() throws(StorageError) -> Displacement? { try files.displacement() }

    func lockDirectory(_ kind: LockKind) throws(StorageError) -> Handle? {
        try files.lockDirectory(kind).map { Handle(file: $0, name: ".") }
    }

    func identity(_ handle: Handle) throws(StorageError) -> FileIdentity { try files.identity(handle.file) }

    func allocate(_ handle: Handle, _ byteCount: Int) throws(StorageError) -> Bool {
        try files.allocate(handle.file, byteCount)
    }

    func readPastCache(_ name: String, _ range: Range<Int>) throws(StorageError) -> [UInt8]? {
        try files.readPastCache(name, range)
    }

    func rename(_ name: String, to newName: String) throws(StorageError) { try files.rename(name, to: newName) }

    func remove(_ name: String) throws(StorageError) { try files.remove(name) }

    func list() throws(StorageError) -> [String] { try files.list() }

    func synchronizeDirectory() throws(StorageError) { try files.synchronizeDirectory() }

    func synchronizeParentDirectory() throws(StorageError) { try files.synchronizeParentDirectory() }

    func lock(_ handle: Handle, _ region: LockRegion, _ kind: LockKind) throws(StorageError) -> Bool {
        try files.lock(handle.file, region, kind)
    }

    func isHeld(_ handle: Handle, _ region: LockRegion) throws(StorageError) -> Bool {
        try files.isHeld(handle.file, region)
    }
}
