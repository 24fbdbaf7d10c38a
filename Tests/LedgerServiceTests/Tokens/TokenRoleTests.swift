import LedgerService
import Testing

@Suite struct `The roles of tokens` {
    @Test func `have the names of the contract`() {
        #expect(TokenRole.allCases.map(\.rawValue) == ["append", "read", "admin"])
    }
}
