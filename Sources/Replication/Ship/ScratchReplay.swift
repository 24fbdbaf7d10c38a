package import Ledger
internal import Postgres
package import Replay
internal import TradeModel

/// Fills a scratch database with a ledger as it was at a moment: schema, events and projections, by the code that
/// replicates.
///
/// The batches follow from the events alone, so the same history gives the same rows each time; only
/// `ledger.replication` says when and from where. Nothing is left in the ledger's directory: a scratch database is none
/// that the ledger is replicated into.
package struct ScratchReplay {
    private let reader: LedgerReader
    private let address: DatabaseAddress

    /// A replay of the ledger into the database.
    package init(_ reader: LedgerReader, _ address: DatabaseAddress) {
        self.reader = reader
        self.address = address
    }

    /// Fills the database and returns its name, too; `onEvent` is told the last sequence of each batch, for progress.
    ///
    /// A failure on the way leaves the batches that were stored: the database is then to be dropped.
    ///
    /// Throws `invalidRequest` where the database knows the ledger already; nothing was changed then.
    package func run(
        asOf moment: Moment,
        onEvent: (UInt64) -> Void = { _ in }
    ) throws(ReplicationError) -> (report: RestoreReport, endpoint: String) {
        let last: UInt64
        do throws(LedgerError) { last = try moment.lastSequence(reader) } catch { throw .ledger(error) }
        let endpoint = try prepare()
        do {
            var source = try BatchSource(reader.log, stop: -1, upTo: last)
            let session = try ReplicationSession(reader.log, address, ReplicationTiming(), stop: -1)
            try session.align(&source) { _ in }
            shipping: while true {
                switch try session.ship(&source, eventCountMax: BatchSource.eventCountMax) {
                case .stored: onEvent(source.position)
                case .nothing: break shipping
                case .moved:
                    throw ReplicationError.diverged(
                        "somebody else writes to ledger \(reader.ledgerID) in \(endpoint)",
                        remedy: "replay into a database that nobody else uses"
                    )
                }
            }
            return (RestoreReport(ledgerID: reader.ledgerID, sequence: last, root: try source.root(at: last)), endpoint)
        } catch {
            throw ReplicationError(error, endpoint: endpoint)
        }
    }

    /// Makes the schema where there is none, once it is sure that the database does not know the ledger.
    private func prepare() throws(ReplicationError) -> String {
        var connection = try address.connect("tradeledger replay")
        let endpoint = connection.endpoint
        do {
            let version = try SchemaVersion.read(&connection)
            guard version.number > 0 else {
                var migrator = Migrator(connection)
                _ = try migrator.run()
                return endpoint
            }
            try version.checkCurrent()
            guard try ReplicationRow.read(&connection, reader.ledgerID, .reading) == nil else {
                throw LedgerError(
                    .invalidRequest,
                    "\(endpoint) knows ledger \(reader.ledgerID) already",
                    remedy: "replay into an empty database, such as one that createdb has just made"
                )
            }
            return endpoint
        } catch {
            throw ReplicationError(error, endpoint: endpoint)
        }
    }
}
