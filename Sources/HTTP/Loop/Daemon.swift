internal import CMicrohttpd
internal import Glibc
internal import Synchronization

/// A daemon of libmicrohttpd: it parses requests and sends responses, for one certificate.
///
/// Every call but `init` comes from the thread of the server.
@safe
final class Daemon: @unchecked Sendable {
    /// What libmicrohttpd says while a daemon starts.
    ///
    /// Later it only describes what clients do wrong.
    private final class Log: Sendable {
        let firstLine = Mutex<String?>(nil)
    }

    /// Whether its connections speak TLS.
    let isEncrypted: Bool
    /// Readable while it has something to do.
    let descriptor: Int32
    /// How many connections it has.
    var connectionCount = 0
    private let raw: OpaquePointer
    private let log = Log()

    init(_ loop: ServerLoop, _ limits: HTTPLimits, _ certificate: CertificateTexts?) throws(HTTPError) {
        var callbacks = unsafe mhd_callbacks(
            context: Unmanaged.passUnretained(loop).toOpaque(),
            log_context: Unmanaged.passUnretained(log).toOpaque(),
            log: noteLine,
            target: takeTarget,
            request: takeRequest,
            completed: endExchange,
            connection: noteConnection
        )
        // The response and the records of the fields take their memory from the same piece as the request's head.
        let memory = limits.headByteCount + 8 << 10
        let count = UInt32(limits.connectionCount)
        let idle = UInt32(limits.idleSeconds)
        let started =
            if let certificate {
                unsafe mhd_start(&callbacks, memory, count, idle, certificate.certificate, certificate.key)
            } else {
                unsafe mhd_start(&callbacks, memory, count, idle, nil, nil)
            }
        guard let raw = unsafe started else {
            let reason = log.firstLine.withLock { $0 } ?? "out of memory or descriptors"
            throw HTTPError(certificate == nil ? reason : "the certificate and the key cannot be used: \(reason)")
        }
        unsafe self.raw = raw
        isEncrypted = certificate != nil
        descriptor = unsafe mhd_epoll_descriptor(raw)
    }

    /// Does what there is to do, without waiting.
    func run() { unsafe MHD_run(raw) }

    /// After how many milliseconds it has something to do, even if no descriptor is ready.
    var timeout: Int? {
        var milliseconds: UInt64 = 0
        return unsafe MHD_get_timeout(raw, &milliseconds) == .YES ? Int(clamping: milliseconds) : nil
    }

    /// Serves a connection; false, after closing it, where there is no memory for it.
    func add(_ descriptor: Int32, _ address: inout SocketAddress) -> Bool {
        unsafe address.withPointer { unsafe MHD_add_connection(raw, descriptor, $0, $1.pointee) } == .YES
    }

    /// Closes all connections, of which none may be suspended, and then the daemon.
    func stop() { unsafe MHD_stop_daemon(raw) }

    fileprivate static func note(
        _ context: UnsafeMutableRawPointer?,
        _ format: UnsafePointer<CChar>?,
        _ arguments: CVaListPointer
    ) {
        guard let context = unsafe context, let format = unsafe format else { return }
        let log = unsafe Unmanaged<Log>.fromOpaque(context).takeUnretainedValue()
        log.firstLine.withLock { line in
            guard line == nil else { return }
            var buffer = [CChar](repeating: 0, count: 256)
            unsafe vsnprintf(&buffer, buffer.count, format, arguments)
            let text = String(decoding: buffer.prefix { $0 > 0x1F }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            line = text.hasSuffix(".") ? String(text.dropLast()) : text
        }
    }
}

private func noteLine(
    _ context: UnsafeMutableRawPointer?,
    _ format: UnsafePointer<CChar>?,
    _ arguments: CVaListPointer?
) {
    guard let arguments = unsafe arguments else { return }
    unsafe Daemon.note(context, format, arguments)
}
