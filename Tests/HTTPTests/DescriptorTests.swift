import CForkTestSupport
import Glibc
import HTTP
import LedgerTestSupport
import Synchronization
import Testing

@Suite(.onOwnThread) struct `A server without descriptors` {
    /// Runs a server on a thread that has a table of descriptors of its own.
    private final class LonelyServer: Sendable {
        let port = Mutex<UInt16>(0)
        let isReady = Signal()
        let mayFree = Signal()
        let mayEnd = Signal()
        let problem = Mutex<String?>(nil)

        func run() {
            do {
                guard test_own_descriptors() == 0 else {
                    throw SystemFailure(operation: "leave the table of descriptors", number: errno)
                }
                let server = try TestServer()
                let client = try server.client()
                try require(try client.request("GET", "/").status == 200)
                port.withLock { $0 = server.server.port ?? 0 }
                var taken: [Int32] = []
                while case let descriptor = unsafe open("/dev/null", O_RDONLY), descriptor >= 0 {
                    taken.append(descriptor)
                }
                isReady.raise()
                mayFree.wait()
                try require(try client.request("POST", "/", body: "there").text == "POSTthere")
                for descriptor in taken { close(descriptor) }
                isReady.raise()
                mayEnd.wait()
                server.server.close(milliseconds: 0)
            } catch {
                problem.withLock { $0 = "\(error)" }
                isReady.raise()
                isReady.raise()
            }
        }

        private func require(_ condition: Bool) throws {
            guard condition else { throw SystemFailure(operation: "get the answer", number: EPROTO) }
        }
    }

    @Test func `refuses connections, serves those that it has, and recovers`() throws {
        let lonely = LonelyServer()
        let thread = TestThread { lonely.run() }
        lonely.isReady.wait()
        let port = lonely.port.withLock { $0 }
        for _ in 0..<3 { #expect(try RawClient(port: port).response().status == 503) }
        lonely.mayFree.raise()
        lonely.isReady.wait()
        #expect(try RawClient(port: port).request("GET", "/").status == 200)
        lonely.mayEnd.raise()
        thread.join()
        #expect(lonely.problem.withLock { $0 } == nil)
    }
}
