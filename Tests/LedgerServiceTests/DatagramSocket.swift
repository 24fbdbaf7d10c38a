import Glibc
import LedgerTestSupport

/// A socket like the one on which systemd takes the notes of its services.
final class DatagramSocket {
    private let descriptor: Int32

    /// Binds a path, or with `@` before it a name in the abstract namespace.
    init(_ name: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = name.hasPrefix("@") ? [0] + name.utf8.dropFirst() : name.utf8 + [0]
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        let size = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        let isBound = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(descriptor, $0, size) == 0 }
        }
        guard isBound else { throw SystemFailure(operation: "bind \(name)", number: errno) }
    }

    deinit { close(descriptor) }

    /// The next datagram; throws if none comes for a long time.
    func receive() throws -> String {
        var file = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&file, 1, 60_000) == 1 else { throw SystemFailure(operation: "receive", number: ETIMEDOUT) }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }

    /// Whether no datagram has come.
    var isEmpty: Bool {
        var file = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&file, 1, 0) == 0
    }
}
