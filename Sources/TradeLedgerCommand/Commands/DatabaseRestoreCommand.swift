internal import Ledger
internal import Replication
internal import TradeModel

/// `restore --from-database`: rebuilds a lost log from the database.
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
            guard let id = EventID(ledgerID) else { throw Failure(.usage, "\(ledgerID) is not a ledger id") }
            guard let candidate = candidates.first(where: { $0.ledgerID == id }) else {
                throw Failure(
                    .noInput,
                    "the database does not hold ledger \(id)" + (told.isEmpty ? "" : "; it holds \(told)")
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

    /// Throws, with a remedy, if the directory already holds a ledger, which is never overwritten.
    private static func checkDirectory(_ directory: String, _ candidate: DatabaseRestore.Candidate) throws {
        let reader: LedgerReader
        let held: UInt64
        do throws(LedgerError) {
            reader = try LedgerReader(opening: directory)
            held = try reader.durableSequence()
        } catch {
            // There is no readable ledger; the restore itself checks for other files.
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
