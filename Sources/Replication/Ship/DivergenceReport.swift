package import Ledger
internal import Postgres
internal import Replay
package import TradeModel

/// Determines how a log and its database have diverged, describes both sides, and leaves a marker for the writer if the
/// database is ahead.
package struct DivergenceReport {
    private let log: LogReader<PosixStorage>
    private let address: DatabaseAddress

    package init(_ reader: LedgerReader, _ address: DatabaseAddress) {
        log = reader.log
        self.address = address
    }

    /// How the two have diverged, for people; nil if they have not.
    package func problem() throws(ReplicationError) -> String? { try find()?.error.description }

    /// A more detailed error in place of the one that ended a replicator.
    ///
    /// Writes the marker if the database is ahead. Returns the error itself if nothing more can be found out.
    func explaining(_ ending: ReplicationError) -> ReplicationError {
        guard case .diverged = ending else { return ending }
        do throws(ReplicationError) {
            guard let found = try find() else { return ending }
            try ReplicationError.converting { try found.aheadMarker?.write(log.storage) }
            return found.error
        } catch {
            return ending
        }
    }

    /// How the two have diverged, and the marker for the writer if the database is ahead; nil if they have not.
    private func find() throws(ReplicationError) -> (error: ReplicationError, aheadMarker: DatabaseAheadMarker?)? {
        let waitLimit = WaitLimit(stop: -1, silenceMilliseconds: ReplicationTiming().silenceMilliseconds)
        return try address.withSession("tradeledger status", waitLimit) { connection in
            try connection.withTransaction(isolation: .repeatableRead) { connection in
                guard let row = try ReplicationRow.read(&connection, log.ledgerID, .reading) else { return nil }
                return try find(&connection, row)
            }
        }
    }

    private func find(
        _ connection: inout Connection,
        _ row: ReplicationRow
    ) throws -> (error: ReplicationError, aheadMarker: DatabaseAheadMarker?)? {
        let durable = try log.durableSequence()
        let position = try row.position
        var tree = try LogTree(log.storage, log.ledgerID, upTo: durable)
        try tree.advance(to: durable)
        let kept = try CheckpointRows.read(&connection, log.ledgerID)
        let claims = kept.rows + [row.claim].compactMap { $0 }
        let proof = try HistoryProof(&connection, log, after: durable, claims)
        let shared = min(position.lastSequence, durable)
        let sides =
            "this log in \(ReplicatorIdentity(log.storage.directory).place) has \(durable) events and root "
            + "\(try tree.root(at: shared)) at \(shared); \(told(row, position, connection.endpoint))"
        let isOnLog = try position.lastSequence <= durable && tree.root(at: shared) == position.root
        var refutation: String?
        let divergence = try Divergence(position: shared, lastClaim: proof.provenSequence, durable: durable) {
            guard !isOnLog else { return nil }
            let common = try lastCommonSequence(kept.rows.filter { $0.sequence <= shared }, tree)
            let other = try HistoryProof(&connection, log, after: common, claims)
            refutation = proof.refutation ?? other.refutation
            guard other.provenSequence != nil,
                let foreign = try firstForeignRow(&connection, after: common, upTo: shared)
            else { return nil }
            return Divergence.Fork(lastCommonSequence: foreign - 1, firstForeignSequence: foreign)
        }
        switch divergence {
        case .ahead(let last):
            let marker = DatabaseAheadMarker(
                sequence: last,
                root: last == position.lastSequence ? position.root : nil,
                endpoint: connection.endpoint,
                logSequence: durable,
                notedAt: LedgerClock.system.now()
            )
            return (ahead(sides), marker)
        case .fork(let fork): return (forked(fork, shared, sides), nil)
        case .unknown, .inStep, .behind:
            guard !isOnLog else {
                return try planted(&connection, after: position.lastSequence, kept, durable).map { ($0, nil) }
            }
            let finding =
                "ledger.replication claims \(position.lastSequence) events with the root \(position.root), and cannot "
                + "prove it: \(refutation ?? "its events are those of the log")"
            return (.altered(log.ledgerID, finding), nil)
        }
    }

    /// Rows after a correct position that no batch can have written.
    private func planted(
        _ connection: inout Connection,
        after position: UInt64,
        _ kept: CheckpointRows,
        _ durable: UInt64
    ) throws -> ReplicationError? {
        if let last = try EventTable.lastSequence(&connection, log.ledgerID, after: position) {
            return .altered(log.ledgerID, position: position, eventsUpTo: last)
        }
        // Checkpoints up to the end of the log belong to batches whose events were lost.
        guard let last = kept.rows.last?.sequence, last > max(position, durable) else { return nil }
        let finding = "ledger.checkpoints has a row for event \(last), after the position, which is \(position)"
        return .altered(log.ledgerID, finding)
    }

    /// The last checkpoint that has the log's root, 0 where none has.
    ///
    /// Diverged histories never have a common root again, so a binary search finds it.
    private func lastCommonSequence(
        _ checkpoints: [CheckpointRow],
        _ tree: borrowing LogTree<PosixStorage>
    ) throws -> UInt64 {
        var (low, high) = (0, checkpoints.count)
        while low < high {
            let middle = (low + high) / 2
            let isCommon = try checkpoints[middle].root == tree.root(at: checkpoints[middle].sequence)
            if isCommon { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? 0 : checkpoints[low - 1].sequence
    }

    /// The first sequence whose row contradicts the log; nil if none does.
    private func firstForeignRow(
        _ connection: inout Connection,
        after common: UInt64,
        upTo shared: UInt64
    ) throws -> UInt64? {
        guard common < shared else { return nil }
        var cursor = log.cursor(from: common + 1)
        return try connection.copyOut(EventTable.query(log.ledgerID, common + 1...shared)) { rows in
            var comparison = try EventComparison(log.ledgerID, aheadRange: nil, &rows)
            while let event = try cursor.next(upTo: shared) { try comparison.compare(event, &rows) }
            try comparison.finish(&rows)
            return comparison.firstAltered
        }
    }

    private func ahead(_ sides: String) -> ReplicationError {
        .diverged(
            "the database is ahead of the log of ledger \(log.ledgerID): \(sides)",
            remedy: "nothing is shipped, and appends are refused (ledger_behind_database): the log's disk was lost or "
                + "set back; stop the programs that use it, move \(log.storage.directory) aside, and run "
                + "`tradeledger restore --from-database`"
        )
    }

    private func forked(_ fork: Divergence.Fork, _ shared: UInt64, _ sides: String) -> ReplicationError {
        let first = fork.firstForeignSequence
        let differing = first == shared ? "\(shared)" : "\(first)..\(shared)"
        return .diverged(
            "a fork of ledger \(log.ledgerID): log and database are equal up to \(fork.lastCommonSequence) and "
                + "differ in \(differing): \(sides)",
            remedy:
                "nothing is shipped; find out which of the two is right before you append to either (docs/recovery.md)"
        )
    }

    private func told(_ row: ReplicationRow, _ position: ReplicaPosition, _ endpoint: String) -> String {
        let replicator = row.replicator.map { " from \($0.place) by tradeledger \($0.version)" } ?? ""
        return "\(endpoint) has \(position.lastSequence) events and root \(position.root), last shipped at "
            + "\(row.replicatedAt)\(replicator)"
    }
}

/// How far a database has replicated a ledger.
package struct DatabasePosition: Sendable {
    /// The last sequence that the database holds; nil if it does not know the ledger.
    package let replicatedSequence: UInt64?
    /// The version of the extension, nil on plain PostgreSQL.
    package let timescaleDBVersion: String?
    /// The durability that the server's configuration does not provide, for people.
    package let shortfalls: [String]

    /// A status query must not hang when the server does.
    private static let silenceMilliseconds = 10_000

    package static func read(
        _ address: DatabaseAddress,
        _ ledgerID: EventID
    ) throws(ReplicationError) -> DatabasePosition {
        let waitLimit = WaitLimit(stop: -1, silenceMilliseconds: silenceMilliseconds)
        return try address.withSession("tradeledger status", waitLimit) { connection in
            DatabasePosition(
                replicatedSequence: try ReplicationRow.read(&connection, ledgerID, .reading)?.position.lastSequence,
                timescaleDBVersion: try TimescaleDB.version(&connection),
                shortfalls: try SessionSettings.durabilityShortfalls(&connection)
            )
        }
    }
}
