internal import Ledger
internal import Replay
internal import Replication
internal import TradeModel

/// The first step of `replicate --repair`: repairs the database and prints what was wrong.
enum DatabaseRepairOutput {
    static let option = Option("--repair", nil, "first mend what was changed in the database, as its owner")

    /// Mends; prints one record for each way in which rows of a kind differed.
    ///
    /// Throws a difference if the database still does not equal the log.
    static func run(_ reader: LedgerReader, _ settings: Settings) throws {
        var progress = ProgressBar("repair", total: try reader.durableSequence(), isQuiet: settings.isQuiet)
        defer { progress.finish() }
        let outcome = try DatabaseRepair(reader, try settings.database()).run { progress.update($0) }
        progress.finish()
        var printer = RecordPrinter(settings.format)
        do {
            for mended in outcome.mended { try printer.print(record(mended, settings.format)) }
            try printer.finish()
        } catch is StandardOutput.Closed {
            settings.log.say(.info, "stdout was closed, so not everything that was mended was printed")
        }
        if let path = outcome.removedRowsPath {
            settings.log.say(.info, "the rows of events that were replaced or deleted are kept in \(path)")
        }
        guard outcome.left.isEmpty else {
            throw Failure(.difference, problem(outcome))
        }
        if outcome.mended.isEmpty { settings.log.say(.info, "the database has nothing to mend") }
    }

    /// What is wrong after the repair, and where the reason may be.
    private static func problem(_ outcome: DatabaseRepair.Outcome) -> String {
        let problems = outcome.left.map { "\($0.name): \($0.problem ?? "")" }.joined(separator: "; ")
        guard outcome.left.contains(where: { $0.name != "database schema" }) else {
            return "the rows of the database are those of the log, and its schema is not the one that migrate makes: "
                + problems
        }
        return "the database was mended but still differs: \(problems); look for triggers and rules that "
            + "were added to the tables of schema ledger"
    }

    private static func record(_ mended: DatabaseRepair.Mended, _ format: OutputFormat) -> Record {
        let difference = mended.difference
        let all: Record = [
            ("rows", .text(mended.rows)), ("kind", .text(difference.kind.rawValue)),
            ("count", Cell(difference.count)),
        ]
        guard format == .json else {
            return all + [
                ("columns", .text(difference.columns.joined(separator: ", "))), ("which", .text(difference.which)),
            ]
        }
        return all + difference.jsonRecord
    }
}

extension AuditDifference {
    /// Columns, sequences in runs of first and last, trades, and groups of trades, all of them.
    var jsonRecord: Record {
        [
            ("columns", .json(Self.array(columns) { $0.value($1) })),
            (
                "sequences",
                .json(
                    Self.array(sequences.ranges) { json, range in
                        json.value(json: Self.array([range.lowerBound, range.upperBound]) { $0.value($1) })
                    }
                )
            ),
            ("trade_ids", .json(Self.array(tradeIDs) { $0.value($1) })),
            ("groups", .json(Self.array(groups) { $0.value($1) })),
        ]
    }

    /// A JSON array of elements.
    static func array<Element>(_ elements: [Element], _ write: (inout JSONWriter, Element) -> Void) -> [UInt8] {
        var json = JSONWriter()
        json.beginArray()
        for element in elements { write(&json, element) }
        json.endArray()
        return json.bytes
    }
}
