internal import Glibc

/// Tells systemd about the state of the service, with datagrams (sd_notify(3)).
///
/// Sendable because the descriptor lives as long as this does, and each datagram is sent with one call.
package final class NotifySocket: Sendable {
    /// What the service reports.
    package enum Note: Sendable {
        /// It accepts requests.
        case ready
        /// It is about to end.
        case stopping
        /// It reads its configuration again; `ready` follows.
        case reloading
        /// It works: the watchdog begins to count again.
        case watchdog
        /// What it does, for people, on one line.
        case status(String)

        /// The lines of the datagram, where the monotonic clock shows this many microseconds.
        package func text(monotonicMicroseconds: UInt64) -> String {
            switch self {
            case .ready: "READY=1"
            case .stopping: "STOPPING=1"
            case .reloading: "RELOADING=1\nMONOTONIC_USEC=\(monotonicMicroseconds)"
            case .watchdog: "WATCHDOG=1"
            case .status(let text): "STATUS=" + String(text.map { $0.isNewline ? " " : $0 })
            }
        }
    }

    private static let timeoutSeconds = 1
    private let descriptor: Int32

    /// Connects to the socket of the service manager.
    ///
    /// Throws where nothing listens there.
    package init(_ address: ServiceManager.Address) throws(ServiceError) {
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .current("open a socket for NOTIFY_SOCKET") }
        // A service manager that reads nothing must not keep the service from ending.
        var timeout = timeval(tv_sec: Self.timeoutSeconds, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        let isLimited = unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, size) == 0
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        let bytes = Self.bytes(address)
        guard bytes.count <= MemoryLayout.size(ofValue: name.sun_path) else {
            close(descriptor)
            throw ServiceError("the path in NOTIFY_SOCKET is too long")
        }
        unsafe withUnsafeMutableBytes(of: &name.sun_path) { unsafe $0.copyBytes(from: bytes) }
        let offset = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? MemoryLayout<sa_family_t>.size
        let isConnected = unsafe withUnsafePointer(to: &name) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(offset + bytes.count)) == 0
            }
        }
        guard isLimited && isConnected else {
            let error = ServiceError.current("connect to NOTIFY_SOCKET")
            close(descriptor)
            throw error
        }
    }

    deinit { close(descriptor) }

    /// The bytes of a name: a name in the abstract namespace begins with a zero and has none at its end.
    private static func bytes(_ address: ServiceManager.Address) -> [UInt8] {
        switch address {
        case .path(let path): Array(path.utf8) + [0]
        case .abstract(let name): [0] + name.utf8
        }
    }

    /// Reports a state.
    ///
    /// Throws where the service manager does not take it within a second.
    package func send(_ note: Note) throws(ServiceError) {
        var now = timespec()
        let isRead = unsafe clock_gettime(CLOCK_MONOTONIC, &now) == 0
        precondition(isRead, "Linux has a monotonic clock")
        let microseconds = UInt64(now.tv_sec) * 1_000_000 + UInt64(now.tv_nsec) / 1_000
        let bytes = Array(note.text(monotonicMicroseconds: microseconds).utf8)
        var count: Int
        repeat {
            count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
        } while count < 0 && errno == EINTR
        guard count == bytes.count else { throw .current("notify the service manager through NOTIFY_SOCKET") }
    }
}
