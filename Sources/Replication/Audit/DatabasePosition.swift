internal import Postgres
package import TradeModel

/// How far a database has got with a ledger.
package struct DatabasePosition: Sendable {
    /// The last sequence that the database holds; nil where it has never heard of the ledger.
    package let replicatedSequence: UInt64?
    /// The version of the extension, nil on plain PostgreSQL.
    package let timescaleDBVersion: String?
    /// What the server's configuration leaves out of what a commit promises, for people.
    package let shortfalls: [String]

    /// Whoever asks for the status of a server that hangs shall not hang with it.
    private static let silenceMilliseconds = 10_000

    /// Asks the database.
    package static func read(
        _ address: DatabaseAddress,
        _ ledgerID: EventID
    ) throws(ReplicationError) -> DatabasePosition {
        let waitLimit = WaitLimit(stop: -1, silenceMilliseconds: silenceMilliseconds)
        var connection = try address.connect("tradeledger status", waitLimit)
        let endpoint = connection.endpoint
        do {
            try SchemaVersion.read(&connection).checkCurrent()
            return DatabasePosition(
                replicatedSequence: try ReplicationRow.read(&connection, ledgerID, .reading)?.lastSequence,
                timescaleDBVersion: try Migrator.timescaleDBVersion(&connection),
                shortfalls: try ServerDurability.shortfalls(&connection)
            )
        } catch {
            throw ReplicationError(error, endpoint: endpoint)
        }
    }
}
