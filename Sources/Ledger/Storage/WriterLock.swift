internal import Glibc
import TradeModel

/// The right to write to a ledger: one process at a time has it, and a crash gives it back.
struct WriterLock<S: Storage>: ~Copyable {
    static var fileName: String { "lock" }
    private static var pidByteCount: Int { 20 }
    private static var retryMilliseconds: Int32 { 5 }
    private static var attemptCountMax: Int { 2000 }

    private let file: OpenFile<S>

    /// What the lock is taken for.
    enum Purpose {
        /// Events are appended, which a plain copy does not take.
        case appending
        /// Files are mended, also those of a plain copy.
        case mending
    }

    /// Takes the lock.
    ///
    /// Another writer is not waited for; readers that prove the tail are, for they hold it for a moment only, and none
    /// begins once a writer is there. A backup has no writer, and a plain copy none until it was accepted.
    init(_ storage: S, for purpose: Purpose = .appending) throws(LedgerError) {
        try BackupMarker.checkAbsent(storage)
        let file = try OpenFile(storage, Self.fileName, .readingAndWriting)
        guard try file.lock(.writer, .exclusive) else {
            let holder = try Self.pid(in: file).map { "process \($0)" } ?? "another process"
            throw LedgerError(
                .heldByAnotherWriter,
                "\(storage.directory) is held by \(holder)",
                remedy: "send events to that process, or stop it first; reading needs no lock"
            )
        }
        if purpose == .appending, try Self.isOfPlainCopy(file) {
            throw LedgerError(.plainCopy(lockFile: Self.fileName), in: storage.directory)
        }
        let pid = String(getpid())
        try file.write(
            Array(pid.utf8) + [UInt8](repeating: 0x20, count: Self.pidByteCount - pid.utf8.count),
            at: 0
        )
        try Self.waitForReaders(file, storage)
        self.file = file
    }

    /// Tells readers that what is published holds from now on: before, the note may be older than what they have seen.
    func notePublished() throws(LedgerError) {
        let isTaken = try file.lock(.published, .exclusive)
        precondition(isTaken, "only the writer locks this region")
    }

    /// Notes that the ledger is about to be written to: a copy of the directory is told from it from now on.
    func noteHeld() throws(LedgerError) {
        try file.write(LockNote(.held, try file.identity()).encoded(), at: Self.pidByteCount)
    }

    /// Notes that the ledger is whole and at rest: a copy of the directory is as good as it from now on.
    func noteClosed() throws(LedgerError) {
        try file.write(LockNote(.closed, try file.identity()).encoded(), at: Self.pidByteCount)
        try file.synchronize()
    }

    /// Whether the directory was copied, with other means than a backup, while a writer had it or after it crashed.
    static func isPlainCopy(_ storage: S) throws(LedgerError) -> Bool {
        try isOfPlainCopy(try OpenFile(storage, fileName, .reading))
    }

    private static func isOfPlainCopy(_ file: OpenFile<S>) throws(LedgerError) -> Bool {
        let bytes = try file.bytes(pidByteCount..<(pidByteCount + LockNote.byteCount))
        guard let note = LockNote(bytes[...]), note.state == .held else { return false }
        return try note.identity != file.identity()
    }

    /// The process that holds a ledger for writing, or nil where none does.
    static func holder(_ storage: S) throws(LedgerError) -> Int32? {
        let file = try OpenFile(storage, fileName, .reading)
        guard try file.isHeld(.writer) else { return nil }
        return try pid(in: file)
    }

    private static func waitForReaders(_ file: OpenFile<S>, _ storage: S) throws(LedgerError) {
        for _ in 0..<attemptCountMax {
            if try file.lock(.tail, .exclusive) { return }
            _ = poll(nil, 0, retryMilliseconds)
        }
        throw LedgerError(
            .unusable,
            "a reader has held the end of \(storage.directory) for 10 s",
            remedy: "find the process that reads it and hangs, and end it"
        )
    }

    private static func pid(in file: OpenFile<S>) throws(LedgerError) -> Int32? {
        let text = String(decoding: try file.bytes(0..<pidByteCount), as: UTF8.self)
        return Int32(text.prefix { $0.isNumber })
    }
}
