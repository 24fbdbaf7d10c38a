import Glibc
import LedgerTestSupport

@testable import Ledger

/// Real files, of which a test can make some operations fail.
struct RefusingStorage: Storage {
    enum Operation: Hashable {
        case allocate
        case write
        case synchronize
        case synchronizeDirectory
    }

    /// The result of an operation.
    enum Refusal {
        case error(Int32)
        /// The file system has no such operation.
        case unsupported
    }

    private let files: PosixStorage
    private let refusals = Lock<[Operation: Refusal]>([:])
    private let actions = Lock<[Operation: @Sendable () -> Void]>([:])

    init(_ directory: TemporaryDirectory) {
        files = PosixStorage(directory: directory.path)
    }

    func refuse(_ operation: Operation, _ refusal: Refusal) { refusals.withLock { $0[operation] = refusal } }
    /// Runs an action at the beginning of each operation of this kind.
    func before(_ operation: Operation, _ action: @escaping @Sendable () -> Void) {
        actions.withLock { $0[operation] = action }
    }
    func permit(_ operation: Operation) { refusals.withLock { $0[operation] = nil } }

    /// Where the last segment's next frame will begin.
    func endOfLog() throws(LedgerError) -> Int {
        let names = try files.list().compactMap { SegmentName(fileName: $0) }.sorted()
        guard let last = names.last else { return 0 }
        var reader = try FrameReader(self, last.fileName)
        return try SegmentScan(self, &reader) { _ in }.endOffset
    }

    /// False if the operation is not supported.
    private func isSupported(_ operation: Operation) throws(LedgerError) -> Bool {
        actions.withLock { $0[operation] }?()
        switch refusals.withLock({ $0[operation] }) {
        case nil: return true
        case .unsupported: return false
        case .error(let number):
            throw LedgerError("\(operation)", path: directory, errno: number, reason: "refused by the test")
        }
    }

    func allocate(_ handle: PosixStorage.Handle, _ byteCount: Int) throws(LedgerError) -> Bool {
        guard try isSupported(.allocate) else { return false }
        return try files.allocate(handle, byteCount)
    }

    func synchronizeDirectory() throws(LedgerError) {
        _ = try isSupported(.synchronizeDirectory)
        try files.synchronizeDirectory()
    }

    var directory: String { files.directory }

    func open(_ name: String, _ access: FileAccess) throws(LedgerError) -> PosixStorage.Handle {
        try files.open(name, access)
    }

    func create(_ name: String) throws(LedgerError) -> PosixStorage.Handle { try files.create(name) }

    func close(_ handle: PosixStorage.Handle) { files.close(handle) }

    func read(
        _ handle: PosixStorage.Handle,
        at offset: Int,
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(LedgerError) -> Int {
        try unsafe files.read(handle, at: offset, into: buffer)
    }

    func write(
        _ handle: PosixStorage.Handle,
        at offset: Int,
        _ bytes: UnsafeRawBufferPointer
    ) throws(LedgerError) {
        _ = try isSupported(.write)
        try unsafe files.write(handle, at: offset, bytes)
    }

    func synchronize(_ handle: PosixStorage.Handle) throws(LedgerError) {
        _ = try isSupported(.synchronize)
        try files.synchronize(handle)
    }

    func byteCount(_ handle: PosixStorage.Handle) throws(LedgerError) -> Int { try files.byteCount(handle) }

    func isNamed(_ handle: PosixStorage.Handle, _ name: String) throws(LedgerError) -> Bool {
        try files.isNamed(handle, name)
    }

    func displacement() throws(LedgerError) -> Displacement? { try files.displacement() }

    func lockDirectory(_ kind: LockKind) throws(LedgerError) -> PosixStorage.Handle? { try files.lockDirectory(kind) }

    func identity(_ handle: PosixStorage.Handle) throws(LedgerError) -> FileIdentity {
        try files.identity(handle)
    }

    func readPastCache(_ name: String, _ range: Range<Int>) throws(LedgerError) -> [UInt8]? {
        try files.readPastCache(name, range)
    }

    func rename(_ name: String, to newName: String) throws(LedgerError) { try files.rename(name, to: newName) }

    func remove(_ name: String) throws(LedgerError) { try files.remove(name) }

    func list() throws(LedgerError) -> [String] { try files.list() }

    func namesStamp() throws(LedgerError) -> Int64? { try files.namesStamp() }

    func synchronizeParentDirectory() throws(LedgerError) { try files.synchronizeParentDirectory() }

    func lock(_ handle: PosixStorage.Handle, _ region: LockRegion, _ kind: LockKind) throws(LedgerError) -> Bool {
        try files.lock(handle, region, kind)
    }

    func isHeld(_ handle: PosixStorage.Handle, _ region: LockRegion) throws(LedgerError) -> Bool {
        try files.isHeld(handle, region)
    }
}
