internal import Glibc
internal import LedgerTestSupport

/// Owns one non-blocking socket.
final class Socket: Sendable {
    /// The result of an attempt to read.
    enum Reading {
        case bytes([UInt8])
        case nothingYet
        case end
    }

    private static let flags = Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
    private static let stream = Int32(SOCK_STREAM.rawValue) | flags

    let descriptor: Int32

    private init(_ descriptor: Int32, _ operation: String) throws {
        guard descriptor >= 0 else { throw SystemFailure(operation: operation, number: errno) }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// A socket that listens on a port of 127.0.0.1.
    static func listening() throws -> Socket {
        // The socket keeps its port while it does not listen.
        let free = try bound(to: 0)
        let socket = try withExtendedLifetime(free) { try bound(to: free.port) }
        try socket.listen()
        return socket
    }

    private static func bound(to port: UInt16) throws -> Socket {
        let socket = try Socket(Glibc.socket(AF_INET, stream, 0), "socket")
        // Two sockets may have the port, as long as neither listens.
        try socket.set(SOL_SOCKET, SO_REUSEADDR)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        address.sin_port = port.bigEndian
        let result = unsafe withSocketAddress(&address) { unsafe bind(socket.descriptor, $0, $1) }
        guard result == 0 else { throw SystemFailure(operation: "bind", number: errno) }
        return socket
    }

    /// A connection to a Unix socket.
    static func connected(to path: String) throws -> Socket {
        let socket = try Socket(Glibc.socket(AF_UNIX, stream, 0), "socket")
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        let result = unsafe withSocketAddress(&address) { unsafe connect(socket.descriptor, $0, $1) }
        guard result == 0 else { throw SystemFailure(operation: "connect to \(path)", number: errno) }
        return socket
    }

    var port: UInt16 {
        var address = sockaddr_in()
        let result = unsafe withSocketAddress(&address) { pointer, byteCount in
            var byteCount = byteCount
            return unsafe getsockname(descriptor, pointer, &byteCount)
        }
        precondition(result == 0, "a bound socket has a name")
        return UInt16(bigEndian: address.sin_port)
    }

    func listen() throws {
        guard Glibc.listen(descriptor, 64) == 0 else { throw SystemFailure(operation: "listen", number: errno) }
    }

    /// Ends listening; `listen` begins it again on the same port.
    ///
    /// Closing is not enough: a child of this process that has not called exec yet still has the descriptor.
    func stopListening() throws {
        guard shutdown(descriptor, Int32(SHUT_RDWR)) == 0 else {
            throw SystemFailure(operation: "shutdown", number: errno)
        }
    }

    /// The next connection; nil if there is none.
    func accept() throws -> Socket? {
        let accepted = Glibc.accept(descriptor, nil, nil)
        guard accepted >= 0 || errno != EAGAIN else { return nil }
        let socket = try Socket(accepted, "accept")
        guard fcntl(accepted, F_SETFL, O_NONBLOCK) == 0, fcntl(accepted, F_SETFD, FD_CLOEXEC) == 0 else {
            throw SystemFailure(operation: "fcntl", number: errno)
        }
        // Messages are passed on at once.
        try socket.set(Int32(IPPROTO_TCP), TCP_NODELAY)
        return socket
    }

    /// The bytes that can be read; an error counts as the end.
    func read() -> Reading {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
        if count < 0 && errno == EAGAIN { return .nothingYet }
        return count > 0 ? .bytes(Array(buffer.prefix(count))) : .end
    }

    /// Writes what the socket accepts at once, and removes it; false if the other side is gone.
    func write(_ bytes: inout [UInt8]) -> Bool {
        let count = unsafe bytes.withUnsafeBytes {
            unsafe send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        guard count >= 0 else { return errno == EAGAIN }
        bytes.removeFirst(count)
        return true
    }

    private func set(_ level: Int32, _ option: Int32) throws {
        var isOn: Int32 = 1
        let result = unsafe setsockopt(descriptor, level, option, &isOn, socklen_t(MemoryLayout<Int32>.size))
        guard result == 0 else { throw SystemFailure(operation: "setsockopt", number: errno) }
    }

    private static func withSocketAddress<Address>(
        _ address: inout Address,
        _ body: (UnsafeMutablePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<Address>.size))
            }
        }
    }

    private func withSocketAddress<Address>(
        _ address: inout Address,
        _ body: (UnsafeMutablePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        unsafe Self.withSocketAddress(&address, body)
    }
}
