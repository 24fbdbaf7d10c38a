import HTTP
import Ledger
import LedgerTestSupport
import Records
import Testing
import TradeModel

@testable import LedgerService

@Suite(.onOwnThread) struct `A stream of events` {
    @Test(arguments: [0, 1, 299, 300] as [UInt64])
    func `sends each event after a position once, from the log and then as they come`(position: UInt64) throws {
        let streamed = try StreamedLedger(seed: 1, 300)
        let client = try streamed.client(after: position)
        var sent = position < 300 ? client.messages(to: 300) : []
        for count in [1, 100, 3] { sent += client.messages(to: try streamed.append(count)) }
        #expect(sent == (try streamed.expected(after: position)))
    }

    @Test func `begins with what comes next unless a position is given`() throws {
        let streamed = try StreamedLedger(seed: 2, 50)
        let client = try streamed.client(after: nil)
        #expect(client.next() == .bytes(Array("id: 50\n\n".utf8)))
        #expect(client.messages(to: try streamed.append(2)) == (try streamed.expected(after: 50)))
    }

    @Test func `waits for a position that the log has not reached`() throws {
        let streamed = try StreamedLedger(seed: 3, 20)
        let client = try streamed.client(after: 24)
        try streamed.append(4)
        #expect(client.messages(to: try streamed.append(3)) == (try streamed.expected(after: 24)))
        let never = try streamed.client(after: .max)
        try streamed.append(1)
        #expect(never.output.next() == .wait)
    }

    @Test func `sends one event as one message of a WebSocket`() throws {
        let streamed = try StreamedLedger(seed: 4, 40)
        let client = try streamed.client(after: 0, .webSocket)
        var lines: [String] = []
        for _ in 0..<40 {
            guard case .bytes(let bytes) = client.next() else { break }
            lines.append(String(decoding: bytes, as: UTF8.self))
        }
        #expect(lines == (try streamed.lines(after: 0)))
    }

    @Test func `has only the events that its filter includes`() throws {
        let streamed = try StreamedLedger(seed: 5, 3000)
        for query in ["family=order", "type=trade.closed", "trade=trade-3", "subject=trade-3&type=trade.opened"] {
            let filter = EventFilter(try Parameters(path: [:], query: query, of: EventFilter.parameters))
            let client = try streamed.client(after: 0, filter)
            let wanted = try streamed.events(after: 0).filter {
                filter.includes($0.body.type, about: $0.body.subjectBytes)
            }
            #expect(!wanted.isEmpty && wanted.count < 3000)
            let last = try #require(wanted.last?.sequence)
            #expect(client.messages(to: last) == wanted.map { streamed.message($0) }, "\(query)")
        }
    }

