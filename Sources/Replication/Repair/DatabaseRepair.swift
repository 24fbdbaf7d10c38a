package import Ledger
internal import Postgres
package import Replay
internal import TradeModel

/// Repairs a database that was changed, so that it equals the log again, in one transaction.
///
/// Only this does that: a replicator reports what is wrong and changes nothing. A database that holds another history,
/// or has proved that it is ahead of the log, is not changed here either. Everything is compared once more, as `verify`
/// does it: a trigger or a rule of somebody else's can undo what was mended, and a repair does not mend all that can be
/// wrong.
package struct DatabaseRepair {
    /// Rows of one kind that were mended.
    package struct Mended: Sendable {
        /// The rows: `events`, `checkpoints`, `position`, those of a projection, or `rows of no ledger`.
        package let rows: String
        /// The rows concerned, and what was wrong with them.
        package let difference: AuditDifference
    }

    package struct Outcome: Sendable {
        package fileprivate(set) var mended: [Mended] = []
        /// The file with the rows of events that were replaced or deleted; nil where there were none.
        package fileprivate(set) var removedRowsPath: String?
        /// The checks that find something wrong after the repair.
        package fileprivate(set) var left: [AuditCheck] = []
    }

    private let reader: LedgerReader
    private let address: DatabaseAddress

    package init(_ reader: LedgerReader, _ address: DatabaseAddress) {
        self.reader = reader
        self.address = address
    }

    private var log: LogReader<PosixStorage> { reader.log }

    /// Compares, mends and compares again; `onEvent` receives each compared sequence, for progress.
    ///
    /// Throws `schema` if a right is missing, `diverged` if log and database have diverged.
    package func run(onEvent: (UInt64) -> Void) throws(ReplicationError) -> Outcome {
        var outcome = try mend(onEvent)
        outcome.left = try DatabaseAudit(reader, address).run(onEvent: onEvent).filter { $0.problem != nil }
        return outcome
    }

    private func mend(_ onEvent: (UInt64) -> Void) throws(ReplicationError) -> Outcome {
        try address.withSession("tradeledger repair") { connection in
            try Self.checkRights(&connection)
            let emptyRoot = try LogTree(recomputing: log.storage).root(at: 0)
            let isNew = try connection.withTransaction { connection in
                try ReplicationRow.lock(&connection, log.ledgerID, emptyRoot: emptyRoot).isNew
            }
            return try connection.withTransaction { connection in
                let comparison = try DatabaseComparison.make(&connection, log, .locking, onEvent: onEvent)
                try checkMendable(comparison, connection.endpoint)
                var outcome = Outcome()
                outcome.removedRowsPath = try keepEvents(&connection, comparison.events.foreign)
                outcome.mended = try mend(&connection, comparison)
                // If the database does not know the ledger, there was nothing to mend.
                if isNew, comparison.limit > 0 || !outcome.mended.isEmpty {
                    let position = AuditDifference(.missing, SequenceRanges(single: comparison.limit))
                    outcome.mended.removeAll { $0.rows == "position" }
                    outcome.mended.append(Mended(rows: "position", difference: position))
                }
                return outcome
            }
        }
    }

    /// Throws if the session may not change events and checkpoints, as a replicator's login must not, and names the
    /// missing rights and the owner.
    private static func checkRights(_ connection: inout Connection) throws {
        let missing = try connection.query(
            """
            SELECT string_agg(lower(right_name) || ' on ' || table_name, ', ' ORDER BY table_name, right_name),
                current_user, (SELECT tableowner FROM pg_tables
                    WHERE schemaname = 'ledger' AND tablename = 'trade_events')
            FROM (VALUES ('ledger.trade_events'), ('ledger.checkpoints')) AS tables (table_name),
                (VALUES ('INSERT'), ('DELETE')) AS rights (right_name)
            WHERE NOT has_table_privilege(table_name, right_name)
            """
        )
        guard let rights = missing.text(row: 0, column: 0), let login = missing.text(row: 0, column: 1) else { return }
        throw ReplicationError.schema(
            "login \(login) may not mend a database: it has no right to \(rights)",
            remedy: "use the login of the owner, \(missing.text(row: 0, column: 2) ?? "who ran migrate")"
        )
    }

    private func checkMendable(_ comparison: borrowing DatabaseComparison, _ endpoint: String) throws(ReplicationError)
    {
        switch comparison.divergence {
        case .unknown, .inStep, .behind: return
        case .ahead(let last):
            throw .diverged(
                "\(endpoint) is ahead of the log: it holds events up to \(last) of ledger \(log.ledgerID), the log "
                    + "\(comparison.durableSequence)",
                remedy: "nothing was changed"
            )
        case .fork(let fork):
            throw .diverged(
                "\(endpoint) and the log of ledger \(log.ledgerID) have the same root at \(fork.lastCommonSequence) "
                    + "and other roots from \(fork.firstForeignSequence) on (a fork)",
                remedy: "nothing was changed; find out which of two copies of the ledger is the right one"
            )
        }
    }

    private func mend(
        _ connection: inout Connection,
        _ comparison: borrowing DatabaseComparison
    ) throws -> [Mended] {
        var mended = try deleteRowsOfNoLedger(&connection)
        // Deleted first, because they may have the ids of the trades that are written below.
        if let unknown = comparison.unknownLedgers {
            try ProjectionList.deleteRowsOfUnknownLedgers(&connection, besides: log.ledgerID)
            mended.append(Mended(rows: "unknown ledgers", difference: unknown))
        }
        if !comparison.events.differences.isEmpty {
            try mendEvents(&connection, comparison.events.affected, upTo: comparison.limit)
            mended += comparison.events.differences.map { Mended(rows: "events", difference: $0) }
        }
        if !comparison.checkpoints.differences.isEmpty {
            try mendCheckpoints(&connection, comparison)
            mended += comparison.checkpoints.differences.map { Mended(rows: "checkpoints", difference: $0) }
        }
        mended += try mendProjections(&connection, comparison)
        return mended + (try mendPosition(&connection, comparison))
    }

    /// Deletes the events, checkpoints and positions whose `ledger_id` is NULL: no log has them, and with them
    /// `migrate` cannot restore the keys.
    private func deleteRowsOfNoLedger(_ connection: inout Connection) throws -> [Mended] {
        let tables = [EventTable.name, "ledger.checkpoints", "ledger.replication"]
        let groups = try tables.compactMap { table -> String? in
            let count = try connection.query("DELETE FROM \(table) WHERE ledger_id IS NULL", []).affectedRowCount
            return count > 0 ? "\(table) (\(count))" : nil
        }
        return groups.isEmpty
            ? [] : [Mended(rows: "rows of no ledger", difference: AuditDifference(.added, groups: groups))]
    }

    /// Replaces the rows of the projections that differ.
    private func mendProjections(
        _ connection: inout Connection,
        _ comparison: borrowing DatabaseComparison
    ) throws -> [Mended] {
        let affected = comparison.projections.filter { !$0.rows.differences.isEmpty }
        guard !affected.isEmpty else { return [] }
        let (number, limit) = (comparison.ledgerNumber, comparison.limit)
        _ = try ProjectionList.fold(log, &connection, ledgerNumber: number, upTo: limit)
        var mended: [Mended] = []
        for (projection, rows) in affected {
            _ = try projection.replaceRows(&connection, log.ledgerID)
            mended += rows.differences.map { Mended(rows: projection.rowsName, difference: $0) }
        }
        return mended
    }

    private func mendCheckpoints(_ connection: inout Connection, _ comparison: borrowing DatabaseComparison) throws {
        let mending = comparison.checkpoints.mending
        let delete = "DELETE FROM ledger.checkpoints WHERE ledger_id = $1 AND"
        try connection.query("\(delete) (sequence IS NULL OR sequence < 1)", of: log.ledgerID)
        for sequence in mending.deleted {
            try connection.query("\(delete) sequence = $2", of: log.ledgerID, .int64(Int64(sequence)))
        }
        for (sequence, firstSequence) in mending.written {
            let root = try comparison.root(at: sequence)
            try CheckpointRow(sequence: sequence, firstSequence: firstSequence, root: root)
                .insert(&connection, log.ledgerID)
        }
    }

    private func mendPosition(
        _ connection: inout Connection,
        _ comparison: borrowing DatabaseComparison
    ) throws -> [Mended] {
        let limit = comparison.limit
        var differences: [AuditDifference] = []
        if let count = comparison.position?.rowCount, count > 1 {
            try connection.deleteDoubledRows(of: log.ledgerID, from: "ledger.replication", by: "kept.ledger_id")
            differences.append(AuditDifference(.doubled, SequenceRanges(single: limit)))
        }
        let columns = comparison.positionColumns
        if !columns.isEmpty {
            differences.append(AuditDifference(.altered, columns: columns, SequenceRanges(single: limit)))
        }
        guard !differences.isEmpty else { return [] }
        _ = try connection.query(
            """
            UPDATE ledger.replication
            SET ledger_number = $6, last_sequence = $2, root = $3, last_recorded_at = $4, projection_version = $5
            WHERE ledger_id = $1
            """,
            [
                .text(log.ledgerID.description), .int64(Int64(limit)), .bytes(comparison.expectedRoot.bytes),
                comparison.lastRecordedAt.map { .text($0.description) } ?? .null,
                .int64(Int64(ProjectionList.version)), .int64(comparison.ledgerNumber),
            ]
        )
        return differences.map { Mended(rows: "position", difference: $0) }
    }
}

