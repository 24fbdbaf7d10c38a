import Glibc
import Ledger
import LedgerService
import LedgerTestSupport
import PostgresTestSupport
import Testing

@Suite struct `What systemd asks for` {
    private func manager(_ variables: [String: String]) throws -> ServiceManager {
        try ServiceManager(environment: { variables[$0] }, pid: 42)
    }

    @Test func `is nothing where it did not start the service`() throws {
        let manager = try manager([:])
        #expect(manager.address == nil && manager.watchdogPeriod == nil)
        #expect(try self.manager(["WATCHDOG_USEC": "1000000"]).watchdogPeriod == nil)
    }

    @Test func `is a socket at a path or of an abstract name`() throws {
        #expect(try manager(["NOTIFY_SOCKET": "/run/notify"]).address == .path("/run/notify"))
        #expect(try manager(["NOTIFY_SOCKET": "@notify/1"]).address == .abstract("notify/1"))
    }

    @Test func `is a sign of life in half of the time after which it ends the service`() throws {
        let socket = ["NOTIFY_SOCKET": "/run/notify", "WATCHDOG_USEC": "30000000"]
        #expect(try manager(socket).watchdogPeriod == .seconds(15))
        #expect(try manager(socket.merging(["WATCHDOG_PID": "42"]) { $1 }).watchdogPeriod == .seconds(15))
        #expect(try manager(socket.merging(["WATCHDOG_PID": "41"]) { $1 }).watchdogPeriod == nil)
    }

    @Test(arguments: [
        ["NOTIFY_SOCKET": ""], ["NOTIFY_SOCKET": "@"], ["NOTIFY_SOCKET": "run/notify"],
        ["NOTIFY_SOCKET": "vsock:2:1"], ["NOTIFY_SOCKET": "/a\0b"],
        ["NOTIFY_SOCKET": "/a", "WATCHDOG_USEC": "0"], ["NOTIFY_SOCKET": "/a", "WATCHDOG_USEC": "-5"],
        ["NOTIFY_SOCKET": "/a", "WATCHDOG_USEC": "1e6"], ["NOTIFY_SOCKET": "/a", "WATCHDOG_USEC": "+1"],
        ["NOTIFY_SOCKET": "/a", "WATCHDOG_USEC": "18446744073709551615"],
        ["NOTIFY_SOCKET": "/a", "WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "x"],
    ])
    func `is refused where systemd would not set it`(_ variables: [String: String]) {
        #expect(throws: ServiceError.self) { try manager(variables) }
    }
}

@Suite(.onOwnThread) struct `A note to systemd` {
    private let directory = TemporaryDirectory()

    @Test(arguments: [false, true]) func `arrives as a datagram`(_ isAbstract: Bool) throws {
        let name = isAbstract ? "tradeledger-test-\(getpid())" : directory.path + "/notify"
        let systemd = try DatagramSocket(isAbstract ? "@" + name : name)
        let socket = try NotifySocket(isAbstract ? .abstract(name) : .path(name))
        for note in [NotifySocket.Note.ready, .status("serving\n10 clients"), .watchdog, .reloading, .stopping] {
            try socket.send(note)
        }
        #expect(try systemd.receive() == "READY=1")
        #expect(try systemd.receive() == "STATUS=serving 10 clients")
        #expect(try systemd.receive() == "WATCHDOG=1")
        let reloading = try systemd.receive().split(separator: "\n")
        #expect(reloading.first == "RELOADING=1")
        let microseconds = try #require(reloading.last?.split(separator: "=").last.flatMap { UInt64($0) })
        #expect(microseconds > 0)
        #expect(try systemd.receive() == "STOPPING=1")
    }

    @Test func `has the monotonic time of a reload`() {
        let text = NotifySocket.Note.reloading.text(monotonicMicroseconds: 1_234_567)
        #expect(text == "RELOADING=1\nMONOTONIC_USEC=1234567")
    }

    @Test func `fails with a reason where nobody listens`() throws {
        let path = directory.path + "/none"
        #expect(throws: ServiceError.self) { try NotifySocket(.path(path)) }
        #expect(throws: ServiceError.self) { try NotifySocket(.path("/" + String(repeating: "x", count: 200))) }
        var systemd: DatagramSocket? = try DatagramSocket(path)
        let socket = try NotifySocket(.path(path))
        #expect(systemd?.isEmpty == true)
        systemd = nil
        #expect(throws: ServiceError.self) { try socket.send(.ready) }
    }
}

@Suite(.onOwnThread) struct `The watchdog` {
    private struct FlushFailed: Error {}

    private let directory = TemporaryDirectory()

    @Test func `is petted after each completed flush, and not after one that failed`() throws {
        let path = directory.path + "/notify"
        let systemd = try DatagramSocket(path)
        let flushes = Lock(0)
        let watchdog = WatchdogTask(try NotifySocket(.path(path)), every: .milliseconds(1)) {
            try flushes.withLock { count in
                guard count < 3 else { throw FlushFailed() }
                count += 1
            }
        }
        let supervisor = Supervisor { _ in }
        try supervisor.start(WatchdogTask.name, watchdog.run)
        try waitUntil("a flush failed") { supervisor.statuses[0].failureCount > 0 }
        for _ in 0..<3 { #expect(try systemd.receive() == "WATCHDOG=1") }
        #expect(systemd.isEmpty)
        #expect(supervisor.stop(within: .seconds(60)).isEmpty)
    }
}
