internal import Ledger
internal import Postgres
internal import TradeModel

/// One session of the replicator with its database: finds the database's position, and stores batches after it.
final class ReplicationSession {
    /// The database, for messages.
    let endpoint: String
    /// The durability that the server's configuration does not provide, for people.
    let shortfalls: [String]
    private var connection: Connection
    private let writer: BatchWriter
    private let watch: LedgerWatch
    private let ledgerID: EventID
    /// What the database holds; nil before it was read, and after it may have changed.
    private var replica: ReplicaState?
    /// When the first event stored since the database last caught up was recorded; nil if there is none.
    private var catchingUpSince: Timestamp?
    /// The events of the batch that is being stored, 0 where none is.
    private(set) var eventCountUnderWay = 0

    /// Opens a session with a database that has the schema.
    init(
        _ log: LogReader<PosixStorage>,
        _ address: DatabaseAddress,
        _ timing: ReplicationTiming,
        stop: Int32
    ) throws(ReplicationError) {
        ledgerID = log.ledgerID
        let waitLimit = WaitLimit(stop: stop, silenceMilliseconds: timing.silenceMilliseconds)
        var connection = try address.connect("tradeledger replicate", waitLimit)
        let endpoint = connection.endpoint
        watch = try ReplicationError.converting { try LedgerWatch(log.storage.directory) }
        let name = try ReplicationError.converting { try LedgerName.read(log.storage) }
        (shortfalls, writer) = try ReplicationError.converting(at: endpoint) {
            try SessionSettings.apply(&connection, timing)
            try SchemaVersion.read(&connection).checkCurrent()
            let shortfalls = try SessionSettings.durabilityShortfalls(&connection)
            let identity = ReplicatorIdentity(log.storage.directory)
            return (shortfalls, try BatchWriter(&connection, log.ledgerID, name, identity))
        }
        self.endpoint = endpoint
        self.connection = connection
    }

    var isAlive: Bool { !connection.isBroken }

    /// Reads the database's position, checks it against the log, and moves the source to it.
    ///
    /// A database that has lost all events of the ledger is first reset to the beginning; `onLoss` then receives its
    /// old position.
    func align(_ source: inout BatchSource, onLoss: (UInt64) -> Void) throws(ReplicationError) {
        replica = nil
        try told {
            try SchemaVersion.read(&connection).checkCurrent()
            while true {
                let emptyRoot = try source.root(at: 0)
                let found = try connection.withTransaction { connection in
                    try ReplicaState.find(&connection, ledgerID, emptyRoot: emptyRoot)
                }
                try check(found, &source)
                guard found.isEmptied else {
                    replica = found
                    return
                }
                if try found.startOver(&connection, ledgerID, emptyRoot: emptyRoot) {
                    onLoss(found.position.lastSequence)
                }
            }
        }
    }

    /// The position of the database; nil if it has to be read first.
    var replicatedSequence: UInt64? { replica?.position.lastSequence }

    private func check(_ found: ReplicaState, _ source: inout BatchSource) throws {
        let (position, durable) = (found.position, try source.refresh())
        let divergence = try Divergence(
            position: position.lastSequence,
            lastClaim: found.checkpointedSequence,
            durable: durable
        ) {
            try source.move(to: position.lastSequence)
            guard try source.root(at: position.lastSequence) != position.root else { return nil }
            return Divergence.Fork(lastCommonSequence: 0, firstForeignSequence: position.lastSequence)
        }
        switch divergence {
        case .unknown, .inStep, .behind: return
        case .ahead(let last): throw ReplicationError.ahead(ledgerID, database: last, log: durable)
        case .fork(let fork):
            let sequence = fork.firstForeignSequence
            let root = try source.root(at: sequence)
            throw ReplicationError.fork(ledgerID, at: sequence, database: position.root, log: root)
        }
    }

    enum Shipment {
        case stored(ShippedBatch)
        /// The position of the database has changed; nothing was stored.
        case moved
        /// There is no event to store.
        case nothing
    }

