internal import Glibc
package import Ledger
internal import Postgres
internal import TradeModel

/// Ships the durable events of a ledger into a database, each exactly once and in order, and keeps the projections.
///
/// What the database has is asked of its own row of `ledger.replication`, never remembered: after any failure the
/// replicator reads it again and goes on from there.
package final class Replicator {
    /// What happens while it runs, for logs and progress bars.
    package enum Report {
        case connected(endpoint: String, replicatedSequence: UInt64)
        case shipped(lastSequence: UInt64, durableSequence: UInt64)
        case retrying(ReplicationError, afterMilliseconds: Int32)
    }

    /// How long it works.
    package enum Duration {
        /// Until everything durable is in the database; a database that cannot be reached is an error.
        case once
        /// Until it is stopped; it waits for new events and for a database that cannot be reached.
        case untilStopped
    }

    private struct Stopped: Error {}

    private let log: LogReader<PosixStorage>
    private let address: DatabaseAddress
    private let stop: Int32
    private let timing: ReplicationTiming
    private let report: (Report) -> Void
    private var feed: LogFeed
    /// A batch that was read from the log and is not known to be in the database.
    private var pending: EventBatch?
    private var backoff = Backoff()

    /// A replicator of a ledger.
    ///
    /// `stop` is a descriptor that becomes readable when it shall end.
    package init(
        _ reader: LedgerReader,
        _ address: DatabaseAddress,
        stop: Int32,
        timing: ReplicationTiming = ReplicationTiming(),
        report: @escaping (Report) -> Void
    ) throws(ReplicationError) {
        log = reader.log
        self.address = address
        self.stop = stop
        self.timing = timing
        self.report = report
        do { feed = try LogFeed(reader.log) } catch { throw .ledger(error) }
    }

    /// Works until the end of its duration, or until it is stopped.
    ///
    /// Throws what waiting cannot mend.
    package func run(_ duration: Duration) throws(ReplicationError) {
        while true {
            do throws(ReplicationError) {
                try runSession(duration)
                return
            } catch {
                if error.isStop { return }
                guard duration == .untilStopped, error.isRetryable else {
                    throw PartingReport(log: log, address).explaining(error)
                }
                let pause = backoff.next()
                report(.retrying(error, afterMilliseconds: pause))
                if isStopped(waitingMilliseconds: pause) { return }
            }
        }
    }

    /// Works through one session until the duration ends or the session fails.
    private func runSession(_ duration: Duration) throws(ReplicationError) {
        let interruption = Interruption(stop: stop, silenceMilliseconds: timing.silenceMilliseconds)
        var connection = try address.connect("tradeledger replicate", interruption)
        let endpoint = connection.endpoint
        do {
            try SchemaVersion.read(&connection).checkCurrent()
            let watch = try LedgerWatch(log.storage.directory)
            let writer = try BatchWriter(&connection, log.ledgerID, Shipper(log.storage.directory))
            var row = try align(&connection)
            report(.connected(endpoint: endpoint, replicatedSequence: row.lastSequence))
            while true {
                try checkNotStopped()
                pending = try pending ?? feed.nextBatch()
                guard let batch = pending else {
                    if duration == .once { return }
                    try watch.wait(wake: stop)
                    continue
                }
                guard try writer.write(batch, &connection, behind: row) else {
                    row = try align(&connection)
                    continue
                }
                pending = nil
                backoff.reset()
                row = ReplicationRow(ledgerNumber: row.ledgerNumber, lastSequence: batch.lastSequence, root: batch.root)
                report(.shipped(lastSequence: batch.lastSequence, durableSequence: feed.durableSequence))
            }
        } catch is Stopped {
            return
        } catch {
            throw ReplicationError(error, endpoint: endpoint)
        }
    }

    /// Reads where the database is, checks that it lies on this log, and takes the log to that place.
    private func align(_ connection: inout Connection) throws -> ReplicationRow {
        if try ReplicationRow.read(&connection, log.ledgerID, .reading) == nil {
            try ReplicationRow.create(&connection, log.ledgerID, emptyRoot: try feed.root(at: 0))
        }
        guard let row = try ReplicationRow.read(&connection, log.ledgerID, .reading) else {
            throw PostgresError(kind: .protocolViolation, message: "the row of ledger.replication vanished")
        }
        let durable = try feed.refresh()
        guard row.lastSequence <= durable else {
            throw ReplicationError.diverged(
                "the database holds \(row.lastSequence) events of ledger \(log.ledgerID), the log has \(durable)",
                remedy: "the log's disk was lost or set back: append nothing, and bring the log back from a backup"
            )
        }
        // A batch whose commit came through after all is behind the row now.
        if let batch = pending, row.lastSequence + 1 != batch.firstSequence {
            pending = nil
        }
        if pending == nil { try feed.seek(row.lastSequence) { try checkNotStopped() } }
        guard try feed.root(at: row.lastSequence) == row.root else {
            throw ReplicationError.diverged(
                "database and log of ledger \(log.ledgerID) differ in the first \(row.lastSequence) events (a fork): "
                    + "Merkle roots \(row.root) and \(try feed.root(at: row.lastSequence))",
                remedy: "nothing is shipped; find out which of two copies of the ledger is the right one"
            )
        }
        try DatabaseLead.remove(log.storage)
        return row
    }

    private func checkNotStopped() throws(Stopped) {
        if isStopped(waitingMilliseconds: 0) { throw Stopped() }
    }

    private func isStopped(waitingMilliseconds: Int32) -> Bool {
        var descriptor = pollfd(fd: stop, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&descriptor, 1, waitingMilliseconds) > 0
    }
}
