package import Ledger
internal import LedgerTestSupport

/// A disk in memory with the same interface as the real one, and a kernel that caches pages and holds locks.
///
/// Before each call it notifies an observer, which can look at what a crash at that moment would leave. Sendable
/// because a simulation runs on one thread.
package final class SimulatedDisk: Storage, @unchecked Sendable {
    package typealias Handle = Int

    private enum Lockable: Equatable {
        case directory
        case region(LockRegion, file: Int)
    }

    private struct Lock {
        let what: Lockable
        let kind: LockKind
        let handle: Int
    }

    private struct OpenedFile {
        let file: Int
        let name: String
    }

    package let directory = "simulated"
    /// The content of the disk and its cache.
    package private(set) var image: DiskImage
    /// The number of calls so far.
    private(set) var callCount = 0
    /// When the names changed last.
    private var namesTick = 0
    private var tick: Int { callCount / 8 }
    /// Notified before each call.
    var beforeCall: (() -> Void)?
    /// The next fault, and the first call at which it can happen.
    var fault: (fault: DiskFault, fromCall: Int)?
    /// Whether the fault has happened.
    private(set) var hasFailed = false
    /// The file about which the disk lied.
    private(set) var falsifiedName: String?
    /// Space on the disk, in bytes.
    var byteCountMax = Int.max
    /// Whether the file system can read past the page cache, and allocate space without writing it.
    private let hasDirectReads: Bool
    private var canAllocate: Bool { hasDirectReads }
    private var generator: SeededGenerator
    /// Every handle so far; nil once it is closed.
    private var handles: [OpenedFile?] = []
    private var locks: [Lock] = []

    /// A machine that starts with a disk.
    package init(_ image: DiskImage, hasDirectReads: Bool = true, seed: UInt64 = 0) {
        self.image = image
        self.hasDirectReads = hasDirectReads
        generator = SeededGenerator(seed: seed)
    }

    package func open(_ name: String, _ access: FileAccess) throws(LedgerError) -> Int {
        try call()
        guard let file = image.file(named: name) else { throw .missing("open", path(name)) }
        return handle(file, name)
    }

    package func create(_ name: String) throws(LedgerError) -> Int {
        try call()
        namesTick = tick
        return handle(image.create(name), name)
    }

    package func close(_ handle: Int) {
        handles[handle] = nil
        if !locks.isEmpty { locks.removeAll { $0.handle == handle } }
    }

    package func read(
        _ handle: Int,
        at offset: Int,
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(LedgerError) -> Int {
        try call()
        let (file, name) = opened(handle)
        if takes(.failedRead) { throw .inputOutput("read", path(name)) }
        let cached = image.files[file].cached
        let count = max(0, min(buffer.count, cached.count - offset))
        if count > 0 { unsafe buffer.copyBytes(from: cached[offset..<(offset + count)]) }
        return count
    }

    package func write(_ handle: Int, at offset: Int, _ bytes: UnsafeRawBufferPointer) throws(LedgerError) {
        try call()
        let bytes = unsafe Array(bytes)
        let (file, name) = opened(handle)
        if takes(.failedWrite) {
            image.write(Array(bytes.prefix(Int(generator.next(below: UInt64(bytes.count + 1))))), to: file, at: offset)
            throw .inputOutput("write", path(name))
        }
        if fault?.fault.isSilent ?? false, callCount >= fault?.fromCall ?? 0 {
            falsifiedName = name
        }
        if takes(.lostWrite) { return image.writeAstray(bytes, to: file, at: offset, landingAt: nil) }
        if takes(.misdirectedWrite) {
            let sector = generator.next(below: UInt64(offset / SimulatedFile.sectorByteCount + 8))
            let place = Int(sector) * SimulatedFile.sectorByteCount
            return image.writeAstray(bytes, to: file, at: offset, landingAt: place)
        }
        let growth = max(0, offset + bytes.count - image.files[file].cached.count)
        guard growth <= room else {
            image.write(Array(bytes.prefix(max(0, bytes.count - (growth - room)))), to: file, at: offset)
            throw .full("write", path(name))
        }
        image.write(bytes, to: file, at: offset)
    }

    package func allocate(_ handle: Int, _ byteCount: Int) throws(LedgerError) -> Bool {
        try call()
        let (file, name) = opened(handle)
        guard canAllocate else { return false }
        let growth = byteCount - image.files[file].cached.count
        guard growth > 0 else { return true }
        guard growth <= room else { throw .full("allocate", path(name)) }
        image.write([UInt8](repeating: 0, count: growth), to: file, at: byteCount - growth)
        return true
    }

    package func synchronize(_ handle: Int) throws(LedgerError) {
        try call()
        let (file, name) = opened(handle)
        if takes(.failedFlush) {
            image.failFlush(file, &generator)
            throw .inputOutput("flush", path(name))
        }
        image.flush(file)
    }

    package func byteCount(_ handle: Int) throws(LedgerError) -> Int { image.files[opened(handle).file].cached.count }

    package func identity(_ handle: Int) throws(LedgerError) -> FileIdentity {
        FileIdentity(inode: image.files[opened(handle).file].inode, bornAtNanoseconds: 0)
    }

    package func readPastCache(_ name: String, _ range: Range<Int>) throws(LedgerError) -> [UInt8]? {
        try call()
        guard hasDirectReads else { return nil }
        guard let file = image.file(named: name) else { throw .missing("open", path(name)) }
        let bytes = image.files[file].bytesPastCache
        return Array(bytes[min(range.lowerBound, bytes.count)..<min(range.upperBound, bytes.count)])
    }

    /// Not a call that can fail: nobody beside the ledger puts files there.
    package func outsideNote(_ name: String) throws(LedgerError) -> [UInt8]? { image.contents(name) }

    package func rename(_ name: String, to newName: String) throws(LedgerError) {
        try call()
        guard image.file(named: name) != nil else { throw .missing("rename", path(name)) }
        namesTick = tick
        image.rename(name, to: newName)
    }

    package func remove(_ name: String) throws(LedgerError) {
        try call()
        guard image.file(named: name) != nil else { throw .missing("remove", path(name)) }
        namesTick = tick
        image.remove(name)
    }

    package func list() throws(LedgerError) -> [String] {
        try call()
        return image.fileNames
    }

    /// The clock that stamps the names moves every few calls, as the kernel's moves once per tick.
    package func namesStamp() throws(LedgerError) -> Int64? {
        try call()
        return tick > namesTick ? Int64(namesTick) : nil
    }

    package func synchronizeDirectory() throws(LedgerError) {
        try call()
        if takes(.failedDirectoryFlush) { throw .inputOutput("flush directory", directory) }
        image.flushNames()
    }

    package func synchronizeParentDirectory() throws(LedgerError) { try call() }

    package func lock(_ handle: Int, _ region: LockRegion, _ kind: LockKind) throws(LedgerError) -> Bool {
        take(.region(region, file: opened(handle).file), kind, handle)
    }

    package func isHeld(_ handle: Int, _ region: LockRegion) throws(LedgerError) -> Bool {
        let what = Lockable.region(region, file: opened(handle).file)
        return locks.contains { $0.what == what && $0.kind == .exclusive && $0.handle != handle }
    }

    package func lockDirectory(_ kind: LockKind) throws(LedgerError) -> Int? {
        // An invalid handle.
        handles.append(nil)
        let handle = handles.count - 1
        return take(.directory, kind, handle) ? handle : nil
    }

    private func take(_ what: Lockable, _ kind: LockKind, _ handle: Int) -> Bool {
        let others = locks.filter { $0.what == what && $0.handle != handle }
        guard others.allSatisfy({ kind == .shared && $0.kind == .shared }) else { return false }
        locks.append(Lock(what: what, kind: kind, handle: handle))
        return true
    }

    package func isNamed(_ handle: Int, _ name: String) throws(LedgerError) -> Bool {
        image.file(named: name) == opened(handle).file
    }

    /// Nobody moves or removes the directory.
    package func displacement() throws(LedgerError) -> Displacement? { nil }

    /// Somebody puts a file there, or removes it, beside the ledger.
    func replace(_ name: String, _ bytes: [UInt8]?) { image.replace(name, bytes) }

    /// Evicts clean pages from the page cache.
    func evict() { image.evict() }

    private func call() throws(LedgerError) {
        beforeCall?()
        callCount += 1
    }

    private func takes(_ kind: DiskFault) -> Bool {
        guard let fault, fault.fault == kind, callCount >= fault.fromCall else { return false }
        self.fault = nil
        hasFailed = true
        return true
    }

    /// The free bytes of the disk.
    ///
    /// This runs before each write, so it counts files only if there is a limit.
    private var room: Int { byteCountMax == .max ? .max : max(0, byteCountMax - image.byteCount) }

    private func handle(_ file: Int, _ name: String) -> Int {
        handles.append(OpenedFile(file: file, name: name))
        return handles.count - 1
    }

    private func opened(_ handle: Int) -> (file: Int, name: String) {
        guard let opened = handles[handle] else { preconditionFailure("the handle is open") }
        return (opened.file, opened.name)
    }

    private func path(_ name: String) -> String { directory + "/" + name }
}
