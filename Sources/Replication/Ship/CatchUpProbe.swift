internal import Ledger
internal import Postgres
internal import TradeModel

/// Checks whether another replicator has caught up: whether the database has what was durable at the start.
final class CatchUpProbe {
    private var connection: Connection
    private let ledgerID: EventID
    private let sequence: UInt64

    init(
        _ log: LogReader<PosixStorage>,
        _ address: DatabaseAddress,
        _ timing: ReplicationTiming,
        stop: Int32
    ) throws(ReplicationError) {
        ledgerID = log.ledgerID
        sequence = try ReplicationError.converting { try log.durableSequence(stop: stop) }
        let waitLimit = WaitLimit(stop: stop, silenceMilliseconds: timing.silenceMilliseconds)
        connection = try address.open("tradeledger replicate", waitLimit)
    }

    func hasEverything() throws(ReplicationError) -> Bool {
        try ReplicationError.converting(at: connection.endpoint) {
            let row = try ReplicationRow.read(&connection, ledgerID, .reading)
            return try row.map { try $0.position.lastSequence >= sequence } ?? false
        }
    }
}
