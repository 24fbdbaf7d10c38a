import TradeModel

/// The file that makes a directory a backup: of which ledger, how far, and the Merkle root that its events must have.
///
/// See `schema/segment-format.md`, "Backups".
package struct BackupMarker: Equatable {
    static let fileName = "backup"
    private static let magic: UInt32 = 0x4B42_4C54  // "TLBK" as bytes
    private static let version: UInt32 = 1
    private static let headByteCount = 80

    let ledgerID: EventID
    /// The last event that the backup holds for certain.
    let sequence: UInt64
    /// The Merkle root over the events up to there.
    let root: MerkleHash
    let takenAt: Timestamp
    /// The directory that was copied, as it was named then.
    let source: String

    func encoded() -> [UInt8] {
        var rest: [UInt8] = []
        rest.appendLittleEndian(Self.version)
        rest.appendLittleEndian(UInt32(0))
        ledgerID.append(to: &rest)
        rest.appendLittleEndian(sequence)
        rest.appendLittleEndian(UInt64(bitPattern: takenAt.microsecondsSince1970))
        rest += root.bytes
        rest += source.utf8
        var bytes: [UInt8] = []
        bytes.appendLittleEndian(Self.magic)
        bytes.appendLittleEndian(Checksum.crc32c(rest[...]))
        return bytes + rest
    }

    /// The marker of some bytes; nil where they are not intact.
    init?(_ bytes: [UInt8]) {
        guard bytes.count >= Self.headByteCount, bytes.littleEndian32(at: 0) == Self.magic,
            bytes.littleEndian32(at: 4) == Checksum.crc32c(bytes[8...]),
            bytes.littleEndian32(at: 8) == Self.version, let root = MerkleHash(bytes[48..<Self.headByteCount])
        else { return nil }
        ledgerID = EventID(bytes.span, at: 16)
        sequence = bytes.littleEndian64(at: 32)
        takenAt = Timestamp(microsecondsSince1970: Int64(bitPattern: bytes.littleEndian64(at: 40)))
        self.root = root
        source = String(decoding: bytes[Self.headByteCount...], as: UTF8.self)
    }

    init(ledgerID: EventID, sequence: UInt64, root: MerkleHash, takenAt: Timestamp, source: String) {
        self.ledgerID = ledgerID
        self.sequence = sequence
        self.root = root
        self.takenAt = takenAt
        self.source = source
    }

    /// The marker of a directory; nil if the directory is not a backup.
    static func read<S: Storage>(_ storage: S) throws(LedgerError) -> BackupMarker? {
        guard try isPresent(storage) else { return nil }
        let file = try OpenFile(storage, fileName, .reading)
        guard let marker = BackupMarker(try file.bytes(0..<(try file.byteCount()))) else {
            let corruption = Corruption(fileName, 0, "the marker of the backup is not intact")
            throw LedgerError(corruption, in: storage.directory)
        }
        return marker
    }

    /// Whether a directory is a backup, whole or not.
    static func isPresent<S: Storage>(_ storage: S) throws(LedgerError) -> Bool {
        try storage.list().contains(fileName)
    }

    /// Throws if a directory is a backup: only the next backup may write to it.
    package static func checkAbsent<S: Storage>(_ storage: S) throws(LedgerError) {
        guard try isPresent(storage) else { return }
        throw LedgerError(
            .invalidRequest,
            "\(storage.directory) is a backup, and only the next backup may write to it",
            remedy: "turn it into a ledger with `tradeledger restore \(storage.directory) --ledger DIR`"
        )
    }
}

/// The file that marks a directory as incomplete while a ledger is restored or replayed into it.
struct RestoreGuard<S: Storage> {
    private let storage: S

    static var fileName: String { "restoring" }

    init(_ storage: S) {
        self.storage = storage
    }

    /// Checks that the directory holds at most the remains of an interrupted restore, and marks it as incomplete.
    func begin() throws(LedgerError) {
        let names = try storage.list().filter { $0 != "lost+found" }
        if names.contains(Self.fileName) {
            for name in names where name != Self.fileName { try remove(name) }
            return
        }
        let guardFile = AtomicFile(storage, Self.fileName)
        if let name = names.first(where: { $0 != guardFile.temporaryName }) {
            throw LedgerError(
                .invalidRequest,
                "\(storage.directory) is not empty: it holds \(name)",
                remedy: "choose a directory that does not exist or is empty"
            )
        }
        try guardFile.write([])
        try storage.synchronizeParentDirectory()
    }

    /// Removes the mark, which makes the directory a ledger.
    func end() throws(LedgerError) { try remove(Self.fileName) }

    private func remove(_ name: String) throws(LedgerError) {
        try AtomicFile(storage, name).remove()
    }
}
