package import Ledger
package import Replication
package import TradeModel

/// The replicator as a task of the service, which carries on without the database.
///
/// The replicator itself waits for a database that cannot be reached. After an error that waiting cannot resolve, such
/// as a schema that is missing, the supervisor begins again after a pause.
package struct ReplicationTask: Sendable {
    /// The name of the task.
    package static let name = "replication"

    private let reader: LedgerReader
    private let address: DatabaseAddress
    private let timing: ReplicationTiming
    private let log: LogWriter
    private let onShipped: @Sendable (ShippedBatch) -> Void

    /// A task that ships the events of a ledger to a database; `onShipped` gets each transaction.
    package init(
        _ reader: LedgerReader,
        _ address: DatabaseAddress,
        timing: ReplicationTiming = ReplicationTiming(),
        log: @escaping LogWriter,
        onShipped: @escaping @Sendable (ShippedBatch) -> Void = { _ in }
    ) {
        (self.reader, self.address, self.timing, self.log) = (reader, address, timing, log)
        self.onShipped = onShipped
    }

    /// Ships events until it is asked to stop.
    ///
    /// Throws errors that waiting cannot resolve.
    package func run(_ run: TaskRun) throws {
        let replicator = try Replicator(reader, address, stop: run.stop, timing: timing) { report in
            var line = LogLine(report, of: reader.ledgerID)
            line.ledgerID = reader.ledgerID
            log(line)
            switch report {
            case .shipped(let batch, _):
                onShipped(batch)
                run.showRunning()
            case .connected, .recovered: run.showRunning()
            case .waitingForAnother: run.showWaiting(line.message)
            case .retrying(let error, _), .failing(let error, _, _): run.showWaiting(error.description)
            case .promisingLess, .startedOver, .unseen: break
            }
        }
        try replicator.run(.untilStopped)
    }
}

extension LogLine {
    /// The line for a report of the replicator of a ledger.
    package init(_ report: Replicator.Report, of ledgerID: EventID) {
        switch report {
        case .waitingForAnother(let pid):
            let holder = pid.map { "process \($0)" } ?? "another process"
            self.init(.info, "waiting for \(holder), which is replicating this ledger")
        case .connected(let endpoint, let sequence):
            self.init(.info, "connected to \(endpoint), which has \(sequence) events of ledger \(ledgerID)")
        case .promisingLess(let shortfall): self.init(.warning, shortfall)
        case .shipped(let batch, let durable):
            self.init(.debug, "shipped up to \(batch.lastSequence) of \(durable)")
        case .startedOver(let sequence):
            self.init(
                .warning,
                "THE DATABASE LOST ITS EVENTS: it had \(sequence) of ledger \(ledgerID) and now has none; "
                    + "shipping all of them again"
            )
        case .retrying(let error, let milliseconds):
            self.init(.debug, "\(error); trying again in \(milliseconds) ms")
        case .failing(let error, let attemptCount, let milliseconds):
            let lasting =
                "; still failing after \(attemptCount) tries in \(CatchUpPace.text(milliseconds: milliseconds))"
            self.init(.warning, "\(error)" + (attemptCount == 1 ? "; trying again until it works" : lasting))
        case .recovered(let attemptCount, let milliseconds):
            let extent = "\(attemptCount) tries in \(CatchUpPace.text(milliseconds: milliseconds))"
            self.init(.info, "replication continues after \(extent)")
        case .unseen(let error):
            self.init(.warning, "replication continues, but `status` cannot show it: \(error)")
        }
    }
}
