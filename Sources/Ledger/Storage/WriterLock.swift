internal import Glibc
import TradeModel

/// The right to write to a ledger: one process at a time has it, and a crash gives it back.
struct WriterLock<S: Storage>: ~Copyable {
    static var fileName: String { "lock" }
    private static var pidByteCount: Int { 20 }
    private static var retryMilliseconds: Int32 { 5 }
    private static var attemptCountMax: Int { 2000 }

    private let file: OpenFile<S>

    /// Takes the lock.
    ///
    /// Another writer is not waited for; readers that prove the tail are, for they hold it for a moment only, and none
    /// begins once a writer is there.
    init(_ storage: S) throws(LedgerError) {
        let file = try OpenFile(storage, Self.fileName, .readingAndWriting)
        guard try file.lock(.writer, .exclusive) else {
            let holder = try Self.pid(in: file).map { "process \($0)" } ?? "another process"
            throw LedgerError(
                .heldByAnotherWriter,
                "\(storage.directory) is held by \(holder)",
                remedy: "send events to that process, or stop it first; reading needs no lock"
            )
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
