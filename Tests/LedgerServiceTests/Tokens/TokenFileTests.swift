import Glibc
import Ledger
import LedgerTestSupport
import Testing
import TradeModel

@testable import LedgerService

@Suite struct `The file of tokens` {
    private let ledger: TokenLedger

    init() throws {
        ledger = try TokenLedger()
    }

    @Test func `keeps what a token may do, and of its text only the hash`() throws {
        let (first, text) = try ledger.file.create(.append, name: TokenName("bot \"ü\""))
        ledger.clock.advance(microseconds: 1)
        let (second, other) = try ledger.file.create(.admin, name: nil)
        #expect(try ledger.file.tokens() == [first, second])
        #expect(first.name?.description == "bot \"ü\"" && first.role == .append && first.revokedAt == nil)
        #expect(second.createdAt.microsecondsSince1970 == first.createdAt.microsecondsSince1970 + 1)
        #expect(text.secret.hasPrefix("tl_") && text.secret.utf8.count == 67 && text.secret != other.secret)
        let stored = String(decoding: try ledger.bytes(), as: UTF8.self)
        #expect(!stored.contains(text.secret.dropFirst(3)) && !stored.contains(other.secret.dropFirst(3)))
    }

    @Test func `can be read and written by its owner alone`() throws {
        _ = try ledger.file.create(.read, name: nil)
        let file = try #require(try PrivateFile(PosixStorage(directory: ledger.directory.path), "tokens").read())
        #expect(file.rightsOfOthers == 0)
        try ledger.write(file.bytes, mode: 0o640)
        let error = #expect(throws: LedgerError.self) { try ledger.file.tokens() }
        #expect(error?.description.contains("chmod 600 \(ledger.path)") == true)
    }

    @Test(.enabled(if: geteuid() == 0, "this user may not give files away"))
    func `belongs to the owner of the directory if root creates the token`() throws {
        let owner: uid_t = 65_534
        try #require(unsafe chown(ledger.directory.path, owner, owner) == 0)
        _ = try ledger.file.create(.read, name: nil)
        var status = stat()
        try #require(unsafe stat(ledger.path, &status) == 0)
        #expect(status.st_uid == owner && status.st_mode & 0o777 == 0o600)
    }

    @Test func `keeps a token that was revoked, with the first time`() throws {
        let id = try ledger.file.create(.read, name: nil).token.id
        let revoked = try #require(try ledger.file.revoke(id))
        #expect(revoked.revokedAt == revoked.createdAt)
        let bytes = try ledger.bytes()
        ledger.clock.advance(microseconds: 1)
        #expect(try ledger.file.revoke(id) == revoked)
        #expect(try ledger.bytes() == bytes)
        #expect(try ledger.file.revoke("00000000") == nil)
    }

    @Test(.onOwnThread) func `loses nothing if many change it at once`() throws {
        let path = ledger.directory.path
        let failures = Lock<[String]>([])
        let threadCount = 6
        let ended = Semaphore()
        for number in 0..<threadCount {
            BackgroundThread.start {
                do {
                    for _ in 0..<5 { _ = try TokenFile(of: path).create(.read, name: TokenName("\(number)")) }
                } catch {
                    failures.withLock { $0.append("\(error)") }
                }
                ended.post()
            }
        }
        for _ in 0..<threadCount { ended.wait() }
        #expect(failures.withLock { $0 } == [])
        let tokens = try ledger.file.tokens()
        #expect(Set(tokens.map(\.id)).count == 5 * threadCount)
        for number in 0..<threadCount { #expect(tokens.count { $0.name?.description == "\(number)" } == 5) }
    }

    @Test func `is refused after a change of any byte, and cut anywhere`() throws {
        for role in TokenRole.allCases { _ = try ledger.file.create(role, name: TokenName("n")) }
        let bytes = try ledger.bytes()
        for index in bytes.indices {
            var damaged = bytes
            damaged[index] ^= 1 << UInt8(index % 8)
            #expect(throws: TokenList.Fault.self) { try TokenList(decoding: damaged) }
            #expect(throws: TokenList.Fault.self) { try TokenList(decoding: Array(bytes[..<index])) }
            #expect(throws: TokenList.Fault.self) { try TokenList(decoding: Array(bytes[(index + 1)...])) }
        }
        #expect(try TokenList(decoding: bytes).tokens == ledger.file.tokens())
    }

    @Test func `is refused without tokens, also with a right checksum`() throws {
        #expect(throws: TokenList.Fault.self) { try TokenList(decoding: TokenList().encoded()) }
        #expect(throws: TokenList.Fault.self) { try TokenList(decoding: []) }
    }

    @Test func `changes nothing that is damaged, and says what to do`() throws {
        _ = try ledger.file.create(.read, name: nil)
        let damaged = try ledger.bytes().dropLast()
        try ledger.write(Array(damaged))
        for attempt in [
            { _ = try ledger.file.create(.read, name: nil) }, { _ = try ledger.file.revoke("00000000") },
            { _ = try ledger.file.tokens() },
        ] as [() throws -> Void] {
            #expect { try attempt() } throws: { isDamage($0) }
        }
        #expect(try ledger.bytes() == Array(damaged))
    }

    @Test(arguments: ["", "\u{1B}[31m", "a\nb", "\u{202E}x", String(repeating: "x", count: 129)])
    func `takes no name that cannot be read`(name: String) {
        #expect(TokenName(name) == nil)
    }
}
