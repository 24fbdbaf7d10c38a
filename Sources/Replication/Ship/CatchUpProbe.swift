internal import Ledger
internal import Postgres
internal import TradeModel

/// Checks whether another replicator has caught up: whether the database has what was durable at the start.
final class CatchUpProbe {
    private var connection: Connection
    private let endpoint: String
    private let ledgerID: EventID
    private let sequence: UInt64

    init(
        _ log: LogReader<PosixStorage>,
        _ address: DatabaseAddress,
        _ timing: ReplicationTiming,
        stop: Int32
    ) throws(ReplicationError) {
        ledgerID = log.ledgerID
        do { sequence = try log.durableSequence(stop: stop) } catch { throw .ledger(error) }
        let waitLimit = WaitLimit(stop: stop, silenceMilliseconds: timing.silenceMilliseconds)
        connection = try address.connect("tradeledger replicate", waitLimit)
        endpoint = connection.endpoint
        do { try SchemaVersion.read(&connection).checkCurrent() } catch {
            throw ReplicationError(error, endpoint: endpoint)
        }
    }

    func hasEverything() throws(ReplicationError) -> Bool {
        do {
            return try ReplicationRow.read(&connection, ledgerID, .reading).map { $0.lastSequence >= sequence } ?? false
        } catch {
            throw ReplicationError(error, endpoint: endpoint)
        }
    }
}
