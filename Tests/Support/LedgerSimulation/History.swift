import Ledger
import TradeModel

/// What clients know of a ledger: the events they sent, the acknowledgements they got, and what readers have seen.
struct History {
    /// Whether the ledger was created completely; before that a crash may leave none.
    private(set) var isCreated = false
    /// Events that were acknowledged, by sequence from 1 on.
    private(set) var acknowledged: [Event] = []
    /// What follows from them for the answers to the next events.
    private var answers = AnswerModel()
    /// Events without an answer, in order: each may or may not be in the log.
    private(set) var unanswered: [EventDraft] = []
    /// Whether the unanswered events are one atomic batch.
    private(set) var isUnansweredAtomic = false
    /// Lines whose rejection was acknowledged, in order.
    private(set) var rejected: [[UInt8]] = []
    /// The last sequence that a reader in another process saw as durable.
    private(set) var seenSequence: UInt64 = 0

    mutating func noteCreated() {
        isCreated = true
    }

    mutating func send(_ drafts: [EventDraft], isAtomic: Bool) {
        unanswered = drafts
        isUnansweredAtomic = isAtomic
    }

    mutating func acknowledge(_ events: [Event], rejected lines: [[UInt8]]) {
        acknowledged += events
        for event in events { answers.append(event) }
        rejected += lines
        unanswered = []
    }

    mutating func see(_ sequence: UInt64) {
        seenSequence = max(seenSequence, sequence)
    }

    /// Records the content of a ledger after it was opened: from now on the ledger must keep it.
    mutating func adopt(_ events: [Event], rejected lines: [[UInt8]]) {
        acknowledged = events
        answers = AnswerModel()
        for event in events { answers.append(event) }
        rejected = lines
        unanswered = []
    }

    /// What is wrong with a recovered log; nil if the promise allows it.
    func problem(with recovered: [Event]) -> String? {
        if let problem = lossProblem(recovered) { return problem }
        let extra = recovered.dropFirst(acknowledged.count)
        if let problem = inventionProblem(extra) ?? answers.problem(withLater: extra) { return problem }
        let isWhole = extra.isEmpty || extra.count == newCount
        return isUnansweredAtomic && !isWhole
            ? "\(extra.count) of \(newCount) events are there that stand or fall together" : nil
    }

    /// What is wrong with the readable part of a log: each event must be the one that was sent.
    func contentProblem(_ events: [Event]) -> String? {
        for (index, event) in events.enumerated() where event.sequence != UInt64(index + 1) {
            return "event \(event.sequence) stands at place \(index + 1)"
        }
        for (event, known) in zip(events, acknowledged) where event != known {
            return "event \(known.sequence) is not the one that was acknowledged"
        }
        return inventionProblem(events.dropFirst(acknowledged.count))
    }

    /// What is wrong with the answers to the unanswered events; a full disk may refuse what else is in order.
    func problem(withAnswers outcomes: [AppendOutcome], isFull: Bool) -> String? {
        var answers = answers
        if isUnansweredAtomic, case .failure(.rejected(let rejection))? = outcomes.first {
            return answers.problem(withRefusal: rejection.code, of: unanswered, isFull: isFull)
        }
        for (draft, outcome) in zip(unanswered, outcomes) {
            if let problem = answers.problem(with: outcome, to: draft, isFull: isFull) { return problem }
        }
        return nil
    }

    /// What is wrong with the rejected events that were recovered.
    func problem(withRejected lines: [[UInt8]]) -> String? {
        var rest = rejected[...]
        for line in lines where line == rest.first { rest = rest.dropFirst() }
        return rest.isEmpty ? nil : "of \(rejected.count) rejected events that were acknowledged \(rest.count) are gone"
    }

    /// The number of unanswered events that are new; the others repeat an id, or a body that is recognised without one.
    private var newCount: Int {
        var ids = Set(acknowledged.map(\.eventID))
        var bodies = Set(acknowledged.map(\.body))
        return unanswered.count { draft in
            let isNewBody = bodies.insert(draft.body).inserted
            if let id = draft.eventID { return ids.insert(id).inserted }
            return isNewBody || !draft.body.type.isRecognisedByBody
        }
    }

    private func lossProblem(_ recovered: [Event]) -> String? {
        if recovered.count < acknowledged.count {
            return "\(acknowledged.count) events were acknowledged, \(recovered.count) are there"
        }
        if UInt64(recovered.count) < seenSequence {
            return "a reader saw event \(seenSequence), \(recovered.count) are there"
        }
        return contentProblem(recovered)
    }

    /// Events after the acknowledged ones must be among those sent, in their order.
    private func inventionProblem(_ extra: ArraySlice<Event>) -> String? {
        var rest = unanswered[...]
        for event in extra {
            while let draft = rest.first, draft.eventID ?? event.eventID != event.eventID || draft.body != event.body {
                rest = rest.dropFirst()
            }
            guard rest.popFirst() != nil else { return "event \(event.sequence) was never sent, or not in this order" }
        }
        return nil
    }
}
