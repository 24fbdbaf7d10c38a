import LedgerTestSupport

@testable import Ledger

/// Real files, with a count of the bytes that were read of each.
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

    /// The number of bytes that were read, by the names of the files.
    var byteCounts: [String: Int] { counts.withLock { $0 } }

    private func note(_ name: String, _ byteCount: Int) { counts.withLock { $0[name, default: 0] += byteCount } }

    var directory: String { files.directory }

    func open(_ name: String, _ access: FileAccess) throws(LedgerError) -> Handle {
        Handle(file: try files.open(name, access), name: name)
    }

    func create(_ name: String) throws(LedgerError) -> Handle { Handle(file: try files.create(name), name: name) }

    func close(_ handle: Handle) { files.close(handle.file) }

    func read(
        _ handle: Handle,
        at offset: Int,
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(LedgerError) -> Int {
        let count = try unsafe files.read(handle.file, at: offset, into: buffer)
        note(handle.name, count)
        return count
    }

    func write(_ handle: Handle, at offset: Int, _ bytes: UnsafeRawBufferPointer) throws(LedgerError) {
        try unsafe files.write(handle.file, at: offset, bytes)
    }

    func synchronize(_ handle: Handle) throws(LedgerError) { try files.synchronize(handle.file) }

    func byteCount(_ handle: Handle) throws(LedgerError) -> Int { try files.byteCount(handle.file) }

    func isNamed(_ handle: Handle, _ name: String) throws(LedgerError) -> Bool { try files.isNamed(handle.file, name) }

    func displacement() throws(LedgerError) -> Displacement? { try files.displacement() }

    func lockDirectory(_ kind: LockKind) throws(LedgerError) -> Handle? {
        try files.lockDirectory(kind).map { Handle(file: $0, name: ".") }
    }

    func identity(_ handle: Handle) throws(LedgerError) -> FileIdentity { try files.identity(handle.file) }

    func allocate(_ handle: Handle, _ byteCount: Int) throws(LedgerError) -> Bool {
        try files.allocate(handle.file, byteCount)
    }

    func readPastCache(_ name: String, _ range: Range<Int>) throws(LedgerError) -> [UInt8]? {
        try files.readPastCache(name, range)
    }

    func rename(_ name: String, to newName: String) throws(LedgerError) { try files.rename(name, to: newName) }

    func remove(_ name: String) throws(LedgerError) { try files.remove(name) }

    func list() throws(LedgerError) -> [String] { try files.list() }

    func namesStamp() throws(LedgerError) -> Int64? { try files.namesStamp() }

    func synchronizeDirectory() throws(LedgerError) { try files.synchronizeDirectory() }

    func synchronizeParentDirectory() throws(LedgerError) { try files.synchronizeParentDirectory() }

    func lock(_ handle: Handle, _ region: LockRegion, _ kind: LockKind) throws(LedgerError) -> Bool {
        try files.lock(handle.file, region, kind)
    }

    func isHeld(_ handle: Handle, _ region: LockRegion) throws(LedgerError) -> Bool {
        try files.isHeld(handle.file, region)
    }
}
