internal import AuditKit
internal import Glibc
internal import Ledger
internal import Proofs
internal import TradeModel

/// A directory for an auditor: a signed period of the log, with everything needed to verify it.
///
/// `README.md` is written last; a directory without it is incomplete.
struct AuditPack {
    private let settings: Settings
    private let directory: String

    /// A pack for the ledger of the settings, in a new or empty directory.
    init(_ settings: Settings, in directory: String) throws {
        self.settings = settings
        self.directory = directory
    }

    /// Writes the segments with the events recorded in a period, and everything that belongs to them.
    func write(since: Timestamp?, until: Timestamp?) throws {
        let reader = try settings.reader()
        let prover = try settings.prover()
        let durable = try reader.durableSequence()
        let asked = try sequences(reader, durable, since, until)
        try makeDirectories()
        var progress = ProgressBar("export", total: asked.upperBound, isQuiet: settings.isQuiet)
        defer { progress.finish() }
        let segments = PosixStorage(directory: directory + "/segments")
        let held = try LogExcerpt(of: reader.log, in: segments, durableSequence: durable)
            .run(holding: asked) { progress.update($0) }
        progress.finish()
        let (start, end) = try prover.checkpoint(over: held.upperBound, beginningWith: held.lowerBound)
        try OutputFile.write(start.text, to: directory + "/start.proof")
        try OutputFile.write(end.text, to: directory + "/checkpoint")
        let keys = prover.verifierKeys.map { "\($0)\n" }.joined()
        try OutputFile.write(keys.utf8, to: directory + "/checkpoint.pub")
        let export = Export(reader, held)
        try export.writeEvents(to: directory + "/events.ndjson")
        try export.writeTrades(to: directory + "/trades.csv")
        for file in AuditKitFile.all {
            try OutputFile.write(file.bytes, to: "\(directory)/\(file.path)", isProgram: file.isProgram)
        }
        let instructions = AuditInstructions(
            ledgerID: reader.ledgerID,
            since: since,
            until: until,
            asked: asked,
            held: held,
            keys: keys
        )
        try OutputFile.write(instructions.text.utf8, to: directory + "/README.md")
        settings.log.say(.info, "wrote events \(held.lowerBound) to \(held.upperBound) to \(directory)")
    }

    /// The events that were recorded in the period.
    private func sequences(
        _ reader: LedgerReader,
        _ durable: UInt64,
        _ since: Timestamp?,
        _ until: Timestamp?
    ) throws -> ClosedRange<UInt64> {
        func last(before time: Timestamp) throws(LedgerError) -> UInt64 {
            let moment = Timestamp(microsecondsSince1970: time.microsecondsSince1970 - 1)
            return try reader.log.lastSequence(recordedUpTo: moment, durable: durable)
        }
        let first = try since.map(last).map { $0 + 1 } ?? 1
        let end = try until.map(last) ?? durable
        guard first <= end else {
            throw Failure(.noInput, "\(settings.ledgerDirectory) has recorded no event in that time")
        }
        return first...end
    }

    private func makeDirectories() throws {
        try Directory.make(directory, outside: settings.ledgerDirectory)
        guard try PosixStorage(directory: directory).list().isEmpty else {
            throw Failure(.usage, "\(directory) is not empty; export into a directory of its own")
        }
        for name in ["segments", "schema", "tools"] { try Directory.make("\(directory)/\(name)") }
    }
}
