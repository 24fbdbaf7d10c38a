internal import Glibc
internal import Synchronization

/// The current behaviour of a proxy.
struct ProxyState: Sendable {
    /// An action that happens once, to all current sessions.
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

/// The state of a proxy, shared between tests and its thread.
final class ProxyShared: Sendable {
    private let guarded: Mutex<ProxyState>
    private let changing = Mutex(())
    /// Becomes readable after a change; a byte comes back once the thread has applied it.
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

    /// Reads or changes the state, on the thread of the proxy.
    func state<Value: Sendable>(_ body: (inout ProxyState) throws -> Value) rethrows -> Value {
        try guarded.withLock { try body(&$0) }
    }

    /// Changes the state, and waits until the thread of the proxy has applied it.
    func change(_ body: (inout ProxyState) -> Void) {
        changing.withLock { _ in
            guarded.withLock { body(&$0) }
            Self.pass(to: writingEnd)
            Self.take(from: writingEnd)
        }
    }

    /// Confirms a change of the state.
    func answer() {
        Self.take(from: wakingEnd)
        Self.pass(to: wakingEnd)
    }

    private static func pass(to end: Int32) {
        let count = unsafe send(end, [1], 1, Int32(MSG_NOSIGNAL))
        precondition(count == 1, "the other end is open")
    }

    private static func take(from end: Int32) {
        var byte: UInt8 = 0
        let count = unsafe recv(end, &byte, 1, 0)
        precondition(count == 1, "the other end is open")
    }
}
