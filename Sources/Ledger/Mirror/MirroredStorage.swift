internal import Glibc

/// Two directories that hold the same files, as one: what is written goes to both, and is durable once both say so.
///
/// A copy whose disk fails is *detached*: the other goes on alone, after it has noted on its own disk that this one is
/// behind, so that nothing is acknowledged by one copy that the other could contradict in silence. A detached copy
/// stays so for the life of this storage. What both copies refuse is refused.
///
/// A full disk detaches nothing: it counts as full for both, because events that are refused are noticed and a mirror
/// that has gone is not. Without a second directory this is the first, and nothing else.
package final class MirroredStorage<S: Storage>: Storage {
    /// An open file: of a copy that was attached when it was opened.
    package struct Handle: Sendable {
        let first: S.Handle?
        let second: S.Handle?
    }

    /// One of the two copies.
    enum Copy: Sendable {
        case first
        case second

        var other: Copy { self == .first ? .second : .first }
    }

    private struct State {
        var detached: (copy: Copy, fault: StorageError)?
        /// Whether this process is the writer of both, who alone may note that a copy is behind.
        var isWriter = false
    }

    let first: S
    /// Nil where the ledger has no mirror.
    let second: S?
    /// Whether a copy that holds no ledger is to be filled: that is how a mirror begins.
    let isBeginning: Bool
    private let clock: LedgerClock
    private let flusher: FlushThread<S>?
    /// Held while a copy is detached, so that nobody goes on with the other before that is noted.
    private let state = Lock(State())

    /// The files of both directories.
    ///
    /// With a flusher both are flushed at the same time, without one after the other.
    package init(
        _ first: S,
        _ second: S?,
        isBeginning: Bool = true,
        clock: LedgerClock,
        flusher: FlushThread<S>? = nil
    ) {
        self.first = first
        self.second = second
        self.isBeginning = isBeginning
        self.clock = clock
        self.flusher = flusher
    }

    package var directory: String { copy(attached).directory }

    /// The copy that is read, and the only one that is left where the other is detached.
    private var attached: Copy { state.withLock { $0.detached?.copy.other ?? .first } }

    /// Whether the first copy holds everything that the ledger does.
    package var isFirstAttached: Bool { attached == .first }

    func copy(_ copy: Copy) -> S { copy == .first ? first : second ?? first }

    /// The copy that is detached, and why; nil where both are in step or there is one alone.
    var detached: (copy: Copy, fault: StorageError)? { state.withLock { $0.detached } }

    /// That one of the copies is gone, for people; nil where both are in step or there is one alone.
    package var fault: LedgerError? {
        guard let (copy, fault) = detached else { return nil }
        return LedgerError(
            .inputOutput(errno: fault.errno),
            "\(self.copy(copy).directory) is detached, \(self.copy(copy.other).directory) goes on alone: "
                + "cannot \(fault.operation) \(fault.path): \(fault.reason)",
            remedy: "see to that disk; opening the ledger with both brings them in step again"
        )
    }

    // MARK: Detaching

    /// Takes note that the locks of both copies are held: from now on what falls behind is noted on disk.
    func noteWriter() throws(StorageError) {
        try state.withLock { (state) throws(StorageError) in
            state.isWriter = true
            if let (copy, fault) = state.detached { try note(copy, fault) }
        }
    }

    /// Goes on without a copy, unless it is the last; returns once the other has noted that.
    func detach(_ copy: Copy, _ fault: StorageError) throws(StorageError) {
        guard second != nil else { throw fault }
        try state.withLock { (state) throws(StorageError) in
            if let known = state.detached {
                guard known.copy == copy else { throw fault }
                return
            }
            if state.isWriter { try note(copy, fault) }
            state.detached = (copy, fault)
        }
    }

    private func note(_ copy: Copy, _ fault: StorageError) throws(StorageError) {
        let survivor = self.copy(copy.other)
        // An older note says from where on the other is behind.
        guard try MirrorNote.read(survivor) == nil else { return }
        let published = try WholeFile(survivor, DurablePosition.fileName).read() ?? []
        try MirrorNote(
            directory: self.copy(copy).directory,
            since: clock.now(),
            sequence: DurablePosition.decode(published) ?? 0,
            reason: "cannot \(fault.operation) \(fault.path): \(fault.reason)"
        ).write(survivor)
    }

    /// Does the same to each copy that is attached.
    ///
    /// `undo` takes back what one copy did where the whole is refused.
    func each<Result>(
        _ operation: (Copy) throws(StorageError) -> Result,
        undo: (Copy, Result) -> Void = { _, _ in }
    ) throws(StorageError) -> (first: Result?, second: Result?) {
        guard second != nil else { return (try operation(.first), nil) }
        if let gone = detached?.copy {
            let result = try operation(gone.other)
            return gone == .first ? (nil, result) : (result, nil)
        }
        let one = attempt { () throws(StorageError) in try operation(.first) }
        let two = attempt { () throws(StorageError) in try operation(.second) }
        do throws(StorageError) { return try settled(one, two) } catch {
            if case .success(let result) = one { undo(.first, result) }
            if case .success(let result) = two { undo(.second, result) }
            throw error
        }
    }

    private func settled<Value>(
        _ one: Result<Value, StorageError>,
        _ two: Result<Value, StorageError>
    ) throws(StorageError) -> (first: Value?, second: Value?) {
        switch (one, two) {
        case (.success(let one), .success(let two)): return (one, two)
        case (.failure(let fault), .success(let two)) where fault.isFaultOfDisk:
            try detach(.first, fault)
            return (nil, two)
        case (.success(let one), .failure(let fault)) where fault.isFaultOfDisk:
            try detach(.second, fault)
            return (one, nil)
        case (.failure(let broken), .failure(let fault)) where broken.errno == EIO && fault.errno != EIO:
            try detach(.first, broken)
            throw fault
        case (.failure(let fault), .failure(let broken)) where broken.errno == EIO && fault.errno != EIO:
            try detach(.second, broken)
            throw fault
        case (.failure(let fault), _), (_, .failure(let fault)): throw fault
        }
    }

    private func attempt<Value>(_ body: () throws(StorageError) -> Value) -> Result<Value, StorageError> {
        Result(catching: body)
    }

    /// Does the same to the open file of each copy that is attached.
    private func each<Result>(
        _ handle: Handle,
        _ operation: (S, S.Handle) throws(StorageError) -> Result
    ) throws(StorageError) -> (first: Result?, second: Result?) {
        try each { (copy) throws(StorageError) in try operation(self.copy(copy), try file(handle, copy)) }
    }

    /// Asks the copy that is read, and the other where its disk fails.
    private func either<Result>(_ question: (Copy) throws(StorageError) -> Result) throws(StorageError) -> Result {
        let copy = attached
        do throws(StorageError) { return try question(copy) } catch {
            guard error.isFaultOfDisk, second != nil, detached == nil else { throw error }
            let answer = try question(copy.other)
            try detach(copy, error)
            return answer
        }
    }

    private func file(_ handle: Handle, _ copy: Copy) throws(StorageError) -> S.Handle {
        guard let file = copy == .first ? handle.first : handle.second else {
            throw StorageError("use", path: self.copy(copy).directory, errno: EIO, reason: "it was detached")
        }
        return file
    }

    // MARK: Files

    package func open(_ name: String, _ access: FileAccess) throws(StorageError) -> Handle {
        try handle { (copy) throws(StorageError) in try self.copy(copy).open(name, access) }
    }

    package func create(_ name: String) throws(StorageError) -> Handle {
        try handle { (copy) throws(StorageError) in try self.copy(copy).create(name) }
    }

    private func handle(_ open: (Copy) throws(StorageError) -> S.Handle) throws(StorageError) -> Handle {
        let (first, second) = try each(open) { self.copy($0).close($1) }
        return Handle(first: first, second: second)
    }

    package func close(_ handle: Handle) {
        if let file = handle.first { first.close(file) }
        if let second, let file = handle.second { second.close(file) }
    }

    package func read(
        _ handle: Handle,
        at offset: Int,
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(StorageError) -> Int {
        try either { (copy) throws(StorageError) in
            try unsafe self.copy(copy).read(try file(handle, copy), at: offset, into: buffer)
        }
    }

    package func write(_ handle: Handle, at offset: Int, _ bytes: UnsafeRawBufferPointer) throws(StorageError) {
        _ = try each(handle) { (storage, file) throws(StorageError) in
            try unsafe storage.write(file, at: offset, bytes)
        }
    }

    package func synchronize(_ handle: Handle) throws(StorageError) {
        if let second, let other = handle.second, detached == nil, let flusher, flusher.begin(second, other) {
            let one = attempt { () throws(StorageError) in try first.synchronize(try file(handle, .first)) }
            let two = attempt { () throws(StorageError) in try flusher.finish() }
            _ = try settled(one, two)
            return
        }
        _ = try each { (copy) throws(StorageError) in
            if copy == .second && Mutation.acknowledgeOneFlush.isActive { return }
            try self.copy(copy).synchronize(try file(handle, copy))
        }
    }

    package func byteCount(_ handle: Handle) throws(StorageError) -> Int {
        try either { (copy) throws(StorageError) in try self.copy(copy).byteCount(try file(handle, copy)) }
    }

    package func allocate(_ handle: Handle, _ byteCount: Int) throws(StorageError) -> Bool {
        let (first, second) = try each(handle) { (storage, file) throws(StorageError) in
            try storage.allocate(file, byteCount)
        }
        return first ?? true && second ?? true
    }

    package var fileByteCountMax: Int { first.fileByteCountMax }

    package func readPastCache(_ name: String, _ range: Range<Int>) throws(StorageError) -> [UInt8]? {
        let (one, two) = try each { (copy) throws(StorageError) in
            try self.copy(copy).readPastCache(name, range)
        }
        guard let first = one, let second = two, let bytes = first, let others = second else {
            return (one ?? nil) ?? (two ?? nil)
        }
        if bytes != others {
            let path = copy(.second).directory + "/" + name
            try detach(.second, StorageError("read past the cache", path: path, errno: EIO, reason: "the disks differ"))
        }
        return bytes
    }

    // MARK: Names

    package func rename(_ name: String, to newName: String) throws(StorageError) {
        _ = try each { (copy) throws(StorageError) in try self.copy(copy).rename(name, to: newName) }
    }

    package func remove(_ name: String) throws(StorageError) {
        // After a full disk one copy may have what the other had no room for.
        let (first, second) = try each { (copy) throws(StorageError) -> StorageError? in
            do throws(StorageError) { try self.copy(copy).remove(name) } catch {
                guard FileFault(errno: error.errno).isMissing else { throw error }
                return error
            }
            return nil
        }
        if let missing = first ?? nil, second == nil || second ?? nil != nil { throw missing }
        if first == nil, let missing = second ?? nil { throw missing }
    }

    package func list() throws(StorageError) -> [String] {
        try either { (copy) throws(StorageError) in try self.copy(copy).list() }
    }

    package func synchronizeDirectory() throws(StorageError) {
        _ = try each { (copy) throws(StorageError) in try self.copy(copy).synchronizeDirectory() }
    }

    package func synchronizeParentDirectory() throws(StorageError) {
        _ = try each { (copy) throws(StorageError) in try self.copy(copy).synchronizeParentDirectory() }
    }

    // MARK: Locks

    package func lock(_ handle: Handle, _ region: LockRegion, _ kind: LockKind) throws(StorageError) -> Bool {
        let (first, second) = try each(handle) { (storage, file) throws(StorageError) in
            try storage.lock(file, region, kind)
        }
        return first ?? true && second ?? true
    }

    package func isHeld(_ handle: Handle, _ region: LockRegion) throws(StorageError) -> Bool {
        let (first, second) = try each(handle) { (storage, file) throws(StorageError) in
            try storage.isHeld(file, region)
        }
        return first ?? false || second ?? false
    }
}
