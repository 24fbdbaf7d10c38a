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
