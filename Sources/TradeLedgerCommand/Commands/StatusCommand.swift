internal import Ledger
internal import TradeModel

/// `status`: the state of the ledger, and how far its database is behind.
enum StatusCommand {
    static let command = Command(
        name: "status",
        operands: "",
        summary: "shows the state of the ledger, and how far the database is behind",
        help: """
            Where a database is given, also shows how far it is behind the log, in events and seconds. What the
            replicator on this machine does, or what it waits for and since when, and how far the database was behind
            when the replicator last stored a batch, is shown without one too. Warnings go to stderr: also where the
            server runs without fsync or full_page_writes, and so promises less than that what it has is kept.

            example: tradeledger status --format json
            """,
        options: [],
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        guard arguments.positional.isEmpty else { throw Failure(.usage, "status takes no operands") }
        let reader = try settings.reader()
        let ledger = try LedgerStatus(reader)
        var record: Record = [
            ("ledger_id", .text(reader.ledgerID.description)), ("directory", .text(settings.ledgerDirectory)),
        ]
        record += ledger.record
        var warnings = ledger.warnings(now: LedgerClock.system.now())
        let database = try settings.hasDatabase ? DatabaseStatus(settings.database(), ledger) : nil
        warnings += database?.warnings ?? []
        let replicator = try ReplicatorStatus(ledger)
        warnings += replicator?.warnings ?? []
        record.append(("health", .text(warnings.isEmpty ? "ok" : warnings.joined(separator: "; "))))
        for (name, part) in [("database", database?.record), ("replicator", replicator?.record)] {
            switch settings.format {
            case .json: record.append((name, part.map { .json($0.json) } ?? .null))
            case .csv: record += (part ?? []).map { ("\(name)_\($0.name)", $0.cell) }
            case .table: record += (part ?? []).map { ("\(name) \($0.name)", $0.cell) }
            }
        }
        for warning in warnings { settings.log.say(.warning, warning) }
        try RecordPrinter.printTall(record, heading: "status", settings)
        return .done
    }
}
