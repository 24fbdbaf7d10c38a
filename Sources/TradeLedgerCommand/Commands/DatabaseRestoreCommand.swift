internal import Ledger
internal import Replication
internal import TradeModel

/// What `restore --from-database` does: rebuilds a lost log from the database.
enum DatabaseRestoreCommand {
    static let options = [
        Option("--from-database", nil, "rebuild the log from the database instead of a backup"),
        Option("--ledger-id", "ID", "which ledger of the database; not needed where it holds one"),
    ]

    /// Restores; `ledgerID` is nil where none was named.
    static func run(_ ledgerID: String?, _ settings: Settings) throws -> RestoreReport {
        let restore = DatabaseRestore(try settings.database())
        let candidate = try choose(try restore.candidates(), ledgerID)
        try checkDirectory(settings.ledgerDirectory, candidate)
        try Directory.make(settings.ledgerDirectory)
        var progress = ProgressBar("restore", total: candidate.sequence, isQuiet: settings.isQuiet)
        defer { progress.finish() }
        return try restore.run(candidate.ledgerID, to: settings.ledgerDirectory) { progress.update($0) }
    }

    private static func choose(
        _ candidates: [DatabaseRestore.Candidate],
        _ ledgerID: String?
    ) throws -> DatabaseRestore.Candidate {
        let told = candidates.map { "\($0.ledgerID) (\($0.sequence) events, last shipped at \($0.replicatedAt))" }
            .joined(separator: ", ")
        if let ledgerID {
            guard let id = EventID(ledgerID) else { throw Failure(.usage, "\(ledgerID) is no ledger id") }
            guard let candidate = candidates.first(where: { $0.ledgerID == id }) else {
                throw Failure(
                    .noInput,
                    "the database holds no ledger \(id)" + (told.isEmpty ? "" : "; it holds \(told)")
                )
            }
            return candidate
        }
        guard let candidate = candidates.first else { throw Failure(.noInput, "the database holds no ledger") }
        guard candidates.count == 1 else {
            throw Failure(.usage, "the database holds several ledgers; name one with --ledger-id: \(told)")
        }
        return candidate
    }

    /// Throws what to do about a ledger that is in the way; it is never written over.
    private static func checkDirectory(_ directory: String, _ candidate: DatabaseRestore.Candidate) throws {
        let reader: LedgerReader
        let held: UInt64
        do throws(LedgerError) {
            reader = try LedgerReader(opening: directory)
            held = try reader.durableSequence()
        } catch {
            // No ledger, or one that cannot be read: what else is in the directory is for the restore itself to see.
            return
        }
        let what = "\(directory) holds ledger \(reader.ledgerID) with \(held) events"
        guard reader.ledgerID == candidate.ledgerID, held < candidate.sequence else {
            throw Failure(.usage, "\(what); name another directory with --ledger")
        }
        throw Failure(
            .usage,
            "\(what), the database has \(candidate.sequence): stop the programs that use it, move it aside "
                + "(mv \(directory) \(directory).behind), and run this again"
        )
    }
}
