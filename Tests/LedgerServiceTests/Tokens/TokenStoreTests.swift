import Ledger
import LedgerTestSupport
import Testing

@testable import LedgerService

@Suite struct `The tokens as the service sees them` {
    private let ledger: TokenLedger
    private let store: TokenStore
    private let start = ContinuousClock.now

    init() throws {
        ledger = try TokenLedger()
        store = TokenStore(ledger.file)
    }

    private func after(_ milliseconds: Int) -> ContinuousClock.Instant { start + .milliseconds(milliseconds) }

    @Test func `are those of the file within a second`() throws {
        #expect(try !store.hasEverHadTokens(at: start))
        let (token, text) = try ledger.file.create(.append, name: nil)
        #expect(try !store.hasEverHadTokens(at: after(999)))
        #expect(try store.check(text.secret, at: after(1000)) == token)
        #expect(try store.hasEverHadTokens(at: after(1000)))
        _ = try ledger.file.revoke(token.id)
        #expect(try store.check(text.secret, at: after(1999)) == token)
        #expect(try store.check(text.secret, at: after(2000)) == nil)
    }

    @Test func `count as ever had after the last one was revoked`() throws {
        _ = try ledger.file.revoke(try ledger.file.create(.read, name: nil).token.id)
        #expect(try store.hasEverHadTokens(at: start))
    }

    @Test func `are each found among others`() throws {
        let made = try (0..<20).map { _ in try ledger.file.create(.read, name: nil) }
        for (token, text) in made { #expect(try store.check(text.secret, at: start) == token) }
    }

    @Test func `are not found by any other text`() throws {
        let text = try ledger.file.create(.admin, name: nil).text.secret
        let (end, digit) = (text.dropFirst(3), text.last == "0" ? "1" : "0")
        let others = [
            "", "tl_", "\(text.dropLast())", "\(text)0", text.uppercased(), "\(text)\0", "\0\(text)", " \(text)",
            "\(end)", "tx_\(end)", "\(text.dropLast())\0", "\(text.dropLast())g", "\(text.dropLast())\(digit)",
            "\(text.dropLast(2))é",
        ]
        for other in others { #expect(try store.check(other, at: start) == nil, "\(other.debugDescription)") }
    }

    @Test func `make every call throw while the file is damaged, and come back with it`() throws {
        let (token, text) = try ledger.file.create(.read, name: nil)
        let bytes = try ledger.bytes()
        #expect(try store.check(text.secret, at: start) == token)
        try ledger.write(bytes + bytes)
        #expect { try store.check(text.secret, at: after(1000)) } throws: { isDamage($0) }
        #expect { try store.hasEverHadTokens(at: after(1500)) } throws: { isDamage($0) }
        #expect { try store.hasEverHadTokens(at: after(2500)) } throws: { isDamage($0) }
        try ledger.write(bytes)
        #expect(try store.check(text.secret, at: after(3500)) == token)
    }

    @Test func `make every call throw once the file was removed`() throws {
        let (token, text) = try ledger.file.create(.read, name: nil)
        let bytes = try ledger.bytes()
        #expect(try store.hasEverHadTokens(at: start))
        try ledger.remove()
        for time in [1000, 2000, 3000] {
            #expect { try store.hasEverHadTokens(at: after(time)) } throws: { isDamage($0) }
        }
        try ledger.write(bytes)
        #expect(try store.check(text.secret, at: after(4000)) == token)
    }

    @Test func `make every call throw if the file was damaged from the beginning`() throws {
        try ledger.write([])
        #expect { try store.hasEverHadTokens(at: start) } throws: { isDamage($0) }
        #expect { try store.check("tl_", at: start) } throws: { isDamage($0) }
    }
}
