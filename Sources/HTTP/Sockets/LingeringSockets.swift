internal import Glibc

/// Connections that were answered before the client had sent everything.
///
/// Closing such a connection at once resets it, and the client may never see the answer. So what still comes is read
/// and forgotten for a while.
struct LingeringSockets: ~Copyable {
    private struct Socket {
        let deadline: Int
        var byteCount = 0
    }

    private static let byteCountMax = 16 << 20
    private var sockets: [Int32: Socket] = [:]

    /// Before this time there is nothing to do.
    var nextDeadline: Int? { sockets.values.lazy.map(\.deadline).min() }

    /// Keeps a copy of a descriptor of which the sending side is shut down.
    mutating func keep(_ descriptor: Int32, until deadline: Int, _ poller: borrowing Poller) {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { return }
        guard poller.set(copy, .readable, .lingering(copy)) else {
            close(copy)
            return
        }
        sockets[copy] = Socket(deadline: deadline)
    }

    /// Reads what has come.
    mutating func read(_ descriptor: Int32, _ poller: borrowing Poller) {
        guard var socket = sockets[descriptor] else { return }
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
        socket.byteCount += max(0, count)
        sockets[descriptor] = socket
        if count == 0 || count < 0 && errno != EAGAIN || socket.byteCount > Self.byteCountMax {
            end(descriptor, poller)
        }
    }

    /// Closes those whose time is over.
    mutating func closeLate(_ now: Int, _ poller: borrowing Poller) {
        guard !sockets.isEmpty else { return }
        for (descriptor, socket) in sockets where socket.deadline <= now { end(descriptor, poller) }
    }

    mutating func closeAll() {
        for descriptor in sockets.keys { close(descriptor) }
        sockets = [:]
    }

    private mutating func end(_ descriptor: Int32, _ poller: borrowing Poller) {
        poller.remove(descriptor)
        sockets[descriptor] = nil
        close(descriptor)
    }
}
