package import Ledger
internal import Postgres
internal import Replay
internal import TradeModel

/// Finds out how a log and its database have parted, names both sides, and leaves word for the writer where the
/// database is ahead.
package struct PartingReport {
    private let log: LogReader<PosixStorage>
    private let address: DatabaseAddress

    /// A report about the ledger and the database.
    package init(_ reader: LedgerReader, _ address: DatabaseAddress) {
        self.init(log: reader.log, address)
    }

    init(log: LogReader<PosixStorage>, _ address: DatabaseAddress) {
        self.log = log
        self.address = address
    }

    /// How the two have parted, for people; nil where they have not.
    package func problem() throws(ReplicationError) -> String? { try find()?.error.description }

    /// What to tell instead of an error with which a replicator ended.
    ///
    /// Leaves the note of a database that is ahead. The error itself where nothing more can be found out.
    func explaining(_ error: ReplicationError) -> ReplicationError {
        guard case .diverged = error else { return error }
        do throws(ReplicationError) {
            guard let parting = try find() else { return error }
            do { try parting.lead?.write(log.storage) } catch { return .ledger(error) }
            return parting.error
        } catch {
            return error
        }
    }

    private struct Parting {
        let error: ReplicationError
        /// The note for the writer, where the database is ahead.
        let lead: DatabaseLead?
    }

    private func find() throws(ReplicationError) -> Parting? {
        let interruption = Interruption(stop: -1, silenceMilliseconds: ReplicationTiming().silenceMilliseconds)
        var connection = try address.connect("tradeledger status", interruption)
        let endpoint = connection.endpoint
        do {
            try SchemaVersion.read(&connection).checkCurrent()
            return try connection.withTransaction(isolation: .repeatableRead) { connection in
                guard let row = try PositionRow.read(&connection, log.ledgerID, .reading) else { return nil }
                return try find(&connection, row, endpoint)
            }
        } catch {
            throw ReplicationError(error, endpoint: endpoint)
        }
    }

    private func find(_ connection: inout Connection, _ row: PositionRow, _ endpoint: String) throws -> Parting? {
        let durable = try log.durableSequence()
        var tree = try LogTree(log.storage, log.ledgerID, upTo: durable)
        try tree.advance(to: durable)
        let last = row.position.lastSequence
        if last <= durable, try tree.root(at: last) == row.position.root { return nil }
        // A position without events is not ahead: somebody changed it.
        guard try last <= durable || hasRows(&connection, behind: durable) else { return nil }
        let shared = min(last, durable)
        let kept = try Checkpoint.read(&connection, log.ledgerID).filter { $0.sequence <= shared }
        // Histories that have parted never meet again, so the last common root is found by halves.
        var (low, high) = (0, kept.count)
        while low < high {
            let middle = (low + high) / 2
            let isCommon = try kept[middle].hasRoot(tree.root(at: kept[middle].sequence))
            if isCommon { low = middle + 1 } else { high = middle }
        }
        let common = low == 0 ? 0 : kept[low - 1].sequence
        let foreign = try firstForeignRow(&connection, behind: common, upTo: shared)
        let sides = Sides(
            log: "this log in \(Shipper(log.storage.directory).place) has \(durable) events and root "
                + "\(try tree.root(at: shared)) at \(shared)",
            database: Self.told(row, endpoint)
        )
        if last > durable, foreign == nil, low == kept.count {
            let lead = DatabaseLead(
                sequence: last,
                root: row.position.root,
                endpoint: endpoint,
                logSequence: durable,
                notedAt: LedgerClock.system.now()
            )
            return Parting(error: ahead(row, durable, sides), lead: lead)
        }
        return Parting(error: fork(equalUpTo: (foreign ?? common + 1) - 1, shared, sides), lead: nil)
    }

    private func hasRows(_ connection: inout Connection, behind sequence: UInt64) throws(PostgresError) -> Bool {
        let rows = try connection.query(
            "SELECT FROM \(EventTable.name) WHERE ledger_id = $1 AND sequence > $2 LIMIT 1",
            [.text(log.ledgerID.description), .int64(Int64(sequence))]
        )
        return rows.rowCount > 0
    }

    /// The first sequence whose row is not the log's event; nil where all are.
    private func firstForeignRow(
        _ connection: inout Connection,
        behind common: UInt64,
        upTo shared: UInt64
    ) throws -> UInt64? {
        guard common < shared else { return nil }
        let query = """
            SELECT \(EventTable.columnList) FROM \(EventTable.name) WHERE ledger_id = '\(log.ledgerID)'
            AND sequence > \(common) AND sequence <= \(shared) ORDER BY sequence, recorded_at
            """
        var cursor = log.cursor(from: common + 1)
        return try connection.copyOut(query) { rows in
            var comparison = try EventComparison(log.ledgerID, aheadRange: nil, &rows)
            while let event = try cursor.next(upTo: shared) { try comparison.compare(event, &rows) }
            try comparison.finish(&rows)
            return comparison.affected.first.map { UInt64(clamping: $0) }
        }
    }

    /// Both sides of a parting in words.
    private struct Sides {
        let log: String
        let database: String
    }

    private func ahead(_ row: PositionRow, _ durable: UInt64, _ sides: Sides) -> ReplicationError {
        .diverged(
            "the database is ahead of the log of ledger \(log.ledgerID): \(sides.log); \(sides.database)",
            remedy: "nothing is shipped, and appends are refused (ledger_behind_database): the log's disk was lost or "
                + "set back; stop the programs that use it, move \(log.storage.directory) aside, and run "
                + "`tradeledger restore --from-database`"
        )
    }

    private func fork(equalUpTo common: UInt64, _ shared: UInt64, _ sides: Sides) -> ReplicationError {
        let differing = common + 1 == shared ? "\(shared)" : "\(common + 1)..\(shared)"
        return .diverged(
            "a fork of ledger \(log.ledgerID): log and database are equal up to \(common) and differ in "
                + "\(differing): \(sides.log); \(sides.database)",
            remedy:
                "nothing is shipped; find out which of the two is right before you append to either (docs/recovery.md)"
        )
    }

    private static func told(_ row: PositionRow, _ endpoint: String) -> String {
        let position = row.position
        let shipper = row.shipper.map { " from \($0.directory) on \($0.host) by tradeledger \($0.version)" } ?? ""
        return "\(endpoint) has \(position.lastSequence) events and root \(position.root), last shipped at "
            + "\(row.replicatedAt)\(shipper)"
    }
}
