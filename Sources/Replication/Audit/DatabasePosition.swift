internal import Postgres
package import TradeModel

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
