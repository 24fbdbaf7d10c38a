internal import Ledger
internal import Records
internal import Replay
internal import Replication
internal import TradeModel

/// `diff`: prints the rows and fields in which two sides differ.
enum DiffCommand {
    static let command = Command(
        name: "diff",
        operands: "A B",
        summary: "prints how two ledgers, a ledger and a database, or two moments differ",
        help: """
            A and B are each the directory of a ledger or a backup, the URL of a database, DIR@MOMENT or @MOMENT, which
            means the ledger of --ledger at that moment. A moment is the sequence of an event, an RFC 3339 time, or a
            date.

            diff compares the rows of every projection but performance, whose totals follow from the trades. It prints
            one record for each field that differs: projection, trade_id (of a trade), key (what identifies the row),
            field, a, b. If one side does not have the row, the field is the name of its key. The exit status is 1 if
            anything differs, else 0.

            If a database has several ledgers, diff compares the one that the other side has, else the one of --ledger,
            else the only one.

            example: tradeledger diff @2026-01-31T00:00:00Z @2026-02-01T00:00:00Z
            """,
        run: run
    )

    /// An operand: a ledger or a backup at a moment, or a database.
    private struct Operand {
        /// A directory, or the URL of a database.
        let place: String
        /// The moment of the ledger; nil for a database.
        let moment: Moment?

        /// Parses a URL, `DIR`, `DIR@MOMENT`, or `@MOMENT` for the ledger of `--ledger`.
        ///
        /// A directory whose name ends like a moment is written with a slash at its end.
        init(_ word: String, _ settings: Settings) throws(Failure) {
            if try DatabaseURL.isURL(word) {
                (place, moment) = (word, nil)
            } else if let at = word.lastIndex(of: "@"), let moment = Self.moment(word[word.index(after: at)...]) {
                place = at == word.startIndex ? settings.ledgerDirectory : String(word[..<at])
                self.moment = moment
            } else if word.hasPrefix("@") {
                throw Failure(
                    .usage,
                    "\(word) is not a moment: write @SEQUENCE, or @TIME such as @2026-01-31T12:00:00Z or @2026-01-31"
                )
            } else {
                (place, moment) = (word, .now)
            }
        }

        private static func moment(_ text: Substring) -> Moment? {
            if let sequence = UInt64(text) { return .sequence(sequence) }
            return Timestamp(argument: String(text)).map(Moment.time)
        }
    }

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        let operands = try arguments.operands.map { word throws(Failure) in try Operand(word, settings) }
        // Ledgers first, because they determine which ledger of a database is meant.
        let ledgers = try operands.map { operand in
            try operand.moment.map { try LedgerSide(LedgerReader(opening: operand.place), asOf: $0) }
        }
        let ids = try ledgers.compactMap(\.self?.ledgerID) + ledgerOfOption(settings)
        let sides = try zip(operands, ledgers).map { operand, ledger -> (rows: any DiffSide, name: String) in
            if let ledger { return (ledger, name(ledger.ledgerID, ledger.sequence, in: operand.place)) }
            let database = try DatabaseSide(try settings.database(at: operand.place), preferring: ids)
            return (database, name(database.ledgerID, database.sequence, in: database.endpoint))
        }
        for (letter, side) in zip(["a", "b"], sides) { settings.log.say(.info, "\(letter) is \(side.name)") }
        return try compare(sides[0].rows, sides[1].rows, settings)
    }

    private static func name(_ id: EventID, _ sequence: UInt64, in place: String) -> String {
        "ledger \(id) up to event \(sequence), in \(place)"
    }

    private static func compare(
        _ a: any DiffSide,
        _ b: any DiffSide,
        _ settings: Settings
    ) throws -> ExitStatus {
        var printer = CheckPrinter(settings)
        var first: String?
        let outcomes = try settings.withProgress("diff", total: a.stepCount + b.stepCount) { onStep in
            try ProjectionDiff(a, b).run(onStep: onStep) { difference in
                let row = difference.row
                first = first ?? "\(row.key) in \(row.column)"
                printer.print([
                    ("projection", .text(difference.projection)), ("trade_id", Cell(difference.tradeID)),
                    ("key", .text(row.key)), ("field", .text(row.column)), ("a", Cell(row.a)), ("b", Cell(row.b)),
                ])
            }
        }
        guard let first else {
            settings.log.say(.info, "a and b agree on every row")
            return try printer.finish(.done, findings: nil)
        }
        let counts = outcomes.map { projection, outcome in
            "\(projection) (\(outcome.alteredCount) in fields, \(outcome.onlyInACount) only in a, "
                + "\(outcome.onlyInBCount) only in b)"
        }
        return try printer.finish(
            .difference,
            findings: "diff found rows that differ: \(counts.joined(separator: ", ")); the first is \(first)"
        )
    }

    /// The id of the ledger that `--ledger` names, if it exists.
    private static func ledgerOfOption(_ settings: Settings) throws -> [EventID] {
        do throws(LedgerError) { return [try settings.reader().ledgerID] } catch {
            guard ExitStatus(error) == .noInput else { throw error }
            return []
        }
    }
}
