package import Ledger
internal import TradeModel

/// The file `tokens` in a ledger's directory, which commands change while the service reads it.
///
/// Each change replaces the whole file, so that a reader never sees half of one. See `schema/segment-format.md`, "The
/// file `tokens`".
package struct TokenFile: Sendable {
    private let storage: PosixStorage
    private let clock: LedgerClock

    private static let fileName = "tokens"
    private static let mode: UInt32 = 0o600

    /// The file of the ledger in a directory.
    ///
    /// Throws `notALedger` where there is none.
    package init(of directory: String, clock: LedgerClock = .system) throws(LedgerError) {
        storage = try LedgerReader(opening: directory).log.storage
        self.clock = clock
    }

    /// Creates a token, durable when this returns; the only moment at which its text is known.
    ///
    /// Throws `damaged` where the file is, and `invalidRequest` in a backup.
    package func create(_ role: TokenRole, name: TokenName?) throws(LedgerError) -> (token: Token, text: TokenText) {
        try change { (list) throws(LedgerError) in
            let text = TokenText(random: clock.random(), clock.random())
            var id: String
            repeat { id = newID() } while list.hasToken(ofID: id)
            let token = Token(id: id, name: name, role: role, createdAt: clock.now(), hash: text.hash)
            list.add(token)
            return (token, text)
        }
    }

    private func newID() -> String {
        var bytes: [UInt8] = []
        bytes.appendLittleEndian(clock.random().0)
        return Hexadecimal.text(bytes.prefix(Token.idByteCount))
    }

    /// Revokes the token of an id, durable when this returns; one that was revoked before keeps its time.
    ///
    /// Nil where there is no such token. Throws as `create` does.
    package func revoke(_ id: String) throws(LedgerError) -> Token? {
        try change { (list) throws(LedgerError) in list.revoke(id, at: clock.now()) }
    }

    /// All tokens, also those that were revoked, in the order in which they were created.
    ///
    /// Throws `damaged` where the file is.
    package func tokens() throws(LedgerError) -> [Token] { try bytes().map(list)?.tokens ?? [] }

    /// Changes the list and replaces the file, if the list is another one then.
    private func change<Result>(
        _ body: (inout TokenList) throws(LedgerError) -> Result
    ) throws(LedgerError) -> Result {
        try BackupMarker.checkAbsent(storage)
        let lock = try SideFileLock(storage)
        return try withExtendedLifetime(lock) { () throws(LedgerError) in
            let known = if let bytes = try bytes() { try list(bytes) } else { TokenList() }
            var list = known
            let result = try body(&list)
            if list != known { try file.replace(list.encoded(), mode: Self.mode) }
            return result
        }
    }

    private var file: PrivateFile { PrivateFile(storage, Self.fileName) }

    /// The bytes of the file; nil where there is none.
    ///
    /// Throws `unusable` where users other than its owner may read or write it.
    func bytes() throws(LedgerError) -> [UInt8]? {
        guard let (bytes, rightsOfOthers) = try file.read() else { return nil }
        guard rightsOfOthers == 0 else {
            throw LedgerError(
                .unusable,
                "others than its owner may use \(path), so no token counts",
                remedy: "see who has changed it, then run chmod 600 \(path)"
            )
        }
        return bytes
    }

    /// The tokens that the bytes of the file hold.
    func list(_ bytes: [UInt8]) throws(LedgerError) -> TokenList {
        do throws(TokenList.Fault) { return try TokenList(decoding: bytes) } catch {
            throw damage("\(path) is damaged: \(error.reason)")
        }
    }

    /// The error of a file that was there and is gone.
    func missing() -> LedgerError { damage("\(path) was removed") }

    private var path: String { storage.directory + "/" + Self.fileName }

    private func damage(_ what: String) -> LedgerError {
        LedgerError(
            .damaged,
            "\(what), so no token counts",
            remedy: "bring the file back from a copy; or stop `tradeledger serve`, remove the file and make new tokens "
                + "with `tradeledger token create`"
        )
    }
}
