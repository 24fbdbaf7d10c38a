internal import Ledger
internal import Replay
internal import Replication
internal import TradeModel

/// `status`: how the ledger is, and how far its database is behind.
enum StatusCommand {
    static let command = Command(
        name: "status",
        operands: "",
        summary: "shows how the ledger is, and how far the database is behind",
        help: """
            With a database also what it has, in events and seconds behind the log. What the replicator on this machine
            does, or waits for and since when, is shown without one too. Warnings go to stderr.

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
            ("last_sequence", Cell(ledger.lastSequence)), ("durable_sequence", Cell(ledger.lastSequence)),
            ("events", Cell(ledger.lastSequence)), ("rejected", Cell(ledger.rejectedCount)),
            ("segments", .integer(Int64(ledger.segmentCount))),
            ("sealed_segments", .integer(Int64(ledger.sealedSegmentCount))),
            ("bytes", .integer(Int64(ledger.byteCount))),
            ("open_trades", .integer(Int64(ledger.openTradeCount))),
            ("last_recorded_at", Cell(ledger.lastRecordedAt)),
            ("writer", ledger.writer.map { .integer(Int64($0)) } ?? .null),
        ]
        var warnings = ledger.warnings(now: LedgerClock.system.now())
        let database = try settings.hasDatabase ? DatabaseStatus(settings.database(), ledger) : nil
        warnings += database?.warnings ?? []
        let mirror = try LedgerMirror(of: settings.ledgerDirectory, at: ledger.lastSequence)
        warnings += mirror?.warnings ?? []
        let replicator = try ReplicatorStatus(reader)
        warnings += replicator?.warnings ?? []
        record.append(("health", .text(warnings.isEmpty ? "ok" : warnings.joined(separator: "; "))))
        switch settings.format {
        case .json:
            record.append(("mirror", mirror.map { .json($0.record.json) } ?? .null))
            record.append(("database", database.map { .json($0.record.json) } ?? .null))
            record.append(("replicator", replicator.map { .json($0.record.json) } ?? .null))
        case .csv:
            record += (mirror?.record ?? []).map { ("mirror_" + $0.name, $0.cell) }
            record += (database?.record ?? []).map { ("database_" + $0.name, $0.cell) }
            record += (replicator?.record ?? []).map { ("replicator_" + $0.name, $0.cell) }
        case .table:
            record += (mirror?.record ?? []).map { ("mirror " + $0.name, $0.cell) }
            record += (database?.record ?? []).map { ("database " + $0.name, $0.cell) }
            record += (replicator?.record ?? []).map { ("replicator " + $0.name, $0.cell) }
        }
        for warning in warnings { settings.log.say(.warning, warning) }
        var printer = RecordPrinter(settings.format)
        if settings.format == .table {
            for (name, cell) in record { try printer.print([("status", .text(name)), ("value", .text(cell.plain))]) }
        } else {
            try printer.print(record)
        }
        try printer.finish()
        return .done
    }
}

extension LedgerMirror {
    fileprivate var record: Record {
        [
            ("directory", .text(directory)), ("state", .text(reason == nil ? "in step" : "detached")),
            ("since", Cell(since)), ("reason", Cell(reason)),
            ("behind_events", reason == nil ? Cell(0) : behindEventCount.map { Cell($0) } ?? .null),
        ]
    }

    fileprivate var warnings: [String] {
        reason.map { ["ONE DISK OF TWO: the mirror \(directory) is detached: \($0)"] } ?? []
    }
}

/// What the log itself says.
private struct LedgerStatus {
    let ledgerID: EventID
    let lastSequence: UInt64
    let rejectedCount: UInt64
    let segmentCount: Int
    let sealedSegmentCount: Int
    let byteCount: Int
    let openTradeCount: Int
    let writer: Int32?
    let hasReserve: Bool
    let copyProblem: String?
    /// That the database holds events which the log does not.
    let lead: DatabaseLead?
    private(set) var lastRecordedAt: Timestamp?
    /// When each event behind a sequence was taken.
    let reader: LedgerReader

    init(_ reader: LedgerReader) throws {
        self.reader = reader
        ledgerID = reader.ledgerID
        lastSequence = try reader.durableSequence()
        var rejected: UInt64 = 0
        try reader.rejectedEvents { _ in rejected += 1 }
        rejectedCount = rejected
        segmentCount = try reader.segmentCount()
        sealedSegmentCount = try reader.sealedSegmentCount()
        byteCount = try reader.byteCount()
        writer = try reader.writer()
        hasReserve = try reader.log.hasReserve() || reader.log.isBackup()
        copyProblem = try reader.log.copyProblem()
        lead = try reader.log.databaseLead()
        openTradeCount = try TradeReplay(reader).openTradeCount()
        lastRecordedAt = try recordedAt(lastSequence)
    }

    func warnings(now: Timestamp) -> [String] {
        var warnings = copyProblem.map { [$0] } ?? []
        if let lead { warnings.append("NO EVENT IS TAKEN: \(lead.message)") }
        if !hasReserve {
            warnings.append("there is no next segment; opens and increases are refused while there is no space for one")
        }
        if let lastRecordedAt, now < lastRecordedAt {
            warnings.append(
                "the system clock (\(now)) is behind the last event (\(lastRecordedAt)); new events take that event's "
                    + "time"
            )
        }
        return warnings
    }

    /// When the ledger took an event; nil for sequence 0.
    func recordedAt(_ sequence: UInt64) throws -> Timestamp? {
        guard sequence > 0 else { return nil }
        var stream = try reader.events(from: sequence, to: sequence)
        return try stream.next()?.recordedAt
    }
}

/// What the database says, beside the log.
private struct DatabaseStatus {
    let record: Record
    let warnings: [String]

    init(_ address: DatabaseAddress, _ ledger: LedgerStatus) throws {
        do throws(ReplicationError) {
            let position = try DatabasePosition.read(address, ledger.ledgerID)
            let replicated = position.replicatedSequence ?? 0
            let lagEvents = Int64(ledger.lastSequence) - Int64(replicated)
            let lagSeconds = try Self.lagSeconds(ledger, replicated)
            let parting = try PartingReport(ledger.reader, address).problem()
            record = [
                ("reachable", .bool(true)), ("replicated_sequence", Cell(replicated)),
                ("lag_events", .integer(lagEvents)),
                ("lag_seconds", .json(Array(lagSeconds.description.utf8))),
                ("timescaledb", .bool(position.timescaleDBVersion != nil)),
                ("timescaledb_version", Cell(position.timescaleDBVersion)),
            ]
            warnings =
                (position.timescaleDBVersion == nil ? ["the database has no TimescaleDB; plain tables are used"] : [])
                + (parting.map { [$0] } ?? [])
        } catch {
            record = [
                ("reachable", .bool(false)), ("replicated_sequence", .null), ("lag_events", .null),
                ("lag_seconds", .null),
                ("timescaledb", .null), ("timescaledb_version", .null),
            ]
            warnings = [error.description]
        }
    }

    /// How long the first event that is not in the database has been waiting, in seconds.
    private static func lagSeconds(_ ledger: LedgerStatus, _ replicated: UInt64) throws(ReplicationError) -> Decimal {
        guard replicated < ledger.lastSequence else { return .zero }
        do {
            guard let waiting = try ledger.recordedAt(replicated + 1) else { return .zero }
            let microseconds = LedgerClock.system.now().microsecondsSince1970 - waiting.microsecondsSince1970
            return try Decimal(coefficient: Int128(max(0, microseconds)), scale: 6)
        } catch let error as LedgerError {
            throw .ledger(error)
        } catch {
            preconditionFailure("seconds fit a decimal: \(error)")
        }
    }
}
