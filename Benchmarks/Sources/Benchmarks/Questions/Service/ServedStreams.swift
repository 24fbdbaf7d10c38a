internal import CLoad
internal import Glibc
internal import Ledger
internal import TradeModel

/// 200 streams of `tradeledger serve` that follow 5,000 events a second: how late the latest event is, and how much
/// memory the service takes.
enum ServedStreams {
    static let question = Question(
        name: "served-streams",
        title: "200 streams, 5,000 events a second, 50 a request",
        metrics: [
            Metric(name: "longest time from the request to the event in a stream", unit: .milliseconds),
            Metric(name: "rate", unit: .eventsPerSecond),
            Metric(name: "peak memory", unit: .mebibytes),
        ],
        comparison: .none,
        contenders: contenders
    )

    private static let streamCount = 200
    private static let requestsPerSecond = 100
    private static let eventsPerRequest = 50

    private static func contenders(_ setting: Setting) throws -> [Contender] {
        let requestCount = requestsPerSecond * setting.count(full: 10, quick: 1)
        let drafts = try Workload().drafts(requestCount * eventsPerRequest)
        let requests = (0..<requestCount).map { number in
            var body: [UInt8] = []
            for draft in drafts[(number * eventsPerRequest)..<((number + 1) * eventsPerRequest)] {
                EventJSON.write(draft, into: &body)
                body.append(UInt8(ascii: "\n"))
            }
            return Requests([Requests.post(body, as: "application/x-ndjson")])
        }
        return [
            .ledger { directory in
                try Ledger.create(in: directory)
                return try ServedLedger.once(directory, setting) { service in
                    let port = service.port
                    let streams = try EventStreams(streamCount, port: port, eventCount: drafts.count)
                    let seconds = try Producers.run(2) { number in
                        if number == 0 { try streams.follow() } else { try send(requests, port, streams) }
                    }
                    return [
                        streams.longestMilliseconds, Double(drafts.count) / seconds,
                        Double(try service.program.peakByteCount()) / Double(1 << 20),
                    ]
                }
            }
        ]
    }

    /// Sends the requests at their times.
    private static func send(_ requests: [Requests], _ port: UInt16, _ streams: EventStreams) throws {
        let watch = Stopwatch()
        for (number, request) in requests.enumerated() {
            let due = Double(number) / Double(requestsPerSecond)
            if due > watch.seconds { usleep(UInt32((due - watch.seconds) * 1e6)) }
            streams.noteSent(events: eventsPerRequest)
            _ = try Load([request], port: port)
        }
    }
}

/// Streams of Server-Sent Events, which one thread follows while another sends the events.
@safe
private final class EventStreams: @unchecked Sendable {
    private let raw: OpaquePointer
    private let eventCount: Int
    /// When each event was sent; the other thread reads the times of events that it has received.
    private let sentAt: UnsafeMutablePointer<UInt64>
    private var sentCount = 0
    private(set) var longestMilliseconds = 0.0

    /// Opens them on a ledger without events, for so many events.
    init(_ count: Int, port: UInt16, eventCount: Int) throws {
        var error: Int32 = 0
        let request = "GET /v1/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n"
        guard let streams = unsafe load_open_streams(port, request, count, &error) else {
            throw SystemFailure("open streams of", "port \(port)", error)
        }
        unsafe raw = streams
        self.eventCount = eventCount
        unsafe sentAt = .allocate(capacity: eventCount)
    }

    deinit {
        unsafe load_close_streams(raw)
        unsafe sentAt.deallocate()
    }

    /// The next events are being sent.
    func noteSent(events count: Int) {
        let now = load_now()
        for index in sentCount..<(sentCount + count) { unsafe sentAt[index] = now }
        sentCount += count
    }

    /// Reads until each stream has all events.
    func follow() throws {
        var nanoseconds: UInt64 = 0
        let error = unsafe load_follow(raw, UInt64(eventCount), sentAt, &nanoseconds)
        guard error == 0 else { throw SystemFailure("follow", "streams", error) }
        longestMilliseconds = Double(nanoseconds) / 1e6
    }
}
