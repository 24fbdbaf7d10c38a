internal import CLedgerShims
internal import Glibc
internal import HTTP
internal import Ledger
internal import LedgerService
internal import Replication
internal import ServiceClient

/// `serve`: offers a ledger to programs in other languages.
enum ServeCommand {
    static let command = Command(
        name: "serve",
        summary: "offers the ledger over HTTP to programs in any language",
        help: """
            serve opens the ledger for writing, and answers requests over HTTP until it is stopped: it appends events,
            answers from the folds, and streams new events. docs/http.md has every request with an example. If a
            database is given, it replicates too, and goes on without a database that cannot be reached.

            It listens on a TCP port and on a Unix socket. Whoever can open the socket may do everything. Over TCP,
            requests need a token as soon as one was made with `tradeledger token create`; until then programs on this
            machine may append and read. An address other than loopback needs TLS and a token, or --insecure.

            While it runs, the other commands work too: append, halt, resume, adjust, annotate and void go through the
            socket. SIGTERM ends it within 2 s; SIGHUP makes it read the certificate again. The secret
            kill_switch_secret (a file in /run/secrets, else KILL_SWITCH_SECRET) allows signed halts.

            example: tradeledger serve --listen 127.0.0.1:7373
            """,
        options: [
            Option("--listen", "HOST:PORT", "where to listen (default: \(usualListener); port 0 takes a free one)"),
            Option(
                "--socket",
                "PATH",
                "the Unix socket (default: \(ServiceClient.socketName) in the ledger's directory)"
            ),
            Option("--tls-certificate", "FILE", "the certificate with its chain, as PEM"),
            Option("--tls-key", "FILE", "the private key of the certificate, as PEM"),
            Option("--host", "NAME", "a name that Host may have; may be given several times", isRepeatable: true),
            Option("--rate-limit", "N", "requests a second of one token or address (default: \(usualRate))"),
            Option("--insecure", nil, "allow an address other than loopback without TLS and tokens"),
        ],
        run: run
    )

    private static let usualListener = "127.0.0.1:7373"
    private static let usualRate: UInt64 = 100_000

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        let stop = try StopSignal.install()
        let reload = ledger_reload_signal()
        guard reload >= 0 else { throw FileError.current("take over", "SIGHUP") }
        let manager = try ServiceManager(environment: { Settings.environment($0) }, pid: getpid())
        let configuration = try configuration(arguments, settings)
        let failure = try EventDescriptor()
        let log = settings.log
        let write: LogWriter = { log.write($0) }
        let server = try LedgerServer(configuration, log: write) { failure.signal() }
        defer { server.close() }
        AppendCommand.report(server.recovery, log)
        let link = try SocketLink(configuration.socketPath, in: settings.ledgerDirectory)
        defer { link?.remove() }
        let notes = try manager.address.map { try NotifySocket($0) }
        if let notes, let period = manager.watchdogPeriod { try server.startWatchdog(notes, every: period) }
        log.say(.info, "serving \(settings.ledgerDirectory) on \(name(configuration.listener, port: server.port))")
        try notes?.send(.ready)
        try wait(for: stop, reload, failure.descriptor) { try self.reload(server, notes, log) }
        try notes?.send(.stopping)
        if let fault = server.fault { throw fault }
        return .done
    }

    /// Waits until the server is to stop, and reloads meanwhile.
    private static func wait(
        for stop: Int32,
        _ reload: Int32,
        _ failure: Int32,
        onReload: () throws -> Void
    ) throws {
        while true {
            var descriptors = [stop, reload, failure].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            let count = unsafe poll(&descriptors, nfds_t(descriptors.count), -1)
            guard count >= 0 || errno == EINTR else { throw FileError.current("wait for signals of", "serve") }
            guard count > 0 else { continue }
            if descriptors[0].revents != 0 || descriptors[2].revents != 0 { return }
            var bytes = [UInt8](repeating: 0, count: 16)
            while unsafe read(reload, &bytes, bytes.count) > 0 {}
            try onReload()
        }
    }

    private static func reload(_ server: LedgerServer, _ notes: NotifySocket?, _ log: Log) throws {
        try notes?.send(.reloading)
        do {
            try server.reloadCertificate()
            log.say(.info, "read the certificate again")
        } catch {
            log.say(.error, "the old certificate stays in use: \(error)")
        }
        try notes?.send(.ready)
    }
}

