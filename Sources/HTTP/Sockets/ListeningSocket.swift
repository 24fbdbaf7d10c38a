internal import CLedgerShims
internal import Glibc

/// A socket that takes connections, until it is released.
struct ListeningSocket: ~Copyable {
    let descriptor: Int32
    /// The port of a TCP socket.
    let port: UInt16?
    private let file: SocketFile?

    init(_ listener: HTTPListener) throws(HTTPError) {
        (descriptor, port, file) = try Self.open(listener)
    }

    deinit {
        file?.remove()
        close(descriptor)
    }

    private static func open(_ listener: HTTPListener) throws(HTTPError) -> (Int32, UInt16?, SocketFile?) {
        switch listener {
        case .tcp(let host, let port, _):
            let descriptor = try openTCP(host, port)
            return (descriptor, Self.port(of: descriptor), nil)
        case .unixSocket(let path, let mode):
            let (descriptor, file) = try SocketFile.listen(path, mode: mode)
            return (descriptor, nil, file)
        }
    }

    /// So many connections wait to be accepted.
    fileprivate static let backlog: Int32 = 4_096

    private static func openTCP(_ host: String, _ port: UInt16) throws(HTTPError) -> Int32 {
        var hints = unsafe addrinfo()
        unsafe hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let result = unsafe getaddrinfo(host.isEmpty ? nil : host, "\(port)", &hints, &found)
        guard result == 0 else {
            throw HTTPError("cannot find the address of \(host): \(unsafe String(cString: gai_strerror(result)))")
        }
        defer { unsafe freeaddrinfo(found) }
        var failure = HTTPError("\(host) has no address")
        var next = unsafe found
        while let address = unsafe next?.pointee {
            do throws(HTTPError) { return try unsafe bind(address, "\(host):\(port)") } catch { failure = error }
            unsafe next = address.ai_next
        }
        throw failure
    }

    private static func bind(_ address: addrinfo, _ name: String) throws(HTTPError) -> Int32 {
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = unsafe socket(address.ai_family, type, 0)
        guard descriptor >= 0 else { throw HTTPError(cannot: "open a socket", errno) }
        var yes: Int32 = 1
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        guard unsafe Glibc.bind(descriptor, address.ai_addr, address.ai_addrlen) == 0, listen(descriptor, backlog) == 0
        else {
            defer { close(descriptor) }
            throw HTTPError(cannot: "listen on \(name)", errno)
        }
        return descriptor
    }

    private static func port(of descriptor: Int32) -> UInt16? {
        var address = SocketAddress()
        let result = unsafe address.withPointer { unsafe getsockname(descriptor, $0, $1) }
        assert(result == 0, "a bound socket has an address")
        return address.port
    }
}

/// The file of a Unix socket, in a directory that is held open: its path may be longer than a socket's address.
private struct SocketFile {
    private let directory: Int32
    private let name: String
    private let device: UInt64
    private let inode: UInt64

    /// Opens a socket, and listens on it.
    static func listen(_ path: String, mode: UInt32) throws(HTTPError) -> (Int32, SocketFile) {
        let name = String(path.split(separator: "/").last ?? "")
        let parent = path.contains("/") ? String(path.dropLast(name.count)) : "."
        let directory = unsafe ledger_open_directory(parent)
        guard directory >= 0 else { throw HTTPError(cannot: "open the directory of \(path)", errno) }
        do throws(HTTPError) {
            guard let address = SocketAddress(unixSocket: "/proc/self/fd/\(directory)/\(name)"), !path.hasSuffix("/")
            else { throw HTTPError("\(path) is no name for a socket") }
            try removeStale(path, directory, name, address)
            let descriptor = try open(path, address, mode)
            guard let status = status(directory, name), unsafe fchmodat(directory, name, mode_t(mode), 0) == 0 else {
                defer { close(descriptor) }
                throw HTTPError(cannot: "set the mode of \(path)", errno)
            }
            let file = SocketFile(
                directory: directory,
                name: name,
                device: UInt64(status.st_dev),
                inode: UInt64(status.st_ino)
            )
            return (descriptor, file)
        } catch {
            close(directory)
            throw error
        }
    }

    /// Removes the file if it is still the one that this server has created.
    func remove() {
        if let status = Self.status(directory, name), UInt64(status.st_dev) == device, UInt64(status.st_ino) == inode {
            unsafe unlinkat(directory, name, 0)
        }
        close(directory)
    }

    private static func open(_ path: String, _ address: SocketAddress, _ mode: UInt32) throws(HTTPError) -> Int32 {
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_UNIX, type, 0)
        guard descriptor >= 0 else { throw HTTPError(cannot: "open a socket", errno) }
        var address = address
        // The file gets the mode of the socket, less the umask: so nobody else can open it before fchmodat(2).
        guard fchmod(descriptor, mode_t(mode)) == 0,
            unsafe address.withPointer({ unsafe bind(descriptor, $0, $1.pointee) }) == 0,
            Glibc.listen(descriptor, ListeningSocket.backlog) == 0
        else {
            defer { close(descriptor) }
            throw HTTPError(cannot: "listen on \(path)", errno)
        }
        return descriptor
    }

    /// Removes a socket on which nobody listens; throws where somebody does, or where the file is no socket.
    private static func removeStale(
        _ path: String,
        _ directory: Int32,
        _ name: String,
        _ address: SocketAddress
    ) throws(HTTPError) {
        guard let status = status(directory, name) else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw HTTPError("\(path) is there, and is not a socket") }
        let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard probe >= 0 else { throw HTTPError(cannot: "open a socket", errno) }
        defer { close(probe) }
        var address = address
        let result = unsafe address.withPointer { unsafe connect(probe, $0, $1.pointee) }
        guard result != 0, errno == ECONNREFUSED else { throw HTTPError("another server listens on \(path)") }
        guard unsafe unlinkat(directory, name, 0) == 0 else {
            throw HTTPError(cannot: "remove the socket of a dead server, \(path)", errno)
        }
    }

    private static func status(_ directory: Int32, _ name: String) -> stat? {
        var status = stat()
        return unsafe fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 ? status : nil
    }
}
