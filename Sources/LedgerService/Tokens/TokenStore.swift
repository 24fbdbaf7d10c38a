package import Ledger

/// The tokens as the service sees them: those of the file, at most a second ago.
///
/// A file that cannot be read, that is damaged or that was removed makes every call throw: it never opens the service.
package final class TokenStore: Sendable {
    private struct State {
        /// What the file held when it was last read; nil where there was none.
        var bytes: [UInt8]?
        var list = Result<TokenList, LedgerError>.success(TokenList())
        /// When it is read again.
        var nextReading: ContinuousClock.Instant?
    }

    private let file: TokenFile
    private let state = Lock(State())

    private static let readingInterval: Duration = .seconds(1)

    /// The tokens in a file, which is read at the first call.
    package init(_ file: TokenFile) { self.file = file }

    /// The valid token of a text that a client sent; nil where there is none.
    ///
    /// Throws what is wrong with the file. O(tokens), in a time that does not depend on which token it is.
    package func check(_ text: String, at now: ContinuousClock.Instant) throws(LedgerError) -> Token? {
        try list(at: now).holder(of: text)
    }

    /// Whether a token was ever created: from then on every request over TCP needs one.
    ///
    /// Throws what is wrong with the file.
    package func hasEverHadTokens(at now: ContinuousClock.Instant) throws(LedgerError) -> Bool {
        try !list(at: now).tokens.isEmpty
    }

    private func list(at now: ContinuousClock.Instant) throws(LedgerError) -> TokenList {
        let list = state.withLock { state in
            if state.nextReading.map({ now >= $0 }) ?? true {
                read(into: &state)
                state.nextReading = now + Self.readingInterval
            }
            return state.list
        }
        return try list.get()
    }

    /// Reads the file, and its tokens where it has other bytes than before.
    ///
    /// The whole file and not its times: these are no finer than the clock's tick, and the file is small.
    private func read(into state: inout State) {
        do throws(LedgerError) {
            guard let bytes = try file.bytes() else {
                if state.bytes != nil { throw file.missing() }
                state.list = .success(TokenList())
                return
            }
            if case .success = state.list, bytes == state.bytes { return }
            state.bytes = bytes
            state.list = .success(try file.list(bytes))
        } catch {
            state.list = .failure(error)
        }
    }
}
