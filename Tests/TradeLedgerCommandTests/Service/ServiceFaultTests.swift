import Glibc
import LedgerTestSupport
import PostgresTestSupport
import Testing

@Suite(.onOwnThread) struct `The service and faults` {
    private static let eventCount = 400
    private static let padding = #","context":{"pad":""# + String(repeating: "p", count: 60 << 10) + #""}"#

    @Test(.mounts(.tmpfs)) func `accepts closes on a full disk, refuses opens with 507, and goes on`() throws {
        let ledger = try CommandLedger()
        let disk = try SmallDisk(.tmpfs, mebibyteCount: 28)
        let environment = ["TRADELEDGER_DIR": disk.path + "/ledger"]
        #expect(try ledger.run("init", environment: environment).ending == .exit(0))
        let service = try RunningService(ledger, environment: environment)
        for trade in 0..<10 { #expect(try service.append(EventText.opened("t\(trade)")).status == 201) }
        try disk.fill()
        var count = 10
        var response = try service.append(EventText.opened("u\(count)", more: Self.padding))
        while response.status == 201 {
            count += 1
            response = try service.append(EventText.opened("u\(count)", more: Self.padding))
        }
        #expect(response.status == 507 && response["Retry-After"] != nil)
        #expect(try response.code() == "disk_full")
        let other = try service.client()
        for trade in 0..<10 {
            let closed = EventText.closed("t\(trade)")
            let fields = ["Content-Type: application/json"]
            #expect(try other.request("POST", "/v1/events", fields, body: closed).status == 201)
            #expect(try service.append(EventText.opened("u", more: Self.padding)).status == 507)
        }
        #expect(try other.request("GET", "/v1/trades/t0").status == 200)
        #expect(try other.request("GET", "/health/ready").status == 200)
        try disk.empty()
        #expect(try service.append(EventText.opened("u")).status == 201)
        #expect(try service.end(SIGTERM) == .exit(0), "\(service.messages)")
        let verified = try ledger.run("verify", environment: environment)
        #expect(verified.ending == .exit(0), "\(verified.stdout)")
        #expect(try ledger.run("events", environment: environment).lines.count == count + 11)
    }

    @Test func `ends with 74 after a flush that failed, and the next one has all that was acknowledged`() throws {
        let ledger = try CommandLedger()
        let fault = Fault(files: Fault.segments, call: "fdatasync", effect: "EIO")
        let service = try RunningService(ledger, environment: fault.environment(whenSwitchedOnBeside: ledger))
        let (busy, idle) = (BusyClient(service), try service.client())
        try busy.expectProgress()
        _ = try ledger.file(Fault.switchName, "")
        let failed = try service.append(EventText.opened("failed"))
        #expect(failed.status == 503 && failed["Retry-After"] != nil, "\(failed)")
        #expect(try failed.code() == "not_ready")
        // The server may have ended the connection already.
        if let ready = try? idle.request("GET", "/health/ready") { #expect(ready.status == 503) }
        busy.stop()
        #expect(try service.end() == .exit(74))
        #expect(service.messages.last?.contains("cannot flush") == true, "\(service.messages)")
        #expect(try ledger.shell(#"rm "$D/\#(Fault.switchName)""#).ending == .exit(0))
        try RunningService.serving(ledger) { (service) throws in
            for number in 0..<busy.count {
                #expect(try service.request("GET", "/v1/trades/busy-\(number)").status == 200)
            }
            #expect(try service.append(EventText.opened("after")).status == 201)
        }
    }

    @Test func `goes on beside clients that read nothing, whose streams cost no memory`() throws {
        let ledger = try CommandLedger()
        try RunningService.serving(ledger) { (service) throws in
            let silent = try (0..<20).map { _ in
                let client = try RawClient(port: service.port, receiveBuffer: 4_096)
                try client.send("GET /v1/stream?from=1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
                return client
            }
            var follower = try EventStream(try service.client(), after: 0)
            let appender = try service.client()
            let fields = ["Content-Type: application/json"]
            func append(_ numbers: Range<Int>) throws {
                for number in numbers {
                    // The ledger itself keeps in memory what is known of trades that are open.
                    let opened = EventText.opened("t\(number)", more: Self.padding)
                    let event = number.isMultiple(of: 2) ? opened : EventText.closed("t\(number - 1)")
                    #expect(try appender.request("POST", "/v1/events", fields, body: event).status == 201)
                    #expect(try follower.nextOfLedger()?.id == "\(number + 1)")
                }
            }
            try append(0..<200)
            let before = try service.residentKibibytes
            // 6 MB of events; copies for each client would be 20 times as much.
            try append(200..<Self.eventCount)
            let after = try service.residentKibibytes
            #expect(after - before < 8 << 10, "\(before) KiB, then \(after) KiB")
            for client in silent.prefix(2) { try expectEnd(client, of: service) }
        }
    }

    /// Reads what a client finally gets, and expects that it can resume without a gap.
    ///
    /// The service says that it is behind, or ends a connection that took nothing for 30 s.
    private func expectEnd(_ client: RawClient, of service: RunningService) throws {
        #expect(try client.head().status == 200)
        var stream = EventStream(rest: client)
        var last: Int64 = 0
        while last < Self.eventCount {
            do {
                guard let event = try stream.next(), event.type == nil else {
                    throw SystemFailure(operation: "follow", number: EPIPE)
                }
                last += 1
                #expect(event.id == "\(last)")
            } catch is SystemFailure {
                stream = try EventStream(try service.client(), after: last)
            }
        }
    }

    @Test(.needsServer, arguments: TestServer.all)
    func `goes on beside a database that hangs, and says in time what it does not have`(server: TestServer) throws {
        try server.withDatabase { url in
            let ledger = try CommandLedger()
            let proxy = try DatabaseProxy(to: server)
            #expect(try ledger.run("migrate", "--database", url).ending == .exit(0))
            try RunningService.serving(ledger, ["--database", proxy.url(of: url)]) { (service) throws in
                let busy = BusyClient(service)
                let waiting = ["Prefer: ack=database"]
                let first = try service.append(EventText.opened("first"), waiting)
                #expect(first.status == 201)
                #expect(try first.object()["replicated"] == .bool(true))
                proxy.swallow()
                let second = try service.append(EventText.opened("second"), waiting)
                #expect(second.status == 201)
                #expect(try second.object()["replicated"] == .bool(false))
                try busy.expectProgress()
                #expect(try service.request("GET", "/health/ready").status == 200)
                proxy.heal()
                try waitUntil("the database has what is appended") {
                    let again = try service.append(EventText.opened("\(busy.count)"), waiting)
                    return try again.object()["replicated"] == .bool(true)
                }
                proxy.swallow()
                try busy.expectProgress()
                // It ends although the database says nothing.
                busy.stop()
            }
            proxy.heal()
            #expect(try ledger.run("replicate", "--once", "--database", url).ending == .exit(0))
            #expect(try ledger.run("verify", "--database", url).ending == .exit(0))
        }
    }
}
