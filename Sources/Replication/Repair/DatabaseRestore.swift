package import Ledger
internal import Postgres
package import TradeModel

/// Rebuilds a lost log bit for bit from a database.
///
/// The rows are read in one snapshot and in order, and memory holds a few of them. Every root in the database must
/// match the rows; only then does the directory become a ledger.
package struct DatabaseRestore {
    /// A ledger that a database holds.
    package struct Candidate: Sendable {
        package let ledgerID: EventID
        package let sequence: UInt64
        /// When its last batch was stored, as RFC 3339.
        package let replicatedAt: String
    }

    private let address: DatabaseAddress

    /// A restore from a database.
    package init(_ address: DatabaseAddress) {
        self.address = address
    }

    /// The ledgers that the database holds.
    package func candidates() throws(ReplicationError) -> [Candidate] {
        try address.withSession("tradeledger restore") { connection in
            try ReplicationRow.ledgerIDs(&connection).compactMap { id in
                guard let row = try ReplicationRow.read(&connection, id, .reading) else { return nil }
                return Candidate(ledgerID: id, sequence: row.lastSequence ?? 0, replicatedAt: row.replicatedAt)
            }
        }
    }

    /// Fills an empty directory; `onEvent` receives each sequence, for progress.
    ///
    /// Throws `diverged`, naming the first sequence, if the rows do not match the database's own roots.
    package func run(
        _ ledgerID: EventID,
        to directory: String,
        configuration: LedgerConfiguration = LedgerConfiguration(),
        onEvent: (UInt64) -> Void
    ) throws(ReplicationError) -> RestoreReport {
        try address.withSession("tradeledger restore") { connection in
            let endpoint = connection.endpoint
            return try connection.withTransaction(isolation: .repeatableRead) { connection in
                guard let row = try ReplicationRow.read(&connection, ledgerID, .reading) else {
                    throw ReplicationError.unknownLedger(ledgerID)
                }
                let position = try row.position
                let kept = try CheckpointRows.read(&connection, ledgerID)
                try kept.check()
                let rebuild = try LogRebuild(
                    into: PosixStorage(directory: directory),
                    ledgerID: ledgerID,
                    configuration: configuration,
                    clock: .system
                )
                var rows = RestoredRows(rebuild, position, kept.rows, endpoint: endpoint)
                try connection.copyOut(EventComparison.query(ledgerID)) { copy in
                    while let row = try copy.next() {
                        try rows.append(row)
                        onEvent(rows.sequence)
                    }
                }
                return try rows.finish(ledgerID)
            }
        }
    }
}
