/// Owns one open file of the ledger's directory; closed once, when it goes.
///
/// A class, although it has one owner: in release builds Swift 6.3.1 does not run the `deinit` of a generic noncopyable
/// struct that another module holds, so files and locks would stay open.
package final class OpenFile<S: Storage>: Sendable {
    private let storage: S
    private let handle: S.Handle

    package init(_ storage: S, _ name: String, _ access: FileAccess) throws(LedgerError) {
        self.storage = storage
        do { handle = try storage.open(name, access) } catch { throw LedgerError(error) }
    }

    /// Opens one of the files that every ledger has beside its segments.
    ///
    /// Throws the damage that `repair --mend` mends where the file is missing.
    package convenience init(ofLedger storage: S, _ name: String, _ access: FileAccess) throws(LedgerError) {
        do throws(LedgerError) { try self.init(storage, name, access) } catch {
            throw error.isMissingFile ? LedgerError(.missing(name), in: storage.directory) : error
        }
    }

    package init(creating name: String, _ storage: S) throws(LedgerError) {
        self.storage = storage
        do { handle = try storage.create(name) } catch { throw LedgerError(error) }
    }

    /// Locks the directory itself for as long as this lives; nil where another process or object excludes that.
    init?(lockingDirectoryOf storage: S, _ kind: LockKind) throws(LedgerError) {
        let handle: S.Handle?
        do { handle = try storage.lockDirectory(kind) } catch { throw LedgerError(error) }
        guard let handle else { return nil }
        self.storage = storage
        self.handle = handle
    }

    deinit { storage.close(handle) }

    package func byteCount() throws(LedgerError) -> Int {
        do { return try storage.byteCount(handle) } catch { throw LedgerError(error) }
    }

    /// Whether a name in the directory leads to this file.
    func isNamed(_ name: String) throws(LedgerError) -> Bool {
        do { return try storage.isNamed(handle, name) } catch { throw LedgerError(error) }
    }

    /// Throws where a name in the directory no longer leads to this file: what is written to it goes with it.
    func checkNamed(_ name: String) throws(LedgerError) {
        guard try isNamed(name) else { throw LedgerError(.displaced("use", path: storage.directory + "/" + name)) }
    }

    package func identity() throws(LedgerError) -> FileIdentity {
        do { return try storage.identity(handle) } catch { throw LedgerError(error) }
    }

    /// The bytes of the range, fewer where the file ends before.
    package func bytes(_ range: Range<Int>) throws(LedgerError) -> [UInt8] {
        guard !range.isEmpty else { return [] }
        do { return try storage.bytes(handle, range) } catch { throw LedgerError(error) }
    }

    /// Appends the bytes of the range to an array, fewer where the file ends before; it keeps its space where it can.
    func read(_ range: Range<Int>, appendingTo bytes: inout [UInt8]) throws(LedgerError) {
        do { try storage.read(handle, range, appendingTo: &bytes) } catch { throw LedgerError(error) }
    }

    package func write(_ bytes: [UInt8], at offset: Int) throws(LedgerError) {
        try write(bytes[...], at: offset)
    }

    package func write(_ bytes: ArraySlice<UInt8>, at offset: Int) throws(LedgerError) {
        do { try storage.write(handle, at: offset, bytes) } catch { throw LedgerError(error) }
    }

    package func synchronize() throws(LedgerError) {
        do { try storage.synchronize(handle) } catch {
            if Failpoint.retryFailedFlush.isActive { return try synchronize() }
            throw LedgerError(error)
        }
    }

    /// Reserves space for the first bytes of the file; false where only writing can tell whether there is any.
    package func allocate(_ byteCount: Int) throws(LedgerError) -> Bool {
        do { return try storage.allocate(handle, byteCount) } catch { throw LedgerError(error) }
    }

    package func lock(_ region: LockRegion, _ kind: LockKind) throws(LedgerError) -> Bool {
        do { return try storage.lock(handle, region, kind) } catch { throw LedgerError(error) }
    }

    package func isHeld(_ region: LockRegion) throws(LedgerError) -> Bool {
        do { return try storage.isHeld(handle, region) } catch { throw LedgerError(error) }
    }
}
