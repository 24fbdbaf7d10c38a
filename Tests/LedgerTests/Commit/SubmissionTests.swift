import Ledger
import LedgerTestSupport
import Testing
import TradeModel

/// The answers to requests in the order in which they came, and a way to wait for them.
private final class SettledRequests: Sendable {
    private let all = Lock<[(number: Int, outcomes: [AppendOutcome])]>([])
    private let arrivals = Semaphore()

    func note(_ number: Int, _ answers: Answers) {
        all.withLock { $0.append((number, answers.outcomes)) }
        arrivals.post()
    }

    /// Waits for so many more requests, and returns all that have been settled.
    func wait(for count: Int) -> [(number: Int, outcomes: [AppendOutcome])] {
        for _ in 0..<count { arrivals.wait() }
        return all.withLock { $0 }
    }
}

@Suite struct `Commit of submissions that are answered by a function` {
    private let directory: TemporaryDirectory
    private let ledger: Ledger

    init() throws {
        directory = try TemporaryDirectory.withLedger()
        ledger = try Ledger(opening: directory.path, configuration: smallSegments)
    }

    private static func opened(_ id: String) -> EventLine {
        line(
            #"{"type":"trade.opened","trade_id":"\#(id)","occurred_at":1700000000001,"symbol":"A/B","side":"buy","#
                + #""order_type":"limit","amount":1,"price":2}"#
        )
    }

    private static func line(_ text: String) -> EventLine { EventLine(Array(text.utf8)) }

    /// Submits one event with filled-in fields, and waits for its answer: status and sequence, or the rejection's code.
    private func outcome(
        _ line: EventLine,
        eventID: EventID? = nil,
        request: String?,
        actor: String? = nil
    ) throws -> String {
        var submission = Submission(line)
        submission.fillIn(eventID: eventID, correlationID: request, actor: actor)
        let settled = SettledRequests()
        ledger.submit([submission]) { settled.note(0, $0) }
        switch settled.wait(for: 1)[0].outcomes[0] {
        case .success(let receipt): return "\(receipt.status) \(receipt.sequence)"
        case .failure(.rejected(let rejection)): return rejection.code.rawValue
        case .failure(.failed(let error)): throw error
        }
    }

    @Test func `each request is answered once, in order, when its events are durable`() throws {
        let settled = SettledRequests()
        let reader = try LedgerReader(opening: directory.path)
        for number in 0..<300 {
            let lines = [Self.opened("t\(number)"), Self.line("{nonsense"), Self.opened("u\(number)")]
            ledger.submit(lines.map { Submission($0) }) { answers in
                let sequences = answers.outcomes.compactMap { outcome in
                    if case .success(let receipt) = outcome { receipt.sequence } else { nil }
                }
                #expect(reader.has(sequences.max() ?? .max))
                settled.note(number, answers)
            }
        }
        let answers = settled.wait(for: 300)
        #expect(answers.map(\.number) == Array(0..<300))
        for (number, outcomes) in answers {
            #expect(try outcomes[0].get().sequence == UInt64(2 * number + 1))
            #expect(outcomes[1].code == .invalidJSON)
            #expect(try outcomes[2].get().sequence == UInt64(2 * number + 2))
        }
        ledger.close()
        #expect(settled.wait(for: 0).count == 300)
    }

    @Test func `a request without events is answered too`() {
        let settled = SettledRequests()
        ledger.submit([]) { settled.note(0, $0) }
        #expect(settled.wait(for: 1)[0].outcomes.isEmpty)
        ledger.close()
    }

