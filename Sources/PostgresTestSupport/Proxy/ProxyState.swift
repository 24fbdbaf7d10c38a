internal import Glibc
internal import Synchronization

/// What a proxy is told to do.
struct ProxyState: Sendable {
    /// What happens once, to all sessions that are there.
    enum Order: Sendable {
        case cut
        case stall
        case heal
    }

    /// The Unix socket of the server.
    var target: String
    var armed: ArmedFault?
    var faultCount = 0
    var delayMilliseconds = 0
    var isRefusing = false
    var isSwallowing = false
    var isEnding = false
    var orders: [Order] = []
}

/// The state of a proxy, between those who tell it what to do and its thread.
final class ProxyShared: Sendable {
    private let guarded: Mutex<ProxyState>
    /// Becomes readable when something was changed.
    let wakingEnd: Int32
    private let writingEnd: Int32

    init(target: String) {
        guarded = Mutex(ProxyState(target: target))
        var ends: [Int32] = [0, 0]
        let result = unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends)
        precondition(result == 0, "the system has sockets")
        (wakingEnd, writingEnd) = (ends[0], ends[1])
    }

    deinit {
        close(wakingEnd)
        close(writingEnd)
    }

    /// Looks at the state, or works with it, on the thread of the proxy.
    func state<Value: Sendable>(_ body: (inout ProxyState) throws -> Value) rethrows -> Value {
        try guarded.withLock { try body(&$0) }
    }

    /// Changes the state, and wakes the thread of the proxy.
    func change(_ body: (inout ProxyState) -> Void) {
        guarded.withLock { body(&$0) }
        let count = unsafe send(writingEnd, [1], 1, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
        precondition(count == 1 || errno == EAGAIN, "the thread of the proxy can be woken")
    }

    /// Forgets that something was changed.
    func clearWake() {
        var bytes = [UInt8](repeating: 0, count: 256)
        _ = unsafe recv(wakingEnd, &bytes, bytes.count, Int32(MSG_DONTWAIT))
    }
}