    @Test func `ends where it falls out of memory, and says where to resume`() throws {
        var limits = RecentEvents.Limits()
        limits.eventCountMax = 100
        let streamed = try StreamedLedger(seed: 6, 10, limits)
        let clients = [try streamed.client(after: 10), try streamed.client(after: 10, .webSocket)]
        var last = try streamed.append(1)
        for client in clients { #expect(client.next() != .wait) }
        last = try streamed.append(500)
        #expect(clients[0].next() == .bytes(Array("event: behind\ndata: {\"resume_from\":11}\n\n".utf8)))
        #expect(clients[0].next() == .end(code: 1013, reason: "resume from 11"))
        #expect(clients[1].next() == .end(code: 1013, reason: "resume from 11"))
        let resumed = try streamed.client(after: 11)
        #expect(resumed.messages(to: last) == (try streamed.expected(after: 11)))
    }

    @Test func `ends with its position when the service is stopped`() throws {
        let streamed = try StreamedLedger(seed: 7, 10)
        let clients = [try streamed.client(after: 8), try streamed.client(after: 10, .webSocket)]
        #expect(clients[0].messages(to: 10).count == 2)
        #expect(clients[1].output.next() == .wait)
        streamed.stop()
        #expect(clients[0].next() == .bytes(Array("event: closing\ndata: {\"resume_from\":10}\n\n".utf8)))
        #expect(clients[0].next() == .end(code: 1001, reason: "resume from 10"))
        #expect(clients[1].next() == .end(code: 1001, reason: "resume from 10"))
    }

    @Test func `resumes in another process without a gap and without a repetition`() throws {
        let streamed = try StreamedLedger(seed: 8, 100)
        var sent = try streamed.client(after: 0).messages(to: 60)
        for _ in 0..<3 {
            let client = try streamed.client(after: try streamed.sequence(of: sent))
            try streamed.append(40)
            sent += client.messages(to: try streamed.sequence(of: sent) + 20)
            try streamed.restart()
        }
        sent += try streamed.client(after: try streamed.sequence(of: sent)).messages(to: try streamed.append(1))
        #expect(sent == (try streamed.expected(after: 0)))
    }

    @Test func `says that it is alive after a silence`() throws {
        var limits = RecentEvents.Limits()
        limits.silenceMax = .milliseconds(30)
        let streamed = try StreamedLedger(seed: 9, 5, limits)
        let client = try streamed.client(after: 5)
        for _ in 0..<2 { #expect(client.next() == .bytes(Array(": ping\n\n".utf8))) }
        #expect(client.messages(to: try streamed.append(1)) == (try streamed.expected(after: 5)))
    }

    @Test func `is one of many that share the encoded events`() throws {
        let streamed = try StreamedLedger(seed: 10, 5)
        let clients = try (0..<50).map { _ in try streamed.client(after: 5) }
        for count in [1, 200, 30] { try streamed.append(count) }
        let expected = try streamed.expected(after: 5)
        for client in clients { #expect(client.messages(to: 236) == expected) }
        for client in clients { client.output.finish() }
        #expect(streamed.live.recent.streamCount == 0 && !streamed.live.recent.isNeeded)
    }

    @Test func `is woken only if it waits, once for all that came`() throws {
        var limits = RecentEvents.Limits()
        limits.wakeInterval = .zero
        let recent = RecentEvents(after: 0, limits)
        let wakeCount = Lock(0)
        let (number, last) = recent.add(HTTPWaker { wakeCount.withLock { $0 += 1 } })
        #expect(last == 0)
        recent.add(nil, upTo: 5)
        _ = recent.wakeStreams()
        #expect(wakeCount.withLock { $0 } == 0)
        guard case .nothing = recent.continuation(after: 5, for: number, byteCountMax: 1) else {
            Issue.record("there is nothing after the last event")
            return
        }
        recent.add(nil, upTo: 6)
        recent.add(nil, upTo: 7)
        for _ in 0..<3 { _ = recent.wakeStreams() }
        #expect(wakeCount.withLock { $0 } == 1)
    }

    @Test func `has an event on one line although its context has several`() throws {
        let streamed = try StreamedLedger(seed: 11, 1)
        let line =
            #"{"type":"trade.opened","trade_id":"t","occurred_at":1700000000000,"symbol":"BTC/USDT","side":"buy","#
            + #""order_type":"market","amount":1,"price":1,"context":{"a":\#r1}}"#
        try streamed.append(lines: [line])
        guard case .bytes(let bytes) = try streamed.client(after: 1).next() else {
            Issue.record("there is an event")
            return
        }
        #expect(String(decoding: bytes, as: UTF8.self).split(separator: "\n").count == 2)
    }
}

extension HTTPOutputStep: Equatable {
    static func == (left: HTTPOutputStep, right: HTTPOutputStep) -> Bool {
        switch (left, right) {
        case (.bytes(let left), .bytes(let right)): left == right
        case (.wait, .wait): true
        case (.end(let leftCode, let left), .end(let rightCode, let right)): leftCode == rightCode && left == right
        default: false
        }
    }
}

/// A ledger whose events are streamed.
private final class StreamedLedger {
    private let followed: FollowedLedger
    private let limits: RecentEvents.Limits
    private(set) var live: LiveFold
    private var isStopped = false

    init(seed: UInt64, _ count: Int, _ limits: RecentEvents.Limits = RecentEvents.Limits()) throws {
        followed = try FollowedLedger(seed: seed)
        let last = try followed.append(count)
        self.limits = limits
        live = try LiveFold(try followed.reader, limits)
        live.start()
        #expect(live.waits(for: last, within: .seconds(60)))
    }

    deinit { stop() }

    func stop() {
        if !isStopped { live.stop() }
        isStopped = true
    }

    /// Closes everything and opens it again, as another process would.
    func restart() throws {
        live.stop()
        try followed.reopen()
        live = try LiveFold(try followed.reader, limits)
        live.start()
    }

    /// Appends events and waits until the fold has them.
    @discardableResult
    func append(_ count: Int) throws -> UInt64 {
        let last = try followed.append(count)
        #expect(live.follow(to: last))
        return last
    }

    func append(lines: [String]) throws { #expect(live.follow(to: try followed.append(lines))) }

    func client(
        after position: UInt64?,
        _ filter: EventFilter? = nil,
        _ form: EventOutput.Form = .serverSentEvents
    ) throws -> StreamClient {
        let all = EventFilter(try Parameters(path: [:], query: nil, of: EventFilter.parameters))
        let reading = Reading(reader: try followed.reader, live: live)
        return StreamClient(EventOutput(form, after: position, filter ?? all, reading))
    }

    func client(after position: UInt64?, _ form: EventOutput.Form) throws -> StreamClient {
        try client(after: position, nil, form)
    }

    func events(after position: UInt64) throws -> [Event] {
        var events: [Event] = []
        var stream = try followed.reader.events(from: position + 1)
        while let event = try stream.next() { events.append(event) }
        return events
    }

    /// The events as `events` prints them.
    func lines(after position: UInt64) throws -> [String] { try events(after: position).map(line) }

    /// The events as a stream sends them.
    func expected(after position: UInt64) throws -> [String] { try events(after: position).map(message) }

    func message(_ event: Event) -> String { "id: \(event.sequence)\ndata: \(line(event))" }

    private func line(_ event: Event) -> String {
        var bytes: [UInt8] = []
        EventJSON.write(event, ledgerID: followed.ledger.ledgerID, into: &bytes)
        return String(decoding: bytes.dropLast(), as: UTF8.self)
    }

    /// The sequence of the last of some messages.
    func sequence(of messages: [String]) throws -> UInt64 {
        try #require(messages.last.flatMap { UInt64($0.dropFirst(4).prefix { $0 != "\n" }) })
    }
}

/// A client that reads as a server does.
private final class StreamClient {
    let output: EventOutput
    private let wakes = Semaphore()

    init(_ output: EventOutput) {
        self.output = output
        output.begin(HTTPWaker { [wakes] in wakes.post() })
    }

    deinit { output.finish() }

    /// The next step that is none of waiting.
    func next() -> HTTPOutputStep {
        while true {
            let step = output.next()
            guard step == .wait else { return step }
            guard wakes.wait(milliseconds: 60_000) else {
                Issue.record("the stream was not woken")
                return .wait
            }
        }
    }

    /// The messages up to the event of a sequence, and those that were sent with it.
    func messages(to sequence: UInt64) -> [String] {
        var messages: [String] = []
        while case .bytes(let bytes) = next() {
            let text = String(decoding: bytes, as: UTF8.self)
            messages += text.split(separator: "\n\n").map(String.init)
            if messages.contains(where: { $0.hasPrefix("id: \(sequence)\n") }) { break }
        }
        return messages
    }
}
