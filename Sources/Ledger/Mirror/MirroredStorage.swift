internal import Glibc

/// Two directories that hold the same files, as one: what is written goes to both, and is durable once both say so.
///
/// A copy whose disk fails is *detached*: the other goes on alone, after it has noted on its own disk that this one is
/// behind, so that nothing is acknowledged by one copy that the other could contradict in silence. A detached copy
/// stays so for the life of this storage. What both copies refuse is refused.
///
/// A full disk detaches nothing: it counts as full for both, because events that are refused are noticed and a mirror
/// that has gone is not. Without a second directory this is the first, and nothing else.
package final class MirroredStorage<S: Storage>: Sendable {
    /// An open file: of a copy that was attached when it was opened.
    package struct Handle: Sendable {
        let first: S.Handle?
        let second: S.Handle?
    }

    private struct State {
        var detached: (copy: MirrorSide, fault: StorageError)?
        /// Whether this process is the writer of both, who alone may note that a copy is behind.
        var isWriter = false
    }

    let first: S
    private let mirror: S
    private let hasMirror: Bool
    /// Nil where the ledger has no mirror.
    var second: S? { hasMirror ? mirror : nil }
    /// Whether a copy that holds no ledger is to be filled: that is how a mirror begins.
    let isBeginning: Bool
    private let clock: LedgerClock
    let flusher: FlushThread<S>?
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
        mirror = second ?? first
        hasMirror = second != nil
        self.isBeginning = isBeginning
        self.clock = clock
        self.flusher = flusher
    }

    /// The copy that is read, and the only one that is left where the other is detached.
    var attached: MirrorSide { state.withLock { $0.detached?.copy.other ?? .first } }

    /// Whether the first copy holds everything that the ledger does.
    package var isFirstAttached: Bool { attached == .first }

    func copy(_ copy: MirrorSide) -> S { copy == .first ? first : mirror }

    /// The copy that is detached, and why; nil where both are in step or there is one alone.
    var detached: (copy: MirrorSide, fault: StorageError)? { state.withLock { $0.detached } }

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

    /// Takes note that the locks of both copies are held: from now on what falls behind is noted on disk.
    func noteWriter() throws(StorageError) {
        try state.withLock { (state) throws(StorageError) in
            state.isWriter = true
            if let (copy, fault) = state.detached { try note(copy, fault) }
        }
    }

    /// Goes on without a copy, unless it is the last; returns once the other has noted that.
    func detach(_ copy: MirrorSide, _ fault: StorageError) throws(StorageError) {
        guard hasMirror else { throw fault }
        try state.withLock { (state) throws(StorageError) in
            if let known = state.detached {
                guard known.copy == copy else { throw fault }
                return
            }
            if state.isWriter { try note(copy, fault) }
            state.detached = (copy, fault)
        }
    }

    private func note(_ copy: MirrorSide, _ fault: StorageError) throws(StorageError) {
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
        _ operation: (MirrorSide) throws(StorageError) -> Result,
        undo: (MirrorSide, Result) -> Void = { _, _ in }
    ) throws(StorageError) -> (first: Result?, second: Result?) {
        guard hasMirror else { return (try operation(.first), nil) }
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

    func settled<Value>(
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

    func attempt<Value>(_ body: () throws(StorageError) -> Value) -> Result<Value, StorageError> {
        Result(catching: body)
    }

    /// Does the same to the open file of each copy that is attached.
    func each<Result>(
        _ handle: Handle,
        _ operation: (S, S.Handle) throws(StorageError) -> Result
    ) throws(StorageError) -> (first: Result?, second: Result?) {
        try each { (copy) throws(StorageError) in try operation(self.copy(copy), try file(handle, copy)) }
    }

    /// Asks the copy that is read, and the other where its disk fails.
    func either<Result>(_ question: (MirrorSide) throws(StorageError) -> Result) throws(StorageError) -> Result {
        let copy = attached
        do throws(StorageError) { return try question(copy) } catch {
            guard error.isFaultOfDisk, hasMirror, detached == nil else { throw error }
            let answer = try question(copy.other)
            try detach(copy, error)
            return answer
        }
    }

    func file(_ handle: Handle, _ copy: MirrorSide) throws(StorageError) -> S.Handle {
        guard let file = copy == .first ? handle.first : handle.second else {
            throw StorageError("use", path: self.copy(copy).directory, errno: EIO, reason: "it was detached")
        }
        return file
    }
}

/// One of the two directories of a ledger that has a mirror.
enum MirrorSide: Sendable {
    case first
    case second

    var other: MirrorSide { self == .first ? .second : .first }
}
