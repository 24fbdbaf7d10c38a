package import Ledger
internal import Postgres
package import TradeModel

/// The events in a database, from which a damaged log can be restored.
package final class DatabaseArchive: EventArchive {
    /// Where the events come from, for messages.
    package let endpoint: String
    private var connection: Connection

    /// Opens a session.
    package init(_ address: DatabaseAddress) throws(ReplicationError) {
        connection = try address.open("tradeledger repair")
        endpoint = connection.endpoint
    }

    package func events(_ sequences: ClosedRange<UInt64>, of ledgerID: EventID) throws -> [Event]? {
        guard sequences.upperBound <= UInt64(Int64.max) else { return nil }
        let found = try ReplicationError.converting(at: endpoint) {
            try EventRows.events(&connection, ledgerID, sequences)
        }
        return found.fault == nil && found.events.count == sequences.count ? found.events : nil
    }

    package func checkpoints(of ledgerID: EventID) throws -> [LogCheckpoint] {
        let checkpoints = try ReplicationError.converting(at: endpoint) {
            try CheckpointRows.read(&connection, ledgerID)
        }
        return checkpoints.rows.compactMap { row in
            row.root.map { LogCheckpoint(sequence: row.sequence, root: $0) }
        }
    }
}
