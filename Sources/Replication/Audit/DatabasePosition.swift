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
        return try address.withSession("tradeledger status", waitLimit) { connection in
            DatabasePosition(
                replicatedSequence: try ReplicationRow.read(&connection, ledgerID, .reading)?.position.lastSequence,
                timescaleDBVersion: try TimescaleDB.version(&connection),
                shortfalls: try SessionSettings.durabilityShortfalls(&connection)
            )
        }
    }
}
