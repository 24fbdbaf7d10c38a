internal import Glibc

/// A TCP port of 127.0.0.1 on which connections are taken and nothing is ever answered.
package struct SilentListener: ~Copyable {
    private let socket: Socket

    package init() throws { socket = try Socket.listening() }

    package var port: UInt16 { socket.port }

    /// Waits until somebody has connected.
    package func waitForClient() {
        var file = pollfd(fd: socket.descriptor, events: Int16(POLLIN), revents: 0)
        while unsafe poll(&file, 1, -1) < 0 {}
    }
}
