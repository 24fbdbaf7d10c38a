internal import Glibc

/// A client of HTTP that sends bytes as they are, and reads what comes.
///
/// It blocks.
package final class RawClient {
    /// A response as it came.
    package struct Response {
        package let status: Int
        /// The lines of the header, without the first.
        package let fields: [String]
        package var body: [UInt8]

        /// A response with these parts.
        package init(status: Int, fields: [String], body: [UInt8]) {
            (self.status, self.fields, self.body) = (status, fields, body)
        }

        package var text: String { String(decoding: body, as: UTF8.self) }

        /// The value of a field; nil where there is none.
        package subscript(name: String) -> String? {
            let prefix = name.lowercased() + ":"
            guard let field = fields.first(where: { $0.lowercased().hasPrefix(prefix) }) else { return nil }
            return String(field.dropFirst(prefix.count).drop { $0 == " " })
        }
    }

    private let descriptor: Int32
    private var unread: [UInt8] = []

    /// Connects to a port of this machine.
    package init(port: UInt16, receiveBuffer: Int32? = nil) throws {
        descriptor = try Self.open(AF_INET)
        if var size = receiveBuffer {
            unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        try connect(&address)
    }

    /// Connects to a Unix socket.
    package init(unixSocket path: String) throws {
        descriptor = try Self.open(AF_UNIX)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        try connect(&address)
    }

    deinit { close(descriptor) }

    private static func open(_ family: Int32) throws -> Int32 {
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SystemFailure(operation: "socket", number: errno) }
        signal(SIGPIPE, SIG_IGN)
        var limit = timeval(tv_sec: 120, tv_usec: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        return descriptor
    }

    private func connect<Address>(_ address: inout Address) throws {
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<Address>.size))
            }
        }
        guard result == 0 else { throw SystemFailure(operation: "connect", number: errno) }
    }

    /// Sends a text.
    package func send(_ text: String) throws { try send(Array(text.utf8)) }

    /// Sends bytes.
    package func send(_ bytes: [UInt8]) throws {
        guard trySend(bytes) else { throw SystemFailure(operation: "send", number: errno) }
    }

    /// Sends bytes; false if the server has ended the connection.
    package func trySend(_ bytes: [UInt8]) -> Bool {
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.send(descriptor, $0.baseAddress?.advanced(by: done), $0.count - done, 0)
            }
            guard count > 0 else { return false }
            done += count
        }
        return true
    }

    /// Sends a byte, waits a little for an answer, and so on until there is one.
    package func dribble() {
        var state = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while trySend([UInt8(ascii: "a")]), unsafe poll(&state, 1, 50) == 0 {}
    }

    /// Says that nothing more is sent.
    package func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// The next bytes, so many exactly.
    package func bytes(_ count: Int) throws -> [UInt8] {
        while unread.count < count {
            guard try readMore() else { throw SystemFailure(operation: "read \(count) bytes", number: EPIPE) }
        }
        defer { unread.removeFirst(count) }
        return Array(unread.prefix(count))
    }

    /// All bytes until the server ends the connection, in whatever way.
    package func rest() -> [UInt8] {
        while true {
            do { guard try readMore() else { break } } catch { break }
        }
        defer { unread = [] }
        return unread
    }

    /// The next line, without its end.
    package func line() throws -> String {
        while true {
            if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
                let line = unread[..<end].filter { $0 != UInt8(ascii: "\r") }
                unread.removeSubrange(...end)
                return String(decoding: line, as: UTF8.self)
            }
            guard try readMore() else { throw SystemFailure(operation: "read a line", number: EPIPE) }
        }
    }

    /// The header of the next response.
    package func head() throws -> Response {
        let status = try line().split(separator: " ")
        var fields: [String] = []
        while case let field = try line(), !field.isEmpty { fields.append(field) }
        guard status.count >= 2, let code = Int(status[1]) else {
            throw SystemFailure(operation: "read \(status)", number: EPROTO)
        }
        return Response(status: code, fields: fields, body: [])
    }

    /// The next response, with its body.
    package func response() throws -> Response {
        var response = try head()
        if let length = response["Content-Length"].flatMap(Int.init) {
            response.body = try bytes(length)
        } else if response["Transfer-Encoding"] == "chunked" {
            while case let chunk = try chunk(), !chunk.isEmpty { response.body += chunk }
        }
        return response
    }

    /// The next chunk; empty at the end.
    package func chunk() throws -> [UInt8] {
        guard let count = Int(try line(), radix: 16) else {
            throw SystemFailure(operation: "read a chunk", number: EPROTO)
        }
        let chunk = try bytes(count)
        _ = try line()
        return chunk
    }

    /// Sends a request, and returns its response.
    package func request(
        _ method: String,
        _ path: String,
        _ fields: [String] = [],
        body: String? = nil
    ) throws -> Response {
        let length = body.map { ["Content-Length: \($0.utf8.count)"] } ?? []
        let head = ["\(method) \(path) HTTP/1.1", "Host: localhost"] + fields + length
        try send(head.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? ""))
        return try response()
    }

    private func readMore() throws -> Bool {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
        guard count >= 0 else { throw SystemFailure(operation: "read", number: errno) }
        unread += buffer.prefix(count)
        return count > 0
    }
}
