internal import Glibc
package import Ledger

/// The right to ship a ledger, which one process holds at a time: `replicator.lock` in the ledger's directory.
///
/// It keeps two replicators from competing. Correctness does not depend on it: another replicator may run on a copy of
/// the directory, and the lock on the ledger's row in the database decides between them.
package struct ReplicatorLock {
    static let fileName = "replicator.lock"
    private static let pidByteCount = 20

    private let file: OpenFile<PosixStorage>

    /// Takes the lock; nil if another process holds it.
    init?(_ storage: PosixStorage) throws(LedgerError) {
        let file: OpenFile<PosixStorage>
        do throws(LedgerError) { file = try OpenFile(storage, Self.fileName, .readingAndWriting) } catch {
            guard error.isMissingFile else { throw error }
            file = try OpenFile(creating: Self.fileName, storage)
        }
        guard try file.lock(.replicator, .exclusive) else { return nil }
        let pid = String(getpid())
        let blanks = String(repeating: " ", count: Self.pidByteCount - pid.utf8.count)
        try file.write(Array((pid + blanks).utf8), at: 0)
        self.file = file
    }

    /// Who ships a ledger.
    package enum Holder: Equatable, Sendable {
        case nobody
        /// A process; nil where its number is not known.
        case process(Int32?)
    }

    /// The current holder of the lock.
    package static func holder(_ reader: LedgerReader) throws(LedgerError) -> Holder {
        try holder(reader.log.storage)
    }

    static func holder(_ storage: PosixStorage) throws(LedgerError) -> Holder {
        let file: OpenFile<PosixStorage>
        do throws(LedgerError) { file = try OpenFile(storage, fileName, .reading) } catch {
            guard error.isMissingFile else { throw error }
            return .nobody
        }
        guard try file.isHeld(.replicator) else { return .nobody }
        let text = String(decoding: try file.bytes(0..<pidByteCount), as: UTF8.self)
        return .process(Int32(text.prefix { $0.isNumber }))
    }
}