    /// Stores the next batch, of so many events at most.
    func ship(_ source: inout BatchSource, eventCountMax: Int) throws(ReplicationError) -> Shipment {
        guard let replica else { return .moved }
        eventCountUnderWay = 0
        return try told {
            guard let batch = try batch(&source, after: replica, eventCountMax: eventCountMax) else {
                try refreshHours()
                return .nothing
            }
            eventCountUnderWay = batch.eventCount
            let stored: ShippedBatch?
            do {
                stored = try writer.write(batch, &connection, after: replica)
            } catch let error as PostgresError where error.retryClass == .refusedData {
                throw try refusal(error, of: batch, after: replica)
            }
            guard let stored else { return .moved }
            eventCountUnderWay = 0
            self.replica = replica.after(batch)
            if catchingUpSince == nil { catchingUpSince = batch.firstEvent.recordedAt }
            try source.move(to: batch.lastSequence)
            return .stored(stored)
        }
    }

    /// The next batch.
    ///
    /// If the database lost events but still has their checkpoints, the batch ends at one of these, and its root has to
    /// be the log's. So the rows of `ledger.checkpoints` stay contiguous, and another history is noticed before any of
    /// it is stored.
    private func batch(
        _ source: inout BatchSource,
        after replica: ReplicaState,
        eventCountMax: Int
    ) throws -> EventBatch? {
        let position = replica.position.lastSequence
        let form = LedgerRows(ledgerID: ledgerID, ledgerNumber: replica.position.ledgerNumber)
        guard position < replica.checkpointedSequence else {
            return try source.batch(eventCountMax: eventCountMax, form)
        }
        let limit = min(replica.checkpointedSequence, position + UInt64(eventCountMax))
        let kept = try CheckpointRows.last(&connection, ledgerID, after: position, upTo: limit)
        let batch = try source.batch(eventCountMax: Int((kept?.sequence ?? limit) - position), form)
        if let batch, let kept, kept.sequence == batch.lastSequence, kept.root != batch.root {
            throw ReplicationError.fork(ledgerID, at: kept.sequence, database: kept.root, log: batch.root)
        }
        return batch
    }

    /// Why the server refuses a batch.
    private func refusal(
        _ error: PostgresError,
        of batch: EventBatch,
        after replica: ReplicaState
    ) throws -> any Error {
        let uniqueViolation = "23505"
        if error.sqlState == uniqueViolation,
            let last = try EventTable.lastSequence(&connection, ledgerID, after: replica.position.lastSequence)
        {
            return ReplicationError.altered(ledgerID, position: replica.position.lastSequence, eventsUpTo: last)
        }
        return batch.eventCount == 1 ? ReplicationError.refused(RefusedEvent(batch.firstEvent, ledgerID, error)) : error
    }

    /// Waits until the log may have grown, or `stop` becomes readable; throws where the session ends meanwhile.
    func waitForGrowth(stop: Int32) throws(ReplicationError) {
        try told {
            try watch.wait(wake: stop, peer: connection.socketDescriptor)
            // No response is pending: what arrives is a notice, or the end of the session.
            _ = try connection.consumeNotifications()
        }
    }

    /// Recomputes the aggregates of past hours for which late events arrived.
    ///
    /// The current hour is computed at query time.
    private func refreshHours() throws {
        guard let since = catchingUpSince else { return }
        catchingUpSince = nil
        let age = LedgerClock.system.now().microsecondsSince1970 - since.microsecondsSince1970
        guard age > Self.hourMicroseconds else { return }
        _ = try connection.query("SELECT ledger.refresh_aggregates('ledger.trade_events')")
    }

    private static let hourMicroseconds: Int64 = 3_600_000_000

    /// Runs a step, and adds to its error the endpoint and, for a lock timeout, the holder of the lock.
    private func told<Value>(_ step: () throws -> Value) throws(ReplicationError) -> Value {
        try ReplicationError.converting(at: endpoint) {
            do { return try step() } catch { throw LockHolder.adding(to: error, &connection) }
        }
    }
}

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
