internal import Ledger
public import TradeModel

/// The keys in a ledger's directory: `checkpoint.key`, which signs, and `checkpoint.pub`, by which others check.
///
/// Each file has one key a line, the oldest first; every key of `checkpoint.key` signs every checkpoint, which names
/// all but the oldest.
public struct LedgerKeys: Sendable {
    private let directory: String

    private static let signingFileName = "checkpoint.key"
    private static let verifierFileName = "checkpoint.pub"

    /// The keys of the ledger in a directory.
    public init(directory: String) {
        self.directory = directory
    }

    /// The keys that sign for a ledger.
    ///
    /// Throws `key` where there is none, where it is another ledger's, or where others may read it.
    public func signingKeys(of ledgerID: EventID) throws(ProofError) -> [SigningKey] {
        guard let keys = try existingKeys(of: ledgerID) else {
            throw .key(
                "\(directory) has no signing key \(Self.signingFileName)",
                remedy: "make one with `tradeledger init --signing-key`"
            )
        }
        return keys
    }

    /// Creates a key pair unless there is one; returns the public keys, and whether the pair is new.
    ///
    /// Throws `ledger` in a backup, which only the next backup may change.
    public func make(for ledgerID: EventID) throws(ProofError) -> (keys: [VerifierKey], isNew: Bool) {
        try checkIsWritable()
        var isNew = false
        if try existingKeys(of: ledgerID) == nil {
            let key = SigningKey(newNamed: Checkpoint.origin(of: ledgerID))
            do { isNew = try signingFile.create(TextLines.text([key.secretText]), mode: 0o600) } catch {
                throw .ledger(error)
            }
        }
        return (try publish(try signingKeys(of: ledgerID)), isNew)
    }

    /// Adds a new key after the existing ones; returns all public keys.
    ///
    /// The old keys keep signing until their lines are removed. Throws `key` where there is none yet, and `ledger` in a
    /// backup.
    public func rotate(for ledgerID: EventID) throws(ProofError) -> [VerifierKey] {
        try checkIsWritable()
        let keys = try signingKeys(of: ledgerID) + [SigningKey(newNamed: Checkpoint.origin(of: ledgerID))]
        do { try signingFile.replace(TextLines.text(keys.map(\.secretText)), mode: 0o600) } catch {
            throw .ledger(error)
        }
        return try publish(keys)
    }

    /// The public keys in a file kept elsewhere, one per line; errors call the file `name`.
    ///
    /// Throws `key` where it holds anything else.
    public static func verifierKeys(_ bytes: [UInt8], name: String) throws(ProofError) -> [VerifierKey] {
        let remedy = "name a copy of the ledger's \(verifierFileName)"
        return try keys(bytes, "public keys", name: name, remedy: remedy) { VerifierKey($0) }
    }

    /// The keys of a file, whose lines each end in a line feed and are not empty; at least one.
    ///
    /// Changes made by an editor or a copy are refused here, as by other verifiers.
    private static func keys<Key>(
        _ bytes: [UInt8],
        _ kind: String,
        name: String,
        remedy: String,
        _ key: (String) -> Key?
    ) throws(ProofError) -> [Key] {
        guard !bytes.isEmpty else { throw .key("\(name) is empty", remedy: remedy) }
        guard bytes.last == UInt8(ascii: "\n") else {
            throw .key("the last line of \(name) does not end in a line feed", remedy: remedy)
        }
        let lines = bytes.dropLast().split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if let index = lines.firstIndex(where: \.isEmpty) {
            throw .key("line \(index + 1) of \(name) is empty", remedy: "remove it; or " + remedy)
        }
        if let index = lines.firstIndex(where: { $0.last == UInt8(ascii: "\r") }) {
            throw .key("line \(index + 1) of \(name) ends as on Windows (CRLF)", remedy: "remove the CR; or " + remedy)
        }
        let keys = lines.compactMap { String(validating: $0, as: UTF8.self).flatMap(key) }
        guard keys.count == lines.count else { throw .key("\(name) holds no \(kind)", remedy: remedy) }
        return keys
    }

    private func checkIsWritable() throws(ProofError) {
        do { try BackupMarker.checkAbsent(PosixStorage(directory: directory)) } catch { throw .ledger(error) }
    }

    private func existingKeys(of ledgerID: EventID) throws(ProofError) -> [SigningKey]? {
        let path = "\(directory)/\(Self.signingFileName)"
        let file: (bytes: [UInt8], rightsOfOthers: UInt32)?
        do { file = try signingFile.read() } catch { throw .ledger(error) }
        guard let file else { return nil }
        guard file.rightsOfOthers == 0 else {
            throw .key("others than its owner may use \(path)", remedy: "chmod 600 \(path)")
        }
        let remedy = "bring the file back from a copy"
        let keys = try Self.keys(file.bytes, "signing keys", name: path, remedy: remedy) { SigningKey(secretText: $0) }
        let origin = Checkpoint.origin(of: ledgerID)
        if let other = keys.first(where: { $0.verifierKey.name != origin }) {
            throw .key(
                "\(path) is the key of \(other.verifierKey.name), not of this ledger, \(origin)",
                remedy: "bring back the file of this ledger"
            )
        }
        return keys
    }

    /// Writes the public keys that belong to the signing keys.
    private func publish(_ keys: [SigningKey]) throws(ProofError) -> [VerifierKey] {
        let keys = keys.map(\.verifierKey)
        let bytes = TextLines.text(keys.map(\.description))
        do throws(LedgerError) {
            let file = PrivateFile(PosixStorage(directory: directory), Self.verifierFileName)
            if try file.read()?.bytes != bytes { try file.replace(bytes, mode: 0o644) }
        } catch { throw .ledger(error) }
        return keys
    }

    private var signingFile: PrivateFile { PrivateFile(PosixStorage(directory: directory), Self.signingFileName) }
}
