internal import HTTP
internal import Ledger
internal import TradeModel

/// What a request says about the events in its body, beside the events.
struct PostingTerms: Sendable {
    /// The key from which the events' ids follow; nil where there is none.
    let idempotencyKey: IdempotencyKey?
    /// Whether the answer waits until the database has the events.
    let waitsForDatabase: Bool
    /// The `actor` of events that name none; nil where nobody is known.
    let actor: String?
    /// The `correlation_id` of events that have none.
    let correlationID: String
}

/// Events that were decoded and completed, ready to be submitted.
struct Posting: Sendable {
    /// An event of a request.
    struct Item: Sendable {
        /// The number of its line.
        let line: UInt64
        let submission: Submission
    }

    /// Whether the body is one object, whose answer is a status of HTTP.
    let isSingle: Bool
    let items: [Item]
    let waitsForDatabase: Bool

    /// Decodes the events of a body and gives them what the terms say.
    ///
    /// Throws a problem if an event names another id than the key gives it: then none is submitted. O(bytes).
    init(_ body: AppendBody, _ terms: PostingTerms, of ledgerID: EventID) throws(Problem) {
        waitsForDatabase = terms.waitsForDatabase
        switch body {
        case .one(let line):
            isSingle = true
            let key = terms.idempotencyKey?.eventID(of: ledgerID)
            items = [try Self.item(line, number: 1, key, terms)]
        case .many(let lines):
            isSingle = false
            var items: [Item] = []
            items.reserveCapacity(lines.count)
            for (number, line) in lines {
                let key = terms.idempotencyKey?.eventID(of: ledgerID, line: number)
                items.append(try Self.item(line, number: number, key, terms))
            }
            self.items = items
        }
    }

    /// A posting of one event.
    init(one submission: Submission) {
        isSingle = true
        items = [Item(line: 1, submission: submission)]
        waitsForDatabase = false
    }

    private static func item(
        _ line: EventLine,
        number: UInt64,
        _ eventID: EventID?,
        _ terms: PostingTerms
    ) throws(Problem) -> Item {
        var submission = Submission(line)
        if let eventID, case .success(let draft) = submission.draft, let named = draft.eventID, named != eventID {
            throw Problem(
                .eventIDMismatch,
                "line \(number) has the event_id \(named), but its Idempotency-Key means \(eventID); send one of them"
            )
        }
        submission.fillIn(eventID: eventID, correlationID: terms.correlationID, actor: terms.actor)
        return Item(line: number, submission: submission)
    }
}

/// What became of the events of a request.
struct PostingOutcome {
    let posting: Posting
    let outcomes: [AppendOutcome]
    /// How far the database was when the answer was due; nil unless the request waited for it.
    let replicatedSequence: UInt64?

    /// The last sequence that was given to an event, 0 if none was.
    static func lastSequence(_ outcomes: [AppendOutcome]) -> UInt64 {
        var last: UInt64 = 0
        for case .success(let receipt) in outcomes { last = max(last, receipt.sequence) }
        return last
    }

    /// The answer: for one event a status of HTTP, for many 207 and a line for each.
    func answer() throws(Problem) -> Answer {
        guard posting.isSingle else { return manyAnswer() }
        switch outcomes[0] {
        case .success(let receipt):
            var json = JSONWriter()
            write(receipt, line: nil, to: &json)
            return Answer(json: json.bytes, status: receipt.status == .appended ? 201 : 200, at: nil)
        case .failure(.rejected(let rejection)): throw Problem(rejection)
        case .failure(.failed(let error)): throw Problem(error)
        }
    }

    private func manyAnswer() -> Answer {
        var json = JSONWriter()
        for (item, outcome) in zip(posting.items, outcomes) {
            switch outcome {
            case .success(let receipt): write(receipt, line: item.line, to: &json)
            case .failure(.rejected(let rejection)):
                write("rejected", rejection.code.rawValue, rejection.message, line: item.line, to: &json)
            case .failure(.failed(let error)):
                write("failed", ProblemCode.notReady.rawValue, error.description, line: item.line, to: &json)
            }
            json.endLine()
        }
        return Answer(json.bytes, "application/x-ndjson", status: 207, at: nil)
    }

    private func write(_ receipt: Receipt, line: UInt64?, to json: inout JSONWriter) {
        json.beginObject()
        json.key("status")
        json.value(receipt.status.rawValue)
        json.key("sequence")
        json.value(receipt.sequence)
        json.key("event_id")
        json.value(receipt.eventID)
        if let line {
            json.key("line")
            json.value(line)
        }
        if let replicatedSequence {
            json.key("replicated")
            json.value(receipt.sequence <= replicatedSequence)
        }
        json.endObject()
    }

    private func write(_ status: String, _ code: String, _ message: String, line: UInt64, to json: inout JSONWriter) {
        json.beginObject()
        json.key("status")
        json.value(status)
        json.key("line")
        json.value(line)
        json.key("code")
        json.value(code)
        json.key("message")
        json.value(message)
        json.endObject()
    }
}
