package import HTTP
internal import Ledger
package import Records
internal import TradeModel

/// The events of a ledger from one on, sent to one client as they become durable.
///
/// It reads the log until it has reached the newest events, and then takes those from memory. So a client that is slow
/// costs no memory; once it is so slow that the memory has no more what comes next, the stream ends and says where to
/// resume.
package final class EventOutput: HTTPOutput {
    /// How events are sent.
    package enum Form: Sendable {
        /// As Server-Sent Events, whose ids are sequences.
        case serverSentEvents
        /// As messages of a WebSocket, each of one event as JSON.
        case webSocket
    }

    private struct State: ~Copyable {
        /// The last event that was sent, or that the filter left out; nil before the stream has begun.
        var position: UInt64?
        /// The number of the stream, and what wakes it.
        var stream: (number: Int, waker: HTTPWaker)?
        /// Whether it has reached the newest events.
        var isLive = false
        /// Reads what is not in memory any more.
        var cursor: EventCursor<PosixStorage>?
        /// Messages that are still to be sent, the next one last.
        var messages: [[UInt8]] = []
        var lastSent = ContinuousClock.now
        /// How the stream ends, once that is decided.
        var end: (code: UInt16, reason: String)?
    }

    private let live: LiveFold
    private let log: LogReader<PosixStorage>
    private let filter: EventFilter
    private let form: Form
    private let state: Lock<State>

    private var recent: RecentEvents { live.recent }

    /// How much is produced at once.
    private static let byteCountMax = 64 << 10
    /// How many events are looked at to produce it.
    private static let eventCountMax = 1024

    /// A stream of the events after a sequence; nil begins with what comes next.
    package init(_ form: Form, after sequence: UInt64?, _ filter: EventFilter, _ reading: borrowing Reading) {
        live = reading.live
        log = reading.reader.log
        self.filter = filter
        self.form = form
        state = Lock(State(position: sequence))
    }

    package func begin(_ waker: HTTPWaker) {
        let (number, last) = live.addStream(waker)
        state.withLock { state in
            state.stream = (number, waker)
            guard state.position == nil else { return }
            state.position = last
            // A client that loses the connection before the first event then resumes here.
            if form == .serverSentEvents { state.messages = [Array("id: \(last)\n\n".utf8)] }
        }
    }

    package func next() -> HTTPOutputStep { state.withLock { next(&$0) } }

    package func finish() {
        state.withLock { state in
            if let stream = state.stream { recent.remove(stream.number) }
            state.stream = nil
            state.cursor = nil
            state.messages = []
        }
    }

    private func next(_ state: inout State) -> HTTPOutputStep {
        if let end = state.end { return .end(code: end.code, reason: end.reason) }
        guard let (number, waker) = state.stream, let position = state.position else { return .wait }
        if state.messages.isEmpty {
            switch recent.continuation(after: position, for: number, byteCountMax: Self.byteCountMax) {
            case .events(let events): take(events, &state)
            case .log where state.isLive: return end(&state, 1013, "behind")
            case .log(let last):
                do throws(LedgerError) { try read(upTo: last, &state) } catch { return end(&state, 1011, "closing") }
            case .nothing: return silence(&state)
            case .end: return end(&state, 1001, "closing")
            }
        }
        guard !state.messages.isEmpty else {
            // The filter left out all that was looked at; others come first before it looks at more.
            waker.wake()
            return .wait
        }
        return send(&state)
    }

    /// Takes events from memory.
    private func take(_ events: [StreamedEvent], _ state: inout State) {
        state.isLive = true
        state.cursor = nil
        state.position = events.last?.sequence
        for event in events where filter.includes(event.type, about: event.subject) { add(event, &state) }
        state.messages.reverse()
    }

    /// Reads events from the log.
    private func read(upTo last: UInt64, _ state: inout State) throws(LedgerError) {
        var byteCount = 0
        if state.cursor == nil { state.cursor = log.cursor(from: (state.position ?? 0) + 1) }
        for _ in 0..<Self.eventCountMax {
            guard byteCount < Self.byteCountMax, let event = try state.cursor?.next(upTo: last) else { break }
            state.position = event.sequence
            guard filter.includes(event.body.type, about: event.body.subjectBytes) else { continue }
            let encoded = StreamedEvent(event, of: log.ledgerID)
            add(encoded, &state)
            byteCount += encoded.message.count
        }
        state.messages.reverse()
    }

    private func add(_ event: StreamedEvent, _ state: inout State) {
        state.messages.append(form == .webSocket ? event.json : event.message)
    }

    private func send(_ state: inout State) -> HTTPOutputStep {
        state.lastSent = .now
        switch form {
        case .webSocket: return .bytes(state.messages.removeLast())
        case .serverSentEvents:
            var bytes: [UInt8] = []
            bytes.reserveCapacity(state.messages.reduce(0) { $0 + $1.count })
            while let message = state.messages.popLast() { bytes += message }
            return .bytes(bytes)
        }
    }

    /// Waits, or says that the connection is alive if nothing was sent for long.
    ///
    /// A WebSocket has frames of its own for that.
    private func silence(_ state: inout State) -> HTTPOutputStep {
        guard form == .serverSentEvents, .now >= state.lastSent + recent.limits.silenceMax else { return .wait }
        state.lastSent = .now
        return .bytes(Array(": ping\n\n".utf8))
    }

    /// Ends the stream, and says where to resume.
    private func end(_ state: inout State, _ code: UInt16, _ event: String) -> HTTPOutputStep {
        let position = state.position ?? 0
        state.end = (code, "resume from \(position)")
        switch form {
        case .webSocket: return .end(code: code, reason: "resume from \(position)")
        case .serverSentEvents:
            return .bytes(Array("event: \(event)\ndata: {\"resume_from\":\(position)}\n\n".utf8))
        }
    }
}
