import Glibc
import LedgerTestSupport
import PostgresTestSupport
import Synchronization
import Testing

/// A running `serve` of the program, and its messages.
final class RunningService {
    /// The port on which it listens.
    let port: UInt16
    private let process: ChildProcess
    /// The messages that a test has read so far.
    private(set) var messages: [String] = []

    /// Serves a ledger, and returns once it accepts connections.
    init(
        _ ledger: CommandLedger,
        _ options: [String] = [],
        environment: [String: String] = [:]
    ) throws {
        // A pipe, so that a test can wait for a message.
        process = try ChildProcess(
            "/bin/sh",
            ["-c", #"exec "$T" serve --listen 127.0.0.1:0 "$@" 2>&1"#, "serve"] + options,
            environment: ledger.variables(environment),
            input: .bytes([]),
            lifetime: .ours
        )
        var port: UInt16?
        var messages: [String] = []
        while port == nil, let message = try process.readLine() {
            messages.append(message)
            guard message.contains("serving "), let colon = message.lastIndex(of: ":") else { continue }
            port = UInt16(message[message.index(after: colon)...])
        }
        self.port = try #require(port, "\(messages)")
        self.messages = messages
    }

    /// Serves a ledger for a test, and expects that it ends well and leaves a log without a fault.
    static func serving(
        _ ledger: CommandLedger,
        _ options: [String] = [],
        _ body: (RunningService) throws -> Void
    ) throws {
        let service = try RunningService(ledger, options)
        try body(service)
        #expect(try service.end(SIGTERM) == .exit(0), "\(service.messages)")
        let verified = try ledger.run("verify", "--local")
        #expect(verified.ending == .exit(0), "\(verified.stdout)\(verified.stderr)")
    }

    /// A new connection.
    func client() throws -> RawClient { try RawClient(port: port) }

    /// Sends one request on a connection of its own.
    func request(
        _ method: String,
        _ path: String,
        _ fields: [String] = [],
        body: String? = nil
    ) throws -> RawClient.Response {
        try client().request(method, path, fields, body: body)
    }

    /// Appends an event on a connection of its own.
    func append(_ event: String, _ fields: [String] = []) throws -> RawClient.Response {
        try request("POST", "/v1/events", ["Content-Type: application/json"] + fields, body: event)
    }

    /// Sends a signal, and waits for the end.
    func end(_ signal: Int32) throws -> ChildProcess.Ending {
        try process.send(signal)
        return try end()
    }

    /// Waits for the end.
    func end() throws -> ChildProcess.Ending {
        let outcome = try process.finish()
        messages += outcome.lines
        return outcome.ending
    }

    /// Its memory that is not on disk, in KiB.
    var residentKibibytes: Int {
        get throws {
            let line = try Self.line(of: "grep -h RssAnon /proc/\(process.pid)/status")
            return try #require(Int(line.split { $0 == " " || $0 == "\t" }[1]))
        }
    }

    private static func line(of script: String) throws -> String {
        let path = ["PATH": "/usr/bin:/bin"]
        let outcome = try ChildProcess("/bin/sh", ["-c", script], environment: path, input: .bytes([])).finish()
        return try #require(outcome.lines.first, "\(outcome.stderr)")
    }
}

extension RawClient.Response {
    /// The members of the body, which is one JSON object.
    func object() throws -> [String: JSONValue] { try jsonObject(text) }

    /// The code of a problem.
    func code() throws -> String? { try object()["code"]?.text }
}

/// A thread of a test that an array or an object may have.
final class ClientThread: Sendable {
    private let thread: Mutex<TestThread?>

    init(_ run: @escaping @Sendable () -> Void) { thread = Mutex(TestThread(run)) }

    /// Waits for its end; the second call does nothing.
    func join() { thread.withLock { $0.take()?.join() } }
}

/// A client that appends one event after the other on its own connection, while a test does something else.
final class BusyClient: Sendable {
    private struct State {
        var count = 0
        var fault: String?
        var isEnding = false
    }

    private final class Shared: Sendable {
        let state = Mutex(State())
    }

    private let shared = Shared()
    private let thread: ClientThread

    /// Starts to append.
    init(_ service: RunningService, token: String? = nil) {
        let (shared, port) = (shared, service.port)
        let fields = ["Content-Type: application/json"] + (token.map { ["Authorization: Bearer \($0)"] } ?? [])
        thread = ClientThread {
            do {
                let client = try RawClient(port: port)
                while !shared.state.withLock({ $0.isEnding }) {
                    let event = EventText.opened("busy-\(shared.state.withLock { $0.count })")
                    let response = try client.request("POST", "/v1/events", fields, body: event)
                    shared.state.withLock { state in
                        if response.status == 201 { state.count += 1 } else { state.fault = response.text }
                    }
                }
            } catch {
                shared.state.withLock { $0.fault = "\(error)" }
            }
        }
    }

    deinit { stop() }

    /// How many events were acknowledged.
    var count: Int { shared.state.withLock { $0.count } }

    /// Waits until some more events were acknowledged.
    func expectProgress() throws {
        let before = count
        try waitUntil("another client's appends go on") {
            let state = shared.state.withLock { ($0.count, $0.fault) }
            if let fault = state.1 { throw Interruption(fault: fault) }
            return state.0 >= before + 3
        }
    }

    /// Ends after the event that is under way.
    func stop() {
        shared.state.withLock { $0.isEnding = true }
        thread.join()
    }

    /// An event was not acknowledged.
    private struct Interruption: Error {
        let fault: String
    }
}

/// The Server-Sent Events of a response.
struct EventStream {
    /// An event as it came.
    struct Event {
        let id: String?
        let type: String?
        let data: String?
    }

    private let client: RawClient
    private var unread: [UInt8] = []

    /// The events of a response whose head was read.
    init(rest client: RawClient) { self.client = client }

    /// Follows the events after a sequence; nil follows those that come next.
    init(_ client: RawClient, after sequence: Int64?, _ fields: [String] = []) throws {
        self.client = client
        let position = sequence.map { ["Last-Event-ID: \($0)"] } ?? []
        let head = ["GET /v1/stream HTTP/1.1", "Host: localhost"] + position + fields
        try client.send(head.joined(separator: "\r\n") + "\r\n\r\n")
        let response = try client.head()
        guard response.status == 200, response["Transfer-Encoding"] == "chunked" else {
            throw SystemFailure(operation: "follow: \(response)", number: EPROTO)
        }
    }

    /// The next event; nil at the end.
    ///
    /// Throws where the connection is lost.
    mutating func next() throws -> Event? {
        while true {
            if let end = unread.firstRange(of: Array("\n\n".utf8)) {
                let block = String(decoding: unread[..<end.lowerBound], as: UTF8.self)
                unread.removeSubrange(..<end.upperBound)
                if block.hasPrefix(":") { continue }
                var fields: [Substring: String] = [:]
                for line in block.split(separator: "\n") {
                    let parts = line.split(separator: ": ", maxSplits: 1)
                    fields[parts[0]] = String(parts.count == 2 ? parts[1] : "")
                }
                return Event(id: fields["id"], type: fields["event"], data: fields["data"])
            }
            let chunk = try client.chunk()
            if chunk.isEmpty { return nil }
            unread += chunk
        }
    }

    /// The next event of the ledger, its id and its data; nil at the end.
    mutating func nextOfLedger() throws -> (id: String, data: String)? {
        while let event = try next() {
            if event.type == nil, let id = event.id, let data = event.data { return (id, data) }
        }
        return nil
    }
}
