internal import Ledger
internal import Records
internal import Replay
internal import Replication

/// `repair`: reports damage and, on request, repairs it or gives up events.
enum RepairCommand {
    static let command = Command(
        name: "repair",
        summary: "reports damage to the log; repairs it, or gives up events, on request",
        help: """
            repair reads every byte of the log and prints one line for each damaged place: the file, the offset, the
            events that cannot be read, the reason, and the remedy. Without an option it changes nothing. The exit
            status is 74 while anything is damaged.

            --mend repairs whatever can be repaired without losing an event: a wrong file name, a broken file header,
            unexpected bytes, a missing file beside the log. If a database is given, it also restores lost events that
            the database has, provided that the log then matches the Merkle roots in the database. --accept-loss repairs
            the same damage, and gives up exactly the events that it names: a ledger.lost event replaces each of them.
            Both keep a copy of every file that they change, as damaged-TIME-NAME. Neither runs while a process has the
            ledger open for writing.

            example: tradeledger repair --accept-loss 17..20 --reason 'disk sda failed' --actor maria
            """,
        options: [
            Option("--mend", nil, "repair what can be repaired without losing an event"),
            Option("--accept-loss", "A..B", "give up the events A to B, a range that repair printed"),
            Option("--reason", "TEXT", "why the loss is accepted"),
            Option("--actor", "NAME", "who accepts the loss"),
        ],
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
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

    /// How many damaged places are left, and the first ones, on one line; nil if there are none.
    private static func findings(_ corruptions: [Corruption]) -> String? {
        guard !corruptions.isEmpty else { return nil }
        let first = corruptions.prefix(3).map { "\($0.file) at offset \($0.offset): \($0.reason)" }
        let more = corruptions.count > first.count ? "; and \(corruptions.count - first.count) more" : ""
        return "repair found \(counted(corruptions.count, "damaged place")): " + first.joined(separator: "; ") + more
    }

    /// Repairs what can be repaired without loss, and restores lost events from a database if one is given.
    private static func mend(_ repair: inout LedgerRepair, _ settings: Settings) throws -> [Corruption] {
        let mended = try repair.mend()
        let lost = try repair.corruptions().compactMap(\.sequences)
        guard settings.hasDatabase, !lost.isEmpty else { return mended }
        let archive = try DatabaseArchive(settings.database())
        let returned = try repair.mend(bringingBackFrom: archive)
        for sequences in lost {
            let events = "events \(sequences.lowerBound) to \(sequences.upperBound)"
            if returned.contains(where: { $0.sequences == sequences }) {
                settings.log.say(.info, "restored \(events) from \(archive.endpoint)")
            } else {
                settings.log.say(.warning, "\(archive.endpoint) does not have all of \(events)")
            }
        }
        return mended + returned
    }

    /// The range of `--accept-loss` with the reason and the actor; nil without that option.
    private static func acceptedLoss(
        _ arguments: CommandLineArguments
    ) throws(Failure) -> (sequences: ClosedRange<UInt64>, reason: String, actor: String)? {
        guard let text = arguments["--accept-loss"] else {
            guard arguments["--reason"] == nil, arguments["--actor"] == nil else {
                throw Failure(.usage, "--reason and --actor need --accept-loss A..B")
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
                "--accept-loss needs --reason TEXT and --actor NAME, which are recorded with the loss"
            )
        }
        return (first...last, reason, actor)
    }

    private static func record(_ corruption: Corruption, _ state: String) -> Record {
        [
            ("state", .text(state)), ("file", .text(corruption.file)), ("offset", Cell(corruption.offset)),
            ("first_sequence", Cell(corruption.sequences?.lowerBound)),
            ("last_sequence", Cell(corruption.sequences?.upperBound)),
            ("reason", .text(corruption.reason)), ("remedy", .text(state == "damaged" ? corruption.remedy : "")),
        ]
    }
}