    @Test func `a closed ledger answers at once, and those that were queued before it closes`() throws {
        let settled = SettledRequests()
        for number in 0..<50 {
            ledger.submit([Submission(Self.opened("t\(number)"))]) { settled.note(number, $0) }
        }
        ledger.close()
        ledger.submit([Submission(Self.opened("late")), Submission(Self.line("{"))]) { settled.note(50, $0) }
        let answers = settled.wait(for: 0)
        #expect(answers.map(\.number) == Array(0...50))
        for (_, outcomes) in answers.dropLast() { _ = try outcomes[0].get() }
        for outcome in answers[50].outcomes {
            guard case .failure(.failed(let error)) = outcome else { return _ = #expect(Bool(false)) }
            #expect(error.code == .unusable)
        }
    }

    @Test func `what was filled in is recorded`() throws {
        let id = EventID(high: 7, low: 7)
        #expect(try outcome(Self.opened("t"), eventID: id, request: "request 1") == "appended 1")
        let void = Self.line(
            #"{"type":"trade.voided","trade_id":"t","occurred_at":1700000000001,"correlation_id":"own"}"#
        )
        #expect(try outcome(void, request: "request 2", actor: "bot") == "appended 2")
        let events = try LedgerReader(opening: directory.path).all()
        #expect(events[0].eventID == id)
        #expect(events.map { $0.body.text(.correlationID) } == ["request 1", "own"])
        #expect(events.map { $0.body.text(.actor) } == [nil, "bot"])
        ledger.close()
    }

    @Test func `a retry is a duplicate although another request fills in other values`() throws {
        let reduced = Self.line(
            #"{"type":"trade.reduced","trade_id":"t","occurred_at":1700000000002,"amount":"0.5","price":3}"#
        )
        let closed = Self.line(
            #"{"type":"trade.closed","trade_id":"t","occurred_at":1700000000003,"price":3,"fill_id":"f"}"#
        )
        let id = EventID(high: 7, low: 7)
        #expect(try outcome(Self.opened("t"), request: "1") == "appended 1")
        #expect(try outcome(Self.opened("t"), request: "2") == "duplicate 1")
        #expect(try outcome(reduced, eventID: id, request: "3", actor: "bot") == "appended 2")
        #expect(try outcome(reduced, eventID: id, request: "4", actor: "bot with a new token") == "duplicate 2")
        #expect(try outcome(closed, request: "5", actor: "bot") == "appended 3")
        #expect(try outcome(closed, request: "6", actor: "other") == "duplicate 3")
        // Without anything filled in, the producer itself says that there is no actor.
        #expect(try outcome(closed, request: nil) == "event_id_conflict")
        #expect(try outcome(closed, eventID: id, request: "3", actor: "bot") == "event_id_conflict")
        ledger.close()
    }

    @Test func `a retry of an intent is a duplicate although another request fills in other values`() throws {
        let submitted = Self.line(
            #"{"type":"order.submitted","order_id":"o","occurred_at":1700000000001,"symbol":"A/B","side":"buy","#
                + #""order_type":"limit","amount":1}"#
        )
        #expect(try outcome(submitted, request: "1", actor: "bot") == "appended 1")
        #expect(try outcome(submitted, request: "2", actor: "other") == "duplicate 1")
        let completed = Self.line(#"{"type":"order.completed","order_id":"o","occurred_at":1700000000002}"#)
        #expect(try outcome(completed, request: "3", actor: "bot") == "appended 2")
        #expect(try outcome(submitted, request: "4", actor: "bot") == "duplicate 1")
        ledger.close()
    }

    @Test func `a rejection keeps the line as it came`() throws {
        let line = Self.opened("t")
        #expect(try outcome(line, request: String(repeating: "r", count: 129)) == "invalid_field")
        #expect(try outcome(Self.line("{nonsense"), request: "1") == "invalid_json")
        let orphan = Self.line(#"{"type":"trade.annotated","trade_id":"nobody","occurred_at":1700000000001}"#)
        #expect(try outcome(orphan, request: "1", actor: "bot") == "unknown_trade")
        var kept: [EventLine] = []
        try LedgerReader(opening: directory.path).rejectedEvents { kept.append(EventLine(Array($0.line))) }
        #expect(kept.map { Array($0.bytes) } == [line, Self.line("{nonsense"), orphan].map { Array($0.bytes) })
        ledger.close()
    }
}

extension LedgerReader {
    /// Whether an event is durable.
    func has(_ sequence: UInt64) -> Bool {
        do { return try durableSequence() >= sequence } catch {
            Issue.record("\(error)")
            return false
        }
    }
}
