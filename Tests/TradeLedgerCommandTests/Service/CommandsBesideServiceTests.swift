import Glibc
import LedgerTestSupport
import PostgresTestSupport
import Synchronization
import Testing

@Suite(.onOwnThread) struct `Commands beside a running service` {
    private static let remark = ["--reason", "r", "--actor", "maria", "--at", "2026-01-03"]
    private static let corrections = [
        ["halt", "all"] + remark, ["resume", "all"] + remark,
        ["adjust", "t", "--kind", "funding", "--cost", "-1.25"] + remark,
        ["annotate", "t", "--context", #"{"checked":true}"#] + remark, ["void", "t"] + remark,
        ["void", "t"] + remark, ["void", "nobody"] + remark, ["adjust", "t", "--kind", "nonsense"] + remark,
    ]

    /// What a command says, with other ids where it makes ids of its own.
    private func said(_ outcome: ChildProcess.Outcome) -> String {
        let uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/
        return "\(outcome.ending)\n\(outcome.stdout)\n\(outcome.stderr)".replacing(uuid, with: "ID")
    }

    @Test(arguments: ["json", "table"]) func `print what they print without one`(_ format: String) throws {
        let lines =
            EventText.identified(300, seed: 221) + [
                "nonsense", EventText.closed("nobody"), #"{"type":"trade.opened"}"#, "", EventText.opened("t"),
            ]
        let input = (lines + lines.prefix(200)).map { $0 + "\n" }.joined()
        let options = [
            ["append"], ["append", "--quiet"], ["append", "--ack", "database", "--ack-timeout", "0"],
            ["append", "--ack", "nonsense"],
        ]
        func outcomes(_ ledger: CommandLedger) throws -> [String] {
            try options.map { words in
                let arguments = words + ["--format", format]
                return said(try ledger.start(arguments, input: .bytes(Array(input.utf8))).finish())
            }
                + Self.corrections.map { words in
                    said(try ledger.start(words + ["--format", format], input: .bytes([])).finish())
                }
        }
        let (alone, served) = (try CommandLedger(), try CommandLedger())
        let expected = try outcomes(alone)
        try RunningService.serving(served) { (service) throws in
            for (outcome, expected) in zip(try outcomes(served), expected) { #expect(outcome == expected) }
        }
        let types = try [alone, served].map { try $0.events().map { $0["type"] } }
        #expect(types[0] == types[1])
    }

    @Test func `append as a co-process, and read at the same time`() throws {
        let ledger = try CommandLedger()
        try RunningService.serving(ledger) { (service) throws in
            let busy = BusyClient(service)
            let follower = try ledger.start(["events", "--follow", "--subject", "co"])
            let append = try ledger.start(["append"])
            for number in 1...100 {
                try append.write(EventText.opened("co-\(number)") + "\n")
                let answer = try jsonObject(try #require(try append.readLine()))
                #expect(answer["status"]?.text == "appended" && answer["line"] == .integer(Int64(number)))
            }
            try append.write(EventText.opened("co") + "\n")
            #expect(try append.readLine() != nil)
            #expect(try #require(try follower.readLine()).contains(#""trade_id":"co""#))
            try follower.send(SIGTERM)
            #expect(try follower.finish().ending == .exit(0))
            let outcome = try append.finish()
            #expect(outcome.ending == .exit(0), "\(outcome.stderr)")
            #expect(outcome.stderr.contains("101 appended, 0 duplicates, 0 rejected"))
            let backup = ledger.directory.path + "/backup"
            for words in [
                ["trades"], ["positions"], ["status"], ["verify", "--local"], ["halts"], ["rejected"], ["repair"],
                ["backup", backup], ["verify", "--ledger", backup],
            ] {
                let outcome = try ledger.start(words, input: .bytes([])).finish()
                #expect(outcome.ending == .exit(0), "\(words): \(outcome.stdout)\(outcome.stderr)")
                try busy.expectProgress()
            }
            busy.stop()
        }
    }

    @Test func `say that the service has ended, and lose nothing that they acknowledged`() throws {
        let ledger = try CommandLedger()
        let service = try RunningService(ledger)
        let append = try ledger.start(["append"])
        for number in 1...10 {
            try append.write(EventText.opened("\(number)") + "\n")
            #expect(try append.readLine() != nil)
        }
        #expect(try service.end(SIGKILL) == .signal(SIGKILL))
        try append.write(EventText.opened("11") + "\n")
        #expect(try append.readLine() == nil)
        let outcome = try append.finish()
        #expect(outcome.ending == .exit(75) && outcome.stderr.contains("send the events again"), "\(outcome.stderr)")
        #expect(try ledger.run("events").lines.count == 10)
    }

    @Test func `are not disturbed by the socket of a service that was killed`() throws {
        let ledger = try CommandLedger()
        let service = try RunningService(ledger)
        #expect(try service.append(EventText.opened("t")).status == 201)
        #expect(try service.end(SIGKILL) == .signal(SIGKILL))
        #expect(unsafe access(ledger.path + "/serve.socket", F_OK) == 0)
        #expect(try ledger.run("append", input: EventText.opened("u")).ending == .exit(0))
        for words in [
            ["halt", "all"] + Self.remark, ["resume", "all"] + Self.remark, ["status"], ["trades"], ["verify"],
            ["repair"], ["backup", ledger.directory.path + "/backup"],
        ] {
            let outcome = try ledger.start(words, input: .bytes([])).finish()
            #expect(outcome.ending == .exit(0), "\(words): \(outcome.stderr)")
        }
        try RunningService.serving(ledger) { (service) throws in
            #expect(try ledger.run("append", input: EventText.opened("v")).ending == .exit(0))
            #expect(try service.request("GET", "/v1/trades/v?min_sequence=5").status == 200)
        }
    }

    @Test func `find a socket elsewhere by its link, which ends with the service`() throws {
        let ledger = try CommandLedger()
        let (link, socket) = (ledger.path + "/serve.socket", ledger.directory.path + "/elsewhere")
        for (index, ending) in [SIGKILL, SIGTERM].enumerated() {
            let path = "/v1/trades/t\(ending)?min_sequence=\(index + 1)"
            let service = try RunningService(ledger, ["--socket", socket])
            #expect(try ledger.run("append", input: EventText.opened("t\(ending)")).ending == .exit(0))
            #expect(try service.request("GET", path).status == 200)
            let client = try RawClient(unixSocket: socket)
            #expect(try client.request("GET", path).status == 200)
            #expect(try ledger.shell("stat -L -c %a \(link)").stdout == "600\n")
            _ = try service.end(ending)
        }
        #expect(try ledger.shell("ls \(socket) \(link)").stdout.isEmpty)
    }

    @Test func `do not serve what is served, and say who does`() throws {
        let (ledger, other) = (try CommandLedger(), try CommandLedger())
        try RunningService.serving(ledger) { (service) throws in
            let again = try ledger.run("serve", "--listen", "127.0.0.1:0")
            #expect(again.ending == .exit(75) && again.messages.count == 1)
            #expect(again.stderr.contains("\(ledger.path) is held by process"))
            let port = try other.run("serve", "--listen", "127.0.0.1:\(service.port)")
            #expect(port.ending == .exit(78) && port.stderr.contains("Address already in use"), "\(port.stderr)")
            let socket = ledger.path + "/serve.socket"
            let taken = try other.run("serve", "--listen", "127.0.0.1:0", "--socket", socket)
            #expect(taken.ending == .exit(78) && taken.stderr.contains("another server listens"), "\(taken.stderr)")
            #expect(try ledger.run("append", input: EventText.opened("t")).ending == .exit(0))
            #expect(try service.request("GET", "/v1/trades/t?min_sequence=1").status == 200)
        }
        #expect(try ledger.shell(#"ls "$D/ledger" | grep socket"#).stdout.isEmpty)
    }
}

@Suite(.onOwnThread) struct `A service that is stopped` {
    /// What a client learned about its last event.
    private struct Appended {
        var acknowledged: [String] = []
        var statuses: Set<Int> = []
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func `tells its streams, and acknowledges or refuses what is under way`(_ signal: Int32) throws {
        let ledger = try CommandLedger()
        let service = try RunningService(ledger)
        var streams = try (0..<10).map { _ in try EventStream(try service.client(), after: nil) }
        for index in streams.indices { #expect(try streams[index].next()?.id == "0") }
        let idle = try service.client()
        #expect(try idle.request("GET", "/v1/positions").status == 200)
        let port = service.port
        let shared = Shared()
        let clients = (0..<16).map { number in ClientThread { Self.append(number, port, shared) } }
        try waitUntil("all clients append") { shared.state.withLock { $0.acknowledged.count } >= 200 }
        #expect(try service.end(signal) == .exit(0), "\(service.messages)")
        for client in clients { client.join() }
        for index in streams.indices {
            var last: RawEvent?
            while let event = try streams[index].next() { last = event }
            #expect(last?.type == "closing")
            let sequence = try jsonObject(try #require(last?.data))["resume_from"]?.number
            #expect(try #require(sequence) > 0)
        }
        #expect(idle.rest().isEmpty)
        let appended = shared.state.withLock { $0 }
        #expect(appended.statuses.isSubset(of: [201, 503]), "\(appended.statuses)")
        let trades = Set(try ledger.events().compactMap { $0["trade_id"]?.text })
        #expect(Set(appended.acknowledged).subtracting(trades).isEmpty)
        #expect(try ledger.run("verify").ending == .exit(0))
    }

    private typealias RawEvent = EventStream.Event

    private final class Shared: Sendable {
        let state = Mutex(Appended())
    }

    /// Appends until the service is gone.
    private static func append(_ number: Int, _ port: UInt16, _ shared: Shared) {
        do {
            let client = try RawClient(port: port)
            for count in 0... {
                let trade = "\(number)-\(count)"
                let fields = ["Content-Type: application/json"]
                let response = try client.request("POST", "/v1/events", fields, body: EventText.opened(trade))
                shared.state.withLock { state in
                    state.statuses.insert(response.status)
                    if response.status == 201 { state.acknowledged.append(trade) }
                }
            }
        } catch {
            // The connection is gone; what was not answered may be recorded or not.
        }
    }
}
