internal import Ledger
internal import Replay
internal import Replication

/// `repair`: reports damage, and mends it or gives up events on request.
enum RepairCommand {
    static let command = Command(
        name: "repair",
        operands: "",
        summary: "says what is damaged; mends it, or gives up events, when told to",
        help: """
            Reads every byte of the log and prints one line for each damage: file, offset, the events that cannot be
            read, why, and what to do. Without an option nothing is changed. Exit status 74 while anything is damaged.

            --mend mends what costs no event: a wrong name, a broken file header, bytes where none belong, a missing
            file beside the log. Where a database is given it also brings back the events that are gone and that the
            database has, if the log then has the Merkle roots that were kept there. --accept-loss mends what costs no
            event and gives up exactly the events that it names: a ledger.lost replaces each. Every file
            whose bytes change is kept as damaged-TIME-NAME. Both are refused while a process has the ledger open for
            writing.

            example: tradeledger repair --accept-loss 17..20 --reason 'disk sda failed' --actor maria
            """,
        options: [
            Option("--mend", nil, "mend what can be mended without loss"),
            Option("--accept-loss", "A..B", "give up the events A to B, as they were printed"),
            Option("--reason", "TEXT", "why the loss is accepted"),
            Option("--actor", "NAME", "who accepts it"),
        ],
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        guard arguments.positional.isEmpty else { throw Failure(.usage, "repair takes no operands; see --help") }
        let accepted = try acceptedLoss(arguments)
        var repair = LedgerRepair(of: settings.ledgerDirectory)
        var mended: [Corruption] = []
        if let (sequences, reason, actor) = accepted {
            mended = try repair.acceptLoss(of: sequences, reason: reason, actor: actor)
        } else if arguments.has("--mend") {
            mended = try mend(&repair, settings)
        }
        let corruptions = try repair.corruptions()
        var printer = CheckPrinter(settings)
        let rescue = accepted == nil ? "brought back" : "given up"
        for corruption in mended { printer.print(record(corruption, corruption.isMendable ? "mended" : rescue)) }
        for corruption in corruptions { printer.print(record(corruption, "damaged")) }
        if corruptions.isEmpty {
            settings.log.say(.info, mended.isEmpty ? "nothing is damaged" : "nothing is damaged any more")
        }
        return try printer.finish(corruptions.isEmpty ? .done : .inputOutput, findings: findings(corruptions))
    }

    /// How many damaged places are left and the first of them, on one line; nil if there are none.
    private static func findings(_ corruptions: [Corruption]) -> String? {
        guard !corruptions.isEmpty else { return nil }
        let told = corruptions.prefix(3).map { "\($0.file) at offset \($0.offset): \($0.reason)" }
        let more = corruptions.count > told.count ? "; and \(corruptions.count - told.count) more" : ""
        return "repair found \(counted(corruptions.count, "damaged place")): " + told.joined(separator: "; ") + more
    }

    /// Mends what loses no event; restores lost events from a database if one is given.
    private static func mend(_ repair: inout LedgerRepair, _ settings: Settings) throws -> [Corruption] {
        let mended = try repair.mend()
        let lost = try repair.corruptions().compactMap(\.sequences)
        guard settings.hasDatabase, !lost.isEmpty else { return mended }
        let archive = try DatabaseArchive(settings.database())
        let returned = try repair.mend(bringingBackFrom: archive)
        for sequences in lost {
            let events = "events \(sequences.lowerBound) to \(sequences.upperBound)"
            if returned.contains(where: { $0.sequences == sequences }) {
                settings.log.say(.info, "\(events) came back from \(archive.endpoint)")
            } else {
                settings.log.say(.warning, "\(archive.endpoint) does not have all of \(events)")
            }
        }
        return mended + returned
    }

    /// The range of `--accept-loss` with reason and actor; nil if it is not given.
    private static func acceptedLoss(
        _ arguments: CommandLineArguments
    ) throws(Failure) -> (sequences: ClosedRange<UInt64>, reason: String, actor: String)? {
        guard let text = arguments["--accept-loss"] else {
            guard arguments["--reason"] == nil, arguments["--actor"] == nil else {
                throw Failure(.usage, "--reason and --actor belong to --accept-loss A..B")
            }
            return nil
        }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[1].isEmpty, let first = UInt64(parts[0]), let last = UInt64(parts[2]), first > 0,
            first <= last
        else { throw Failure(.usage, "--accept-loss takes two sequences such as 17..20, not \(text)") }
        guard let reason = arguments["--reason"], let actor = arguments["--actor"] else {
            throw Failure(
                .usage,
                "--accept-loss needs --reason TEXT and --actor NAME, which are kept with the loss"
            )
        }
        return (first...last, reason, actor)
    }

    private static func record(_ corruption: Corruption, _ state: String) -> Record {
        [
            ("state", .text(state)), ("file", .text(corruption.file)), ("offset", .integer(Int64(corruption.offset))),
            ("first_sequence", corruption.sequences.map { Cell($0.lowerBound) } ?? .null),
            ("last_sequence", corruption.sequences.map { Cell($0.upperBound) } ?? .null),
            ("reason", .text(corruption.reason)), ("remedy", .text(state == "damaged" ? corruption.remedy : "")),
        ]
    }
}
