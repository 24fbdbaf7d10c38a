import Glibc
import LedgerTestSupport

@testable import Ledger

/// Real files, of which some operations are refused while a test says so.
struct RefusingStorage: Storage {
    enum Operation: Hashable {
        case allocate
        case synchronizeDirectory
    }

    /// What becomes of an operation.
    enum Refusal {
        case error(Int32)
        /// The file system has no such operation.
        case unsupported
    }

    private let files: PosixStorage
    private let refusals = Lock<[Operation: Refusal]>([:])

    init(_ directory: TemporaryDirectory) {
        files = PosixStorage(directory: directory.path)
    }

    func refuse(_ operation: Operation, _ refusal: Refusal) { refusals.withLock { $0[operation] = refusal } }
    func permit(_ operation: Operation) { refusals.withLock { $0[operation] = nil } }

    /// False where the operation is not supported.
    private func isSupported(_ operation: Operation) throws(StorageError) -> Bool {
        switch refusals.withLock({ $0[operation] }) {
        case nil: return true
        case .unsupported: return false
        case .error(let number):
            throw StorageError("\(operation)", path: directory, errno: number, reason: "refused by the test")
        }
    }

    func allocate(_ handle: PosixStorage.Handle, _ byteCount: Int) throws(StorageError) -> Bool {
        guard try isSupported(.allocate) else { return false }
        return try files.allocate(handle, byteCount)
    }

    func synchronizeDirectory() throws(StorageError) {
        _ = try isSupported(.synchronizeDirectory)
        try files.synchronizeDirectory()
    }

    var directory: String { files.directory }

    func open(_ name: String, _ access: FileAccess) throws(StorageError) -> PosixStorage.Handle {
        try files.open(name, access)
    }

    func create(_ name: String) throws(StorageError) -> PosixStorage.Handle { try files.create(name) }

    func close(_ handle: PosixStorage.Handle) { files.close(handle) }

    func read(
        _ handle: PosixStorage.Handle,
        at offset: Int,
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(StorageError) -> Int {
        try unsafe files.read(handle, at: offset, into: buffer)
    }

    func write(
        _ handle: PosixStorage.Handle,
        at offset: Int,
        _ bytes: UnsafeRawBufferPointer
    ) throws(StorageError) {
        try unsafe files.write(handle, at: offset, bytes)
    }

    func synchronize(_ handle: PosixStorage.Handle) throws(StorageError) { try files.synchronize(handle) }

    func byteCount(_ handle: PosixStorage.Handle) throws(StorageError) -> Int { try files.byteCount(handle) }

    func isNamed(_ handle: PosixStorage.Handle, _ name: String) throws(StorageError) -> Bool {
        try files.isNamed(handle, name)
    }

    func displacement() throws(StorageError) -> Displacement? { try files.displacement() }

    func lockDirectory(_ kind: LockKind) throws(StorageError) -> PosixStorage.Handle? { try files.lockDirectory(kind) }

    func identity(_ handle: PosixStorage.Handle) throws(StorageError) -> FileIdentity {
        try files.identity(handle)
    }

    func readPastCache(_ name: String, _ range: Range<Int>) throws(StorageError) -> [UInt8]? {
        try files.readPastCache(name, range)
    }

    func rename(_ name: String, to newName: String) throws(StorageError) { try files.rename(name, to: newName) }

    func remove(_ name: String) throws(StorageError) { try files.remove(name) }

    func list() throws(StorageError) -> [String] { try files.list() }

    func synchronizeParentDirectory() throws(StorageError) { try files.synchronizeParentDirectory() }

    func lock(_ handle: PosixStorage.Handle, _ region: LockRegion, _ kind: LockKind) throws(StorageError) -> Bool {
        try files.lock(handle, region, kind)
    }

    func isHeld(_ handle: PosixStorage.Handle, _ region: LockRegion) throws(StorageError) -> Bool {
        try files.isHeld(handle, region)
    }
}