extension DatabaseRepair {
    /// The largest number of statements: between ranges that are close together, correct rows are rewritten too.
    private static let runCountMax = 1000

    /// Writes rows of events that will be replaced or deleted to a new file in the ledger's directory, as JSON lines:
    /// those of the given sequences, and those of no ledger.
    ///
    /// They are the only trace of the change, or of a history that the log lost. The file is durable when this returns.
    /// Returns its path; nil where there is no such row.
    private func keepEvents(_ connection: inout Connection, _ sequences: SequenceRanges) throws -> String? {
        let name = "removed-\(LedgerClock.system.now().microsecondsSince1970).ndjson"
        var file: OpenFile<PosixStorage>?
        var byteCount = 0
        let ofLedger = sequences.joined(rangeCountMax: Self.runCountMax).map { run in
            "ledger_id = '\(log.ledgerID)' AND sequence BETWEEN \(run.lowerBound) AND \(run.upperBound)"
        }
        for condition in ofLedger + ["ledger_id IS NULL"] {
            let query = """
                SELECT to_json(kept)::text FROM \(EventTable.name) AS kept WHERE \(condition)
                ORDER BY sequence, recorded_at
                """
            try connection.copyOut(query) { rows in
                while let row = try rows.next() {
                    let opened = try file ?? OpenFile(creating: name, log.storage)
                    file = opened
                    let line = Array(row.bytes(0) ?? []) + [UInt8(ascii: "\n")]
                    try opened.write(line, at: byteCount)
                    byteCount += line.count
                }
            }
        }
        try file?.synchronize()
        return file.map { _ in log.storage.directory + "/" + name }
    }

    /// Replaces the rows of some sequences by those of the log's events up to `limit`, and deletes the rows that have
    /// no sequence.
    private func mendEvents(_ connection: inout Connection, _ sequences: SequenceRanges, upTo limit: UInt64) throws {
        try connection.query(
            "DELETE FROM \(EventTable.name) WHERE ledger_id = $1 AND sequence IS NULL",
            of: log.ledgerID
        )
        let runs = sequences.joined(rangeCountMax: Self.runCountMax)
        for run in runs {
            try connection.query(
                "DELETE FROM \(EventTable.name) WHERE ledger_id = $1 AND sequence BETWEEN $2 AND $3",
                of: log.ledgerID,
                .int64(run.lowerBound),
                .int64(run.upperBound)
            )
        }
        _ = try connection.copyIn(EventTable.copyStatement) { copy in
            for run in runs {
                let last = min(UInt64(clamping: run.upperBound), limit)
                var cursor = log.cursor(from: UInt64(clamping: max(1, run.lowerBound)))
                while let event = try cursor.next(upTo: last) {
                    try copy.writeRow { (row) throws(PostgresError) in EventTable.write(event, log.ledgerID, &row) }
                }
            }
        }
    }
}
