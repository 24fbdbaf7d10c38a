internal import LedgerTestSupport
internal import Synchronization

/// A port of 127.0.0.1 behind which a server is, and a network that fails when it is told to.
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

    /// The server, by way of the proxy.
    package var server: TestServer {
        TestServer(kind: kind, url: "postgresql://postgres@127.0.0.1:\(port)/postgres")
    }

    /// The URL by which a database of the server is reached by way of the proxy.
    package func url(of databaseURL: String) -> String { server.databaseURL(TestServer.databaseName(in: databaseURL)) }

    /// How many sessions have met an armed fault.
    package var faultCount: Int { shared.state { $0.faultCount } }

    /// Has the next sessions that reach the step fail there.
    package func arm(_ fault: SessionFault, _ step: ProtocolStep, sessionCount: Int = 1) {
        shared.change { $0.armed = ArmedFault(step: step, fault: fault, remainingCount: sessionCount) }
    }

    /// Waits until so many sessions have met an armed fault.
    package func waitForFaults(_ count: Int) throws {
        try waitUntil("\(count) sessions meet their fault") { faultCount >= count }
    }

    /// Ends all sessions.
    package func cut() {
        shared.change { $0.orders.append(.cut) }
    }

    /// Lets nobody connect: a connection is refused, as by a machine on which no server runs.
    package func refuse() {
        shared.change { state in
            state.orders.append(.cut)
            state.isRefusing = true
        }
    }

    /// Swallows everything: sessions stay, connections come to be, and nothing gets through.
    package func swallow() {
        shared.change { state in
            state.orders.append(.stall)
            state.isSwallowing = true
        }
    }

    /// Has everything take so much longer, each way.
    package func delay(milliseconds: Int) {
        shared.change { $0.delayMilliseconds = milliseconds }
    }

    /// Leads new sessions to another server.
    package func lead(to server: TestServer) throws {
        let target = try server.socketPath
        shared.change { $0.target = target }
    }

    /// Ends all faults: what was held back gets through.
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
