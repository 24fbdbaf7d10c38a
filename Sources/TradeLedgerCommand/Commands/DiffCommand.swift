internal import Ledger
internal import Projections
internal import Replay
internal import Replication
internal import TradeModel

/// `diff`: names the trades and fields in which two sides differ.
enum DiffCommand {
    static let command = Command(
        name: "diff",
        operands: "A B",
        summary: "names the trades and fields in which two ledgers, a ledger and a database, or two moments differ",
        help: """
            A and B are each the directory of a ledger or a backup, the URL of a database, DIR@MOMENT or, for the
            ledger of --ledger, @MOMENT. A moment is the sequence of an event, an RFC 3339 time, or a date.

            Prints a record for each field of a trade that differs: trade_id, field, a, b. The fields are those of
            `tradeledger trades --format json`; where one side does not have the trade, the field is trade_id. Exit
            status 1 where anything differs, 0 where nothing does.

            A database may hold several ledgers: the one is compared that the other side has, else that of --ledger,
            else the only one.

            example: tradeledger diff @2026-01-31T00:00:00Z @2026-02-01T00:00:00Z
            """,
        options: [],
        run: run
    )

    /// A side and its description on stderr.
    private typealias Side = (trades: any TradeSource, name: String)

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        guard arguments.positional.count == 2 else { throw Failure(.usage, "diff takes two operands; see --help") }
        let operands = try arguments.positional.map { word throws(Failure) in try DiffOperand(word, settings) }
        // Ledgers first, because they determine which ledger of a database is meant.
        let ledgers = try operands.map(ledgerTrades)
        let ids = try ledgers.compactMap(\.self?.ledgerID) + ledgerOfOption(settings)
        let sides = try zip(operands, ledgers).map { operand, ledger in try side(operand, ledger, ids, settings) }
        for (letter, side) in zip(["a", "b"], sides) { settings.log.say(.info, "\(letter) is \(side.name)") }
        return try compare(sides[0].trades, sides[1].trades, settings)
    }

    private static func compare(
        _ a: any TradeSource,
        _ b: any TradeSource,
        _ settings: Settings
    ) throws -> ExitStatus {
        var progress = ProgressBar("diff", total: a.stepCount + b.stepCount, isQuiet: settings.isQuiet)
        defer { progress.finish() }
        var printer = CheckPrinter(settings)
        var first: String?
        let outcome = try TradeDiff(a, b).run(onStep: { progress.update($0) }) { difference in
            first = first ?? "\(difference.tradeID) in \(difference.column)"
            printer.print(
                [
                    ("trade_id", .text(difference.tradeID)), ("field", .text(difference.column)),
                    ("a", Cell(difference.a)), ("b", Cell(difference.b)),
                ]
            )
        }
        progress.finish()
        guard !outcome.isEqual else {
            settings.log.say(.info, "a and b agree on every trade")
            return try printer.finish(.done, findings: nil)
        }
        return try printer.finish(
            .difference,
            findings: "diff found trades that differ: \(outcome.alteredCount) in fields, "
                + "\(outcome.onlyInACount) only in a, \(outcome.onlyInBCount) only in b"
                + (first.map { "; the first is \($0)" } ?? "")
        )
    }

    /// The trades of an operand that is a ledger; nil for a database.
    private static func ledgerTrades(_ operand: DiffOperand) throws(LedgerError) -> LedgerTrades? {
        switch operand {
        case .ledger(let directory, let moment): try LedgerTrades(LedgerReader(opening: directory), asOf: moment)
        case .database: nil
        }
    }

    /// The id of the ledger that `--ledger` names, where there is one.
    private static func ledgerOfOption(_ settings: Settings) throws -> [EventID] {
        do throws(LedgerError) { return [try settings.reader().ledgerID] } catch {
            guard ExitStatus(error) == .noInput else { throw error }
            return []
        }
    }

    private static func side(
        _ operand: DiffOperand,
        _ ledger: LedgerTrades?,
        _ ids: [EventID],
        _ settings: Settings
    ) throws -> Side {
        switch (operand, ledger) {
        case (.ledger(let directory, _), let ledger?):
            return (ledger, "ledger \(ledger.ledgerID) up to event \(ledger.sequence), in \(directory)")
        case (.database(let url), _):
            let trades = try DatabaseTrades(try settings.database(at: url), preferring: ids)
            return (trades, "ledger \(trades.ledgerID) up to event \(trades.sequence), in \(trades.endpoint)")
        case (.ledger, nil): preconditionFailure("a ledger has trades")
        }
    }
}
