package import Ledger
internal import Postgres
internal import Projections
internal import TradeModel

/// Rebuilds the projection rows of one ledger from its log, in one transaction without DDL.
///
/// Readers see the old rows until it commits. It locks the ledger's row of `ledger.replication`, so its replicator
/// waits; other ledgers are not affected.
package struct ProjectionRebuild {
    /// The result of a rebuild.
    package struct Outcome: Equatable, Sendable {
        /// The sequence up to which the events were folded: where the database is.
        package let sequence: UInt64
        /// Rows folded from events that did not belong, or differed.
        package private(set) var deletedCount = 0
        /// Rows folded from events that were missing, or differed.
        package private(set) var insertedCount = 0
        /// Rows folded from events that were right.
        package private(set) var equalCount = 0
        /// The version of the fold.
        package let version = TradeHistory.version

        init(sequence: UInt64) {
            self.sequence = sequence
        }

        fileprivate mutating func add(_ changes: RowChanges) {
            deletedCount += changes.deletedCount
            insertedCount += changes.insertedCount
            equalCount += changes.equalCount
        }
    }

    private let log: LogReader<PosixStorage>
    private let address: DatabaseAddress

    /// A rebuild of the ledger's rows in the database.
    package init(_ reader: LedgerReader, _ address: DatabaseAddress) {
        log = reader.log
        self.address = address
    }

    /// Rebuilds; `onProgress` receives the sequence that the fold has reached, from time to time.
    ///
    /// Throws `diverged`, and changes nothing, where the position of the database is not on this log.
    package func run(onProgress: (UInt64) throws -> Void) throws(ReplicationError) -> Outcome {
        var connection = try address.connect("tradeledger rebuild")
        let endpoint = connection.endpoint
        do {
            try SchemaVersion.read(&connection).checkCurrent()
            return try connection.withTransaction { connection in
                guard let row = try ReplicationRow.read(&connection, log.ledgerID, .locking) else {
                    throw ReplicationError.unknownLedger(log.ledgerID)
                }
                let durable = try log.durableSequence()
                guard row.lastSequence <= durable else {
                    throw ReplicationError.diverged(
                        "\(endpoint) holds \(row.lastSequence) events of ledger \(log.ledgerID), the log \(durable)",
                        remedy: "run `tradeledger verify` to see what differs"
                    )
                }
                let fold = TradeFoldCopy(log, ledgerNumber: row.ledgerNumber, upTo: row.lastSequence)
                let root = try fold.run(&connection, onProgress: onProgress)
                guard root == row.root else {
                    throw ReplicationError.diverged(
                        "\(endpoint) has another root than the log at \(row.lastSequence): \(row.root), not \(root)",
                        remedy: "nothing was changed; run `tradeledger verify` to see what differs"
                    )
                }
                var outcome = Outcome(sequence: row.lastSequence)
                for projection in ProjectionList.all {
                    let changes = try projection.replaceRows(&connection, log.ledgerID)
                    if projection.isFoldedFromEvents { outcome.add(changes) }
                }
                _ = try connection.query(
                    "UPDATE ledger.replication SET projection_version = $2 WHERE ledger_id = $1",
                    [.text(log.ledgerID.description), .int64(Int64(TradeHistory.version))]
                )
                return outcome
            }
        } catch {
            throw ReplicationError(error, endpoint: endpoint)
        }
    }
}