/// What the arguments say.
extension ServeCommand {
    private static func configuration(
        _ arguments: CommandLineArguments,
        _ settings: Settings
    ) throws -> LedgerServer.Configuration {
        let rate = try arguments.number("--rate-limit") ?? usualRate
        guard (1...UInt64(Int32.max)).contains(rate) else {
            throw Failure(.usage, "--rate-limit takes 1 to \(Int32.max) requests a second")
        }
        return LedgerServer.Configuration(
            directory: settings.ledgerDirectory,
            listener: try listener(arguments, settings),
            socketPath: arguments["--socket"] ?? "\(settings.ledgerDirectory)/\(ServiceClient.socketName)",
            hostNames: arguments.all("--host"),
            rate: Rate(Int(rate), per: .seconds(1)),
            secret: try settings.killSwitchSecret(),
            database: settings.hasDatabase ? try settings.database() : nil,
            version: ProgramVersion.current
        )
    }

    private static func listener(
        _ arguments: CommandLineArguments,
        _ settings: Settings
    ) throws -> HTTPListener {
        let text = arguments["--listen"] ?? usualListener
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            throw Failure(.usage, "--listen takes HOST:PORT such as \(usualListener), not \(text)")
        }
        let host = String(text[..<colon]).filter { $0 != "[" && $0 != "]" }
        guard !host.isEmpty else { throw Failure(.usage, "--listen takes a host too, such as \(usualListener)") }
        let files: HTTPCertificateFiles?
        switch (arguments["--tls-certificate"], arguments["--tls-key"]) {
        case (nil, nil): files = nil
        case (let certificate?, let key?): files = HTTPCertificateFiles(certificate: certificate, key: key)
        default: throw Failure(.usage, "--tls-certificate and --tls-key are given together")
        }
        let isLocal = host == "localhost" || host == "::1" || host.hasPrefix("127.")
        if !isLocal, !arguments.has("--insecure") {
            guard files != nil, try !TokenFile(of: settings.ledgerDirectory).tokens().isEmpty else {
                throw Failure(
                    .configuration,
                    "\(host) can be reached from other machines, which needs --tls-certificate, --tls-key and a token "
                        + "(tradeledger token create); --insecure does without"
                )
            }
        }
        return .tcp(host: host, port: port, tls: files)
    }

    /// The listener for people, with the port that the system chose.
    private static func name(_ listener: HTTPListener, port: UInt16) -> String {
        guard case .tcp(let host, _, let files) = listener else { return "" }
        let address = host.contains(":") ? "[\(host)]" : host
        return "\(files == nil ? "http" : "https")://\(address):\(port)"
    }
}

/// A symbolic link by which other commands find a socket outside of the ledger's directory.
private struct SocketLink {
    private let path: String

    /// Makes the link; nil where the socket is in the ledger's directory itself.
    init?(_ socketPath: String, in directory: String) throws {
        path = "\(directory)/\(ServiceClient.socketName)"
        guard socketPath != path else { return nil }
        let target = socketPath.hasPrefix("/") ? socketPath : "\(try Directory.current())/\(socketPath)"
        _ = unsafe unlink(path)
        guard unsafe symlink(target, path) == 0 else { throw FileError.current("link", path) }
    }

    func remove() { _ = unsafe unlink(path) }
}

/// A descriptor that becomes readable once something has happened.
private final class EventDescriptor: Sendable {
    let descriptor: Int32
    private let writing: Int32

    init() throws {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { throw FileError.current("open", "a pipe") }
        (descriptor, writing) = (ends[0], ends[1])
    }

    deinit {
        close(descriptor)
        close(writing)
    }

    func signal() {
        var byte: UInt8 = 0
        _ = unsafe write(writing, &byte, 1)
    }
}
