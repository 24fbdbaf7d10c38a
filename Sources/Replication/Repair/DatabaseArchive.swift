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
        connection = try address.connect("tradeledger repair")
        endpoint = connection.endpoint
        do { try SchemaVersion.read(&connection).checkCurrent() } catch {
            throw ReplicationError(error, endpoint: endpoint)
        }
    }

    package func events(_ sequences: ClosedRange<UInt64>, of ledgerID: EventID) throws -> [Event]? {
        guard sequences.upperBound <= UInt64(Int64.max) else { return nil }
        let query = """
            SELECT \(EventTable.columnList) FROM \(EventTable.name) WHERE ledger_id = '\(ledgerID)'
            AND sequence BETWEEN \(sequences.lowerBound) AND \(sequences.upperBound) ORDER BY sequence, recorded_at
            """
        return try rows(query) { rows in
            var events: [Event] = []
            var isWhole = true
            // Reads all rows even after a bad one, because the session is used again.
            while let row = try rows.next() {
                guard isWhole else { continue }
                do throws(PostgresError) {
                    let event = try EventTable.event(row)
                    isWhole = event.sequence == sequences.lowerBound + UInt64(events.count)
                    events.append(event)
                } catch {
                    guard error.kind == .foreignValue else { throw error }
                    isWhole = false
                }
            }
            return isWhole && events.count == sequences.count ? events : nil
        }
    }

    package func checkpoints(of ledgerID: EventID) throws -> [LogCheckpoint] {
        let query = "SELECT sequence, root FROM ledger.checkpoints WHERE ledger_id = '\(ledgerID)' ORDER BY sequence"
        return try rows(query) { rows in
            var checkpoints: [LogCheckpoint] = []
            while let row = try rows.next() {
                guard let sequence = try row.int64(0), sequence > 0, let root = row.bytes(1).flatMap({ MerkleHash($0) })
                else {
                    continue
                }
                checkpoints.append(LogCheckpoint(sequence: UInt64(sequence), root: root))
            }
            return checkpoints
        }
    }

    private func rows<Value>(_ query: String, _ body: (inout CopyOut) throws -> Value) throws -> Value {
        do { return try connection.copyOut(query, body) } catch {
            throw ReplicationError(error, endpoint: endpoint)
        }
    }
}
