internal import Glibc

/// The address of a socket of any family.
struct SocketAddress {
    private var storage = sockaddr_storage()
    private var byteCount = socklen_t(MemoryLayout<sockaddr_storage>.size)

    /// An address that a system call fills in.
    init() {}

    /// The address of a file; nil where the path does not fit, or contains a NUL.
    init?(unixSocket path: String) {
        var address = sockaddr_un()
        let isFitting = unsafe withUnsafeMutableBytes(of: &address.sun_path) { bytes in
            guard path.utf8.count < bytes.count, !path.utf8.contains(0) else { return false }
            unsafe bytes.copyBytes(from: path.utf8)
            return true
        }
        guard isFitting else { return nil }
        address.sun_family = sa_family_t(AF_UNIX)
        byteCount = socklen_t(MemoryLayout<sockaddr_un>.size)
        unsafe withUnsafeMutableBytes(of: &storage) { storage in
            unsafe withUnsafeBytes(of: address) { unsafe storage.copyMemory(from: $0) }
        }
    }

    /// Gives the address to a system call that reads it or fills it in.
    mutating func withPointer<Result>(
        _ body: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Result
    ) -> Result {
        unsafe withUnsafeMutablePointer(to: &storage) { storage in
            unsafe storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe withUnsafeMutablePointer(to: &byteCount) { unsafe body(address, $0) }
            }
        }
    }

    /// The port; nil where the family has none.
    var port: UInt16? {
        switch Int32(storage.ss_family) {
        case AF_INET: UInt16(bigEndian: read(as: sockaddr_in.self).sin_port)
        case AF_INET6: UInt16(bigEndian: read(as: sockaddr_in6.self).sin6_port)
        default: nil
        }
    }

    /// The numbers of an IP address, as text; nil where the family has none.
    ///
    /// An IPv4 address in an IPv6 one is written as IPv4.
    var host: String? {
        guard port != nil else { return nil }
        var address = self
        var buffer = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let result = unsafe address.withPointer {
            unsafe getnameinfo($0, $1.pointee, &buffer, socklen_t(buffer.count), nil, 0, NI_NUMERICHOST)
        }
        guard result == 0 else { return nil }
        let text = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return text.hasPrefix("::ffff:") && text.contains(".") ? String(text.dropFirst(7)) : text
    }

    private func read<Family>(as family: Family.Type) -> Family {
        unsafe withUnsafeBytes(of: storage) { unsafe $0.load(as: family) }
    }
}
