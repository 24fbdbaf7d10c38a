package import HTTP
package import Ledger
internal import Replay
package import Replication
internal import TradeModel

/// A ledger that is served: the writer, the folds, the listeners and the background work, from `init` to `close`.
package final class LedgerServer: Sendable {
    /// How a ledger is served.
    package struct Configuration: Sendable {
        /// The directory of the ledger.
        package let directory: String
        /// Where it listens beside the Unix socket.
        package let listener: HTTPListener
        /// The Unix socket.
        package let socketPath: String
        /// What `Host` may say beside the names of the loopback interface.
        package let hostNames: [String]
        /// How many requests one token or one address may make.
        package let rate: Rate
        /// The secret of the kill switch; nil where signatures are refused.
        package let secret: KillSwitchSecret?
        /// The database; nil where nothing is replicated.
        package let database: DatabaseAddress?
        /// The version of the program.
        package let version: String

        /// A configuration of these parts.
        package init(
            directory: String,
            listener: HTTPListener,
            socketPath: String,
            hostNames: [String],
            rate: Rate,
            secret: KillSwitchSecret?,
            database: DatabaseAddress?,
            version: String
        ) {
            self.directory = directory
            self.listener = listener
            self.socketPath = socketPath
            self.hostNames = hostNames
            self.rate = rate
            self.secret = secret
            self.database = database
            self.version = version
        }
    }

    /// What opening the ledger found and did.
    package var recovery: RecoveryReport { ledger.recovery }
    private let ledger: Ledger
    private let live: LiveFold
    private let pool: WorkPool
    private let supervisor: Supervisor
    private let servers: [HTTPServer]
    private let health: ServiceHealth

    /// How long the answers under way may take once the server ends, and then the background work: less than the 2 s
    /// within which it ends.
    private static let answerTime = Duration.milliseconds(1000)
    private static let backgroundTime = Duration.milliseconds(300)

    /// Opens the ledger, and serves it until `close`.
    ///
    /// `onFailure` is called, on any thread, if the ledger has to be opened again: the server then ends. Throws what
    /// opening throws, and faults of the listeners.
    package init(
        _ configuration: Configuration,
        log: @escaping LogWriter,
        onFailure: @escaping @Sendable () -> Void
    ) throws {
        let clock = LedgerClock.system
        ledger = try Ledger(opening: configuration.directory, clock: clock) { log(LogLine(.warning, $0)) }
        let reader = try LedgerReader(opening: configuration.directory)
        live = try LiveFold(reader)
        pool = WorkPool()
        supervisor = Supervisor(clock: clock, log: log)
        health = ServiceHealth(reader, onFailure: onFailure)
        let metrics = ServiceMetrics(version: configuration.version, startedAt: clock.now())
        let gate = RequestGate(
            AllowedHosts(configuration.hostNames),
            TokenStore(try TokenFile(of: configuration.directory)),
            RequestLimits(requests: configuration.rate)
        )
        try ledger.observeCommits(
            CommitObserver { [live] report in
                live.noteDurable(report.durableSequence)
                metrics.record(report)
            }
        )
        let figures = FiguresReader(reader, live, supervisor, clock)
        let service = Service(
            Service.Parts(
                reading: Reading(reader: reader, live: live),
                routes: .all(configuration.database),
                gate: gate,
                appender: Appender(ledger, configuration.secret, gate, health, clock, metrics),
                pool: pool,
                health: health,
                metrics: metrics,
                figures: figures,
                clock: clock,
                log: log,
                version: configuration.version
            )
        )
        let onProblem: @Sendable (String) -> Void = { log(LogLine(.debug, $0)) }
        servers = try [configuration.listener, .unixSocket(path: configuration.socketPath)].map { listener in
            try HTTPServer(listener, handler: service, onProblem: onProblem)
        }
        figures.count(servers)
        live.start()
        if let database = configuration.database {
            let task = ReplicationTask(reader, database, log: log) { metrics.record($0) }
            try supervisor.start(ReplicationTask.name) { try task.run($0) }
        }
    }

    /// The port of TCP.
    package var port: UInt16 { servers[0].port ?? 0 }

    /// Why the ledger has to be opened again; nil where it need not.
    package var fault: LedgerError? { health.fault }

    /// Pets the watchdog of the service manager until `close`, each time after a flush has completed.
    package func startWatchdog(_ socket: NotifySocket, every period: Duration) throws {
        let task = WatchdogTask(socket, every: period) { [ledger] in try ledger.testFlush() }
        try supervisor.start(WatchdogTask.name) { try task.run($0) }
    }

    /// Reads the certificate again.
    ///
    /// Throws where it cannot be used; the old one then stays in use.
    package func reloadCertificate() throws {
        for server in servers { try server.reloadCertificate() }
    }

    /// Ends everything: streams get their last event, and requests under way their answers.
    ///
    /// Everything acknowledged is durable.
    package func close() {
        for server in servers { server.stopAccepting() }
        live.recent.close()
        let deadline = ContinuousClock.now + Self.answerTime
        for server in servers {
            let left = max(.zero, deadline - .now)
            server.close(milliseconds: Int(left / .milliseconds(1)))
        }
        pool.close(within: Self.backgroundTime)
        _ = supervisor.stop(within: Self.backgroundTime)
        live.stop()
        ledger.close()
    }
}
