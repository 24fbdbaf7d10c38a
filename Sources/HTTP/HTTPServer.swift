internal import Glibc
internal import Synchronization

/// Serves HTTP/1.1 on one socket, with one thread of its own.
///
/// It lets no client keep the others from being served: whatever a client asks for is within the limits, and its
/// connection is closed where it is not.
package final class HTTPServer: Sendable {
    /// The TCP port on which it listens; nil on a Unix socket.
    package let port: UInt16?
    private let certificateFiles: HTTPCertificateFiles?
    private let limits: HTTPLimits
    private let loop: ServerLoop
    private let thread: Mutex<ServerThread?>

    /// Listens, and starts to serve.
    ///
    /// `onProblem` gets a sentence about each fault of the program that answers requests; it is called on the thread of
    /// the server. The process should ignore SIGPIPE.
    ///
    /// - Throws: if the address cannot be listened on, or the certificate cannot be used.
    package init(
        _ listener: HTTPListener,
        limits: HTTPLimits = HTTPLimits(),
        handler: any HTTPHandler,
        onProblem: @escaping @Sendable (String) -> Void
    ) throws(HTTPError) {
        certificateFiles = if case .tcp(_, _, let tls) = listener { tls } else { nil }
        let certificate = try Self.certificate(certificateFiles)
        let socket = try ListeningSocket(listener)
        port = socket.port
        self.limits = limits
        loop = try ServerLoop(socket, limits, handler, onProblem)
        loop.use(try Daemon(loop, limits, certificate))
        thread = Mutex(ServerThread(loop))
    }

    deinit { close(milliseconds: 0) }

    /// How many connections are open.
    package var connectionCount: Int { loop.clientCount.load(ordering: .relaxed) }

    /// Closes the listening socket; the connections go on.
    package func stopAccepting() { loop.mailbox.post(.stopAccepting) }

    /// Ends the streams, lets the answers under way finish for a time, and closes everything.
    ///
    /// Returns when the thread has ended. Only the first call does anything; it must not come from the handler.
    package func close(milliseconds: Int) {
        guard let thread = thread.withLock({ $0.take() }) else { return }
        loop.mailbox.post(.close(milliseconds: milliseconds))
        thread.join()
    }

    /// Reads the certificate and its key again, for new connections; without TLS it does nothing.
    ///
    /// - Throws: if they cannot be used; the old ones stay in use.
    package func reloadCertificate() throws(HTTPError) {
        guard let certificate = try Self.certificate(certificateFiles) else { return }
        let daemon = try Daemon(loop, limits, certificate)
        if !loop.mailbox.post(.use(daemon)) { daemon.stop() }
    }

    private static func certificate(_ files: HTTPCertificateFiles?) throws(HTTPError) -> CertificateTexts? {
        guard let files else { return nil }
        return try CertificateTexts(reading: files)
    }
}
