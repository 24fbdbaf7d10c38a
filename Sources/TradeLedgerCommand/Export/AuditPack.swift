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

    /// Prepares a pack for the ledger of the settings, in a new or empty directory.
    init(_ settings: Settings, in directory: String) {
        self.settings = settings
        self.directory = directory
    }

    /// Writes the segments that contain the events of a period, and everything that an auditor needs with them.
    func write(since: Timestamp?, until: Timestamp?) throws {
        let reader = try settings.reader()
        let prover = try settings.prover()
        let durable = try reader.durableSequence()
        let asked = try sequences(reader, durable, since, until)
        try makeDirectories()
        let segments = PosixStorage(directory: directory + "/segments")
        let held = try settings.withProgress("export", total: asked.upperBound) { onEvent in
            try LogExcerpt(of: reader.log, in: segments, durableSequence: durable).run(holding: asked) { onEvent($0) }
        }
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
            throw Failure(.noInput, "\(settings.ledgerDirectory) recorded no event in that period")
        }
        return first...end
    }

    private func makeDirectories() throws {
        try Directory.make(directory, outside: settings.ledgerDirectory)
        guard try PosixStorage(directory: directory).list().isEmpty else {
            throw Failure(.usage, "\(directory) is not empty; choose a new or empty directory")
        }
        for name in ["segments", "schema", "tools"] { try Directory.make("\(directory)/\(name)") }
    }
}

/// The `README.md` of an audit pack, which says what the pack contains and how to verify it.
struct AuditInstructions {
    let ledgerID: EventID
    let since: Timestamp?
    let until: Timestamp?
    /// The events that were recorded in the period.
    let asked: ClosedRange<UInt64>
    /// The events in the exported segments.
    let held: ClosedRange<UInt64>
    /// The public keys, one per line.
    let keys: String

    private var period: String {
        let (since, until) = (since.map { "from \($0) on" }, until.map { "before \($0)" })
        let bounds = [since, until].compactMap { $0 }.joined(separator: " and ")
        return bounds.isEmpty ? "from the beginning" : bounds
    }

    var text: String {
        """
        # Trades of ledger \(ledgerID)

        The requested period is what the ledger recorded \(period):
        events \(asked.lowerBound) to \(asked.upperBound). An export contains whole segments, so this directory has
        events \(held.lowerBound) to \(held.upperBound).

        | file | contents |
        |---|---|
        | `segments/` | the segments of the log, byte for byte; `schema/segment-format.md` describes it |
        | `checkpoint` | the number of events and the root of the Merkle tree over them, signed |
        | `start.proof` | a proof of event \(held.lowerBound) under a signed checkpoint of all events up to it |
        | `checkpoint.pub` | the public key; do not trust it, but compare it with a copy that you kept |
        | `events.ndjson` | the events, one JSON object per line |
        | `trades.csv` | every trade that has one of these events, as of event \(held.upperBound) |
        | `schema/` | the formats, in enough detail to write your own readers |
        | `tools/` | readers in Python that were written from these pages and need nothing else |

        The public key is

            \(keys.split(separator: "\n").joined(separator: "\n    "))

        ## What to check

        In this directory, with Python 3:

            tools/verify-proof --checkpoints checkpoint --start start.proof --key checkpoint.pub segments/0*
            tools/read-segment segments/0* | cmp - events.ndjson

        The first command shows that every event is intact, in its place and covered by the signature, and that none
        between them is missing. The second shows that `events.ndjson` says what the log says. Both end with status 0,
        and the second prints nothing.

        The check proves only as much as three things that should not come from this directory:

        1. The key: name a copy that you kept, with `--key`.
        2. The readers: use your own copies, or write them from the pages.
        3. The past: anyone who has the key could write a new ledger and sign it. A checkpoint that you kept, such as
           that of an earlier pack, shows whether that happened. It must cover at least \(held.lowerBound - 1)
           events:

               tools/verify-proof --checkpoints KEPT --start start.proof --key checkpoint.pub segments/0*

        `trades.csv` is computed from these events and from earlier ones. With a ledger or a backup,
        `tradeledger trades --as-of-sequence \(held.upperBound) --format csv` computes it again, together with all
        other trades. An apostrophe at the beginning of a cell keeps a spreadsheet from taking the text for a formula.
        Remove one from each such cell.

        """
    }
}
