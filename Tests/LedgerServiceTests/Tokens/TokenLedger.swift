import Glibc
import Ledger
import LedgerTestSupport
import Testing

@testable import LedgerService

/// A new ledger, and the file of its tokens.
struct TokenLedger {
    let directory = TemporaryDirectory()
    let clock = ManualClock()
    let file: TokenFile

    init() throws {
        try Ledger.create(in: directory.path)
        file = try TokenFile(of: directory.path, clock: clock.clock)
    }

    var path: String { directory.path + "/tokens" }

    /// The bytes of the file.
    func bytes() throws -> [UInt8] { try #require(try PrivateFile(storage, "tokens").read()).bytes }

    /// Replaces the file.
    func write(_ bytes: [UInt8], mode: UInt32 = 0o600) throws {
        try PrivateFile(storage, "tokens").replace(bytes, mode: mode)
    }

    func remove() throws {
        guard unsafe unlink(path) == 0 else { throw SystemFailure(operation: "unlink", number: errno) }
    }

    private var storage: PosixStorage { PosixStorage(directory: directory.path) }
}

/// Whether an error is damage whose message says what to do.
func isDamage(_ error: any Error) -> Bool {
    guard let error = error as? LedgerError else { return false }
    return error.code == .damaged && error.remedy.contains("bring the file back")
}
