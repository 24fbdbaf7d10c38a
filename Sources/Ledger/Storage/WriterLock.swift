internal import Glibc
import TradeModel

/// The right to write to a ledger: one process at a time has it, and a crash gives it back.
struct WriterLock<S: Storage>: ~Copyable {
    static var fileName: String { "lock" }
    private static var pidByteCount: Int { 20 }
    private static var retryMilliseconds: Int32 { 5 }
    private static var attemptCountMax: Int { 2000 }

    private let file: OpenFile<S>

    /// Takes the lock. Readers that prove the tail hold it for a moment, which is waited for, 10 s at most; another
    /// writer is not.
    init(_ storage: S) throws(LedgerError) {
        let file = try OpenFile(storage, Self.fileName, .readingAndWriting)
        for _ in 0..<Self.attemptCountMax {
            if try file.lock(.exclusive) {
                let pid = String(getpid())
                try file.write(
                    Array(pid.utf8) + [UInt8](repeating: 0x20, count: Self.pidByteCount - pid.utf8.count),
                    at: 0
                )
                self.file = file
                return
            }
            if try file.lockHolder() == .exclusive { break }
            _ = poll(nil, 0, Self.retryMilliseconds)
        }
        let holder = try Self.pid(in: file).map { "process \($0)" } ?? "another process"
        throw LedgerError(
            .heldByAnotherWriter,
            "\(storage.directory) is held by \(holder)",
            remedy: "send events to that process, or stop it first; reading needs no lock"
        )
    }

    /// The process that holds a ledger for writing, or nil where none does.
    static func holder(_ storage: S) throws(LedgerError) -> Int32? {
        let file = try OpenFile(storage, fileName, .reading)
        guard try file.lockHolder() == .exclusive else { return nil }
        return try pid(in: file)
    }

    private static func pid(in file: borrowing OpenFile<S>) throws(LedgerError) -> Int32? {
        let text = String(decoding: try file.bytes(0..<pidByteCount), as: UTF8.self)
        return Int32(text.prefix { $0.isNumber })
    }
}
