package import Ledger
internal import Postgres
package import Replay
internal import TradeModel

/// Fills a scratch database with a ledger as it was at a moment: schema, events and projections, by the code that
/// replicates.
///
/// The batches depend only on the events, so the same history always gives the same rows; only `ledger.replication`
/// records when and from where. It leaves nothing in the ledger's directory, because a scratch database is not a
/// replication target.
package struct ScratchReplay {
    private let reader: LedgerReader
    private let address: DatabaseAddress

    package init(_ reader: LedgerReader, _ address: DatabaseAddress) {
        self.reader = reader
        self.address = address
    }

    /// Fills the database and returns its name, too; `onEvent` receives the last sequence of each batch, for progress.
    ///
    /// A failure leaves the batches stored so far: the database should then be dropped.
    ///
    /// Throws `invalidRequest` where the database knows the ledger already; nothing was changed then.
    package func run(
        asOf moment: Moment,
        onEvent: (UInt64) -> Void = { _ in }
    ) throws(ReplicationError) -> (report: RestoreReport, endpoint: String) {
        let last = try ReplicationError.converting { try moment.lastSequence(reader) }
        let endpoint = try prepare()
        return try ReplicationError.converting(at: endpoint) {
            var source = try BatchSource(reader.log, stop: -1, upTo: last)
            let session = try ReplicationSession(reader.log, address, ReplicationTiming(), stop: -1)
            try session.align(&source) { _ in }
            shipping: while true {
                switch try session.ship(&source, eventCountMax: BatchSource.eventCountMax) {
                case .stored: onEvent(source.position)
                case .nothing: break shipping
                case .moved:
                    throw ReplicationError.diverged(
                        "another process writes to ledger \(reader.ledgerID) in \(endpoint)",
                        remedy: "replay into a database that no other process uses"
                    )
                }
            }
            return (RestoreReport(ledgerID: reader.ledgerID, sequence: last, root: try source.root(at: last)), endpoint)
        }
    }

    /// Creates the schema if there is none, after checking that the database does not know the ledger.
    private func prepare() throws(ReplicationError) -> String {
        var connection = try address.connect("tradeledger replay")
        let endpoint = connection.endpoint
        let version = try ReplicationError.converting(at: endpoint) { try SchemaVersion.read(&connection) }
        guard version.number > 0 else {
            var migrator = Migrator(connection)
            _ = try migrator.run()
            return endpoint
        }
        try version.checkCurrent()
        try ReplicationError.converting(at: endpoint) {
            guard try ReplicationRow.read(&connection, reader.ledgerID, .reading) == nil else {
                throw LedgerError(
                    .invalidRequest,
                    "\(endpoint) knows ledger \(reader.ledgerID) already",
                    remedy: "replay into an empty database, such as one that createdb has just made"
                )
            }
        }
        return endpoint
    }
}
