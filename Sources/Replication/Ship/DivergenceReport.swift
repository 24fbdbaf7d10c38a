package import Ledger
internal import Postgres
internal import Replay
internal import TradeModel

/// Determines how a log and its database have diverged, describes both sides, and leaves a marker for the writer if the
/// database is ahead.
package struct DivergenceReport {
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

    /// How the two have diverged, for people; nil if they have not.
    package func problem() throws(ReplicationError) -> String? { try find()?.error.description }

    /// A more detailed error in place of the one that ended a replicator.
    ///
    /// Writes the marker if the database is ahead. Returns the error itself if nothing more can be found out.
    func explaining(_ error: ReplicationError) -> ReplicationError {
        guard case .diverged = error else { return error }
        do throws(ReplicationError) {
            guard let divergence = try find() else { return error }
            do { try divergence.aheadMarker?.write(log.storage) } catch { return .ledger(error) }
            return divergence.error
        } catch {
            return error
        }
    }

    private struct Divergence {
        let error: ReplicationError
        /// The marker for the writer, if the database is ahead.
        let aheadMarker: DatabaseAheadMarker?
    }

    private func find() throws(ReplicationError) -> Divergence? {
        let waitLimit = WaitLimit(stop: -1, silenceMilliseconds: ReplicationTiming().silenceMilliseconds)
        var connection = try address.connect("tradeledger status", waitLimit)
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

    private func find(_ connection: inout Connection, _ row: PositionRow, _ endpoint: String) throws -> Divergence? {
        let durable = try log.durableSequence()
        let position = try row.position.checked()
        var tree = try LogTree(log.storage, log.ledgerID, upTo: durable)
        try tree.advance(to: durable)
        let last = position.lastSequence
        let kept = try KeptCheckpoints.read(&connection, log.ledgerID)
        let claim = CheckpointRow(sequence: last, firstSequence: 0, root: position.root)
        let proof = try HistoryProof(&connection, log, after: durable, kept.rows + [claim])
        let shared = min(last, durable)
        let sides = Sides(
            log: "this log in \(ReplicatorIdentity(log.storage.directory).place) has \(durable) events and root "
                + "\(try tree.root(at: shared)) at \(shared)",
            database: Self.told(row, position, endpoint)
        )
        if let proven = proof.provenSequence {
            let aheadMarker = DatabaseAheadMarker(
                sequence: proven,
                root: proven == last ? position.root : nil,
                endpoint: endpoint,
                logSequence: durable,
                notedAt: LedgerClock.system.now()
            )
            return Divergence(error: ahead(durable, sides), aheadMarker: aheadMarker)
        }
        let isOnLog = try last <= durable && tree.root(at: last) == position.root
        let error =
            try isOnLog
            ? planted(&connection, after: last, kept, durable)
            : offLog(&connection, position, kept.rows, proof, tree, sides)
        return error.map { Divergence(error: $0, aheadMarker: nil) }
    }

    /// Rows after a correct position that no batch can have written.
    private func planted(
        _ connection: inout Connection,
        after position: UInt64,
        _ kept: KeptCheckpoints,
        _ durable: UInt64
    ) throws -> ReplicationError? {
        if let last = try ReplicaState.lastSequence(&connection, log.ledgerID, after: position) {
            let problem = "it holds events after its position, which is \(position): up to \(last)"
            return .altered(log.ledgerID, problem)
        }
        // Checkpoints up to the end of the log belong to batches whose events were lost.
        guard let last = kept.rows.last?.sequence, last > max(position, durable) else { return nil }
        let problem = "ledger.checkpoints has a row for event \(last), after the position, which is \(position)"
        return .altered(log.ledgerID, problem)
    }

    /// Why a position does not match the log: a fork, if the database proves that it holds another history, otherwise a
    /// claim without a proof.
    private func offLog(
        _ connection: inout Connection,
        _ position: ReplicationRow,
        _ claims: [CheckpointRow],
        _ proof: HistoryProof,
        _ tree: borrowing LogTree<PosixStorage>,
        _ sides: Sides
    ) throws -> ReplicationError {
        let shared = min(position.lastSequence, tree.sequence)
        let kept = claims.filter { $0.sequence <= shared }
        // Diverged histories never have a common root again, so a binary search finds the last one.
        var (low, high) = (0, kept.count)
        while low < high {
            let middle = (low + high) / 2
            let isCommon = try kept[middle].hasRoot(tree.root(at: kept[middle].sequence))
            if isCommon { low = middle + 1 } else { high = middle }
        }
        let common = low == 0 ? 0 : kept[low - 1].sequence
        let claim = CheckpointRow(sequence: position.lastSequence, firstSequence: 0, root: position.root)
        let other = try HistoryProof(&connection, log, after: common, claims + [claim])
        if other.provenSequence != nil,
            let foreign = try firstForeignRow(&connection, after: common, upTo: shared)
        {
            return fork(equalUpTo: foreign - 1, shared, sides)
        }
        let text = "ledger.replication claims \(position.lastSequence) events with the root \(position.root)"
        let refutation = proof.refutation ?? other.refutation ?? "its events are those of the log"
        return .altered(log.ledgerID, "\(text), and cannot prove it: \(refutation)")
    }

    /// The first sequence whose row contradicts the log; nil if none does.
    private func firstForeignRow(
        _ connection: inout Connection,
        after common: UInt64,
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
            return comparison.firstAltered
        }
    }

    /// Descriptions of both sides.
    private struct Sides {
        let log: String
        let database: String
    }

    private func ahead(_ durable: UInt64, _ sides: Sides) -> ReplicationError {
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

    private static func told(_ row: PositionRow, _ position: ReplicationRow, _ endpoint: String) -> String {
        let replicator = row.replicator.map { " from \($0.directory) on \($0.host) by tradeledger \($0.version)" } ?? ""
        return "\(endpoint) has \(position.lastSequence) events and root \(position.root), last shipped at "
            + "\(row.replicatedAt)\(replicator)"
    }
}
