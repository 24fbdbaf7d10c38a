package import Ledger
internal import Postgres
internal import TradeModel

/// Rebuilds the projection rows of one ledger from its log, in one transaction without DDL.
///
/// Readers see the old rows until it commits. It locks the ledger's row of `ledger.replication`, so its replicator
/// waits; other ledgers are not affected.
package struct ProjectionRebuild {
    package struct Outcome: Equatable, Sendable {
        /// The sequence up to which the events were folded: where the database is.
        package let sequence: UInt64
        /// Rows of trades that did not belong, or differed.
        package fileprivate(set) var deletedCount = 0
        /// Rows of trades that were missing, or differed.
        package fileprivate(set) var insertedCount = 0
        /// Rows of trades that were right.
        package fileprivate(set) var equalCount = 0
        /// The version of the projections.
        package let version = ProjectionList.version
    }

    private let log: LogReader<PosixStorage>
    private let address: DatabaseAddress

    package init(_ reader: LedgerReader, _ address: DatabaseAddress) {
        log = reader.log
        self.address = address
    }

    /// Rebuilds; `onProgress` receives the sequence that the fold has reached, from time to time.
    ///
    /// Throws `diverged`, and changes nothing, where the position of the database is not on this log.
    package func run(onProgress: (UInt64) throws -> Void) throws(ReplicationError) -> Outcome {
        try address.withSession("tradeledger rebuild") { connection in
            try connection.withTransaction { connection in
                guard let row = try ReplicationRow.read(&connection, log.ledgerID, .locking) else {
                    throw ReplicationError.unknownLedger(log.ledgerID)
                }
                let position = try row.position
                try fold(&connection, position, onProgress)
                var outcome = Outcome(sequence: position.lastSequence)
                for projection in ProjectionList.all {
                    let changes = try projection.replaceRows(&connection, log.ledgerID)
                    guard projection is TradeProjection.Type else { continue }
                    outcome.deletedCount = changes.deletedCount
                    outcome.insertedCount = changes.insertedCount
                    outcome.equalCount = changes.equalCount
                }
                try connection.query(
                    "UPDATE ledger.replication SET projection_version = $2 WHERE ledger_id = $1",
                    of: log.ledgerID,
                    .int64(Int64(outcome.version))
                )
                return outcome
            }
        }
    }

    /// Folds the log up to a position, and throws if the position is not on it.
    private func fold(
        _ connection: inout Connection,
        _ position: ReplicaPosition,
        _ onProgress: (UInt64) throws -> Void
    ) throws {
        let (last, durable, endpoint) = (position.lastSequence, try log.durableSequence(), connection.endpoint)
        var root = position.root
        let divergence = try Divergence(position: last, durable: durable) {
            let number = position.ledgerNumber
            root = try ProjectionList.fold(log, &connection, ledgerNumber: number, upTo: last, onProgress: onProgress)
            return root == position.root ? nil : Divergence.Fork(lastCommonSequence: 0, firstForeignSequence: last)
        }
        switch divergence {
        case .unknown, .inStep, .behind: return
        case .ahead:
            throw ReplicationError.diverged(
                "\(endpoint) holds \(last) events of ledger \(log.ledgerID), the log \(durable)",
                remedy: "run `tradeledger verify` to see what differs"
            )
        case .fork:
            throw ReplicationError.diverged(
                "\(endpoint) has another root than the log at \(last): \(position.root), not \(root)",
                remedy: "nothing was changed; run `tradeledger verify` to see what differs"
            )
        }
    }
}
