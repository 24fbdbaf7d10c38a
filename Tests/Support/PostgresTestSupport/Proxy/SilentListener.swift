internal import Glibc

/// A TCP port of 127.0.0.1 that accepts connections and never answers.
package struct SilentListener: ~Copyable {
    private let socket: Socket

    package init() throws { socket = try Socket.listening() }

    package var port: UInt16 { socket.port }

    /// Waits for a connection.
    package func waitForClient() {
        var file = pollfd(fd: socket.descriptor, events: Int16(POLLIN), revents: 0)
        while unsafe poll(&file, 1, -1) < 0 {}
    }
}
