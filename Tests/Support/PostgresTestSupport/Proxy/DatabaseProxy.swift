internal import LedgerTestSupport
internal import Synchronization

/// A port of 127.0.0.1 that leads to a server, through a network that a test can make fail.
package final class DatabaseProxy: Sendable {
    private let kind: ServerKind
    package let port: UInt16
    private let shared: ProxyShared
    private let thread: Mutex<TestThread?>

    /// A way to a server that works.
    package init(to server: TestServer) throws {
        let listener = try Socket.listening()
        let shared = ProxyShared(target: try server.socketPath)
        (kind, port, self.shared) = (server.kind, listener.port, shared)
        thread = Mutex(
            TestThread {
                var loop = ProxyLoop(shared, listener)
                do { try loop.run() } catch { preconditionFailure("a port that is kept can be listened on: \(error)") }
            }
        )
    }

    deinit {
        shared.change { $0.isEnding = true }
        thread.withLock { $0.take()?.join() }
    }

    /// The server, through the proxy.
    package var server: TestServer {
        TestServer(kind: kind, url: "postgresql://postgres@127.0.0.1:\(port)/postgres")
    }

    /// The URL of a database of the server, through the proxy.
    package func url(of databaseURL: String) -> String { server.databaseURL(TestServer.databaseName(in: databaseURL)) }

    /// The number of sessions that have met an armed fault.
    package var faultCount: Int { shared.state { $0.faultCount } }

    /// Makes the next sessions that reach the step fail there.
    package func arm(_ fault: SessionFault, _ step: ProtocolStep, sessionCount: Int = 1) {
        shared.change { $0.armed = ArmedFault(step: step, fault: fault, remainingCount: sessionCount) }
    }

    /// Waits until this many sessions have met an armed fault.
    package func waitForFaults(_ count: Int) throws {
        try waitUntil("\(count) sessions meet their fault") { faultCount >= count }
    }

    /// Ends all sessions.
    package func cut() {
        shared.change { $0.orders.append(.cut) }
    }

    /// Refuses connections, as a machine without a server does.
    package func refuse() {
        shared.change { state in
            state.orders.append(.cut)
            state.isRefusing = true
        }
    }

    /// Drops everything: sessions stay, connections are accepted, and no byte is passed on.
    package func swallow() {
        shared.change { state in
            state.orders.append(.stall)
            state.isSwallowing = true
        }
    }

    /// Delays everything by this time, in each direction.
    package func delay(milliseconds: Int) {
        shared.change { $0.delayMilliseconds = milliseconds }
    }

    /// Connects new sessions to another server.
    package func lead(to server: TestServer) throws {
        let target = try server.socketPath
        shared.change { $0.target = target }
    }

    /// Ends all faults, and passes on what was held back.
    package func heal() {
        shared.change { state in
            state.armed = nil
            state.isRefusing = false
            state.isSwallowing = false
            state.delayMilliseconds = 0
            state.orders.append(.heal)
        }
    }
}
