import Ledger
import TradeModel

/// What a ledger must answer: the rules of all families but trades once more, as plain tables of the events on record.
///
/// It shares no code with admission. Of an event of a trade it knows only whether its id is on record.
struct AnswerModel {
    enum Answer: Equatable {
        case appended
        case duplicate(of: UInt64)
        case rejected(RejectionCode)
    }

    private var events: [EventID: Event] = [:]
    /// The first event of each order on record.
    private var orders: [String: Event] = [:]
    /// The events of each decision, prediction and alert on record, by family and id.
    private var lives: [String: [Event]] = [:]
    private var halted: Set<String> = []

    private static let families: Set = ["decision", "prediction", "alert"]

    /// Puts an event on record.
    mutating func append(_ event: Event) {
        events[event.eventID] = event
        let subject = event.body.subject
        switch event.body.type {
        case .riskHalted: halted.insert(subject)
        case .riskResumed: halted.remove(subject)
        case let type where Self.families.contains(type.family.name):
            lives["\(type.family.name) \(subject)", default: []].append(event)
        case let type where type.family.name == "order": if orders[subject] == nil { orders[subject] = event }
        default: break
        }
    }

    /// The answer to an event; nil where only the rules of trades know it.
    func answer(to draft: EventDraft) -> Answer? {
        let body = draft.body
        if let known = draft.eventID.flatMap({ events[$0] }) {
            return known.body == body ? .duplicate(of: known.sequence) : .rejected(.eventIDConflict)
        }
        guard !body.type.isAboutTrade else { return nil }
        if body.type == .orderSubmitted, let first = orders[body.subject] {
            let isRetry = draft.eventID == nil && first.body == body
            return isRetry ? .duplicate(of: first.sequence) : .rejected(.subjectExists)
        }
        if let answer = answer(toLifeOf: draft) { return answer }
        if let code = Self.fault(in: body) { return .rejected(code) }
        return body.type == .orderSubmitted && isHalted(body) ? .rejected(.halted) : .appended
    }

    /// The answer to an event of a decision, a prediction or an alert; nil where no such rule decides.
    private func answer(toLifeOf draft: EventDraft) -> Answer? {
        let body = draft.body
        guard Self.families.contains(body.type.family.name) else { return nil }
        let events = lives["\(body.type.family.name) \(body.subject)"] ?? []
        let isBeginning = [.decisionMade, .predictionMade, .alertRaised].contains(body.type)
        if draft.eventID == nil, let same = events.first(where: { $0.body == body }) {
            return .duplicate(of: same.sequence)
        }
        if isBeginning { return events.isEmpty ? nil : .rejected(.subjectExists) }
        if events.isEmpty { return .rejected(.unknownSubject) }
        let hasEnded = events.contains {
            [.decisionVetoed, .predictionResolved, .alertResolved].contains($0.body.type)
        }
        return hasEnded ? .rejected(.subjectEnded) : nil
    }

    /// What is wrong with the answer to an event, which is put on record if it was appended.
    mutating func problem(with outcome: AppendOutcome, to draft: EventDraft, isFull: Bool) -> String? {
        let expected = answer(to: draft)
        let actual: Answer
        switch outcome {
        case .failure(.failed): return nil
        case .failure(.rejected(let rejection)):
            if isFull && rejection.code == .diskFull && expected == .appended { return nil }
            actual = .rejected(rejection.code)
        case .success(let receipt):
            actual = receipt.status == .appended ? .appended : .duplicate(of: receipt.sequence)
            if receipt.status == .appended { append(Event(draft, receipt)) }
        }
        guard let expected, actual != expected else { return nil }
        return "\(draft.body.type.name) of \(draft.body.subject) was answered with \(actual), expected \(expected)"
    }

    /// What is wrong with refusing a batch because of one of its events, none of which is on record now.
    func problem(withRefusal code: RejectionCode, of drafts: [EventDraft], isFull: Bool) -> String? {
        var answers = self
        for draft in drafts {
            switch answers.answer(to: draft) {
            // The event of a trade may have broken a rule.
            case nil: return nil
            case .rejected(let expected):
                return expected == code ? nil : "a batch was refused with \(code), expected \(expected)"
            case .duplicate: break
            case .appended: answers.append(Event(draft))
            }
        }
        return isFull && code == .diskFull ? nil : "a batch that breaks no rule was refused with \(code)"
    }

    /// What is wrong with events that follow those on record: the ledger would not have appended them.
    func problem(withLater events: ArraySlice<Event>) -> String? {
        var answers = self
        for event in events {
            // An id that the ledger made was not sent.
            let draft = EventDraft(eventID: event.idOrigin == .stored ? event.eventID : nil, body: event.body)
            let expected = answers.answer(to: draft)
            if let expected, expected != .appended {
                return "event \(event.sequence) is in the log, although the answer to it is \(expected)"
            }
            answers.append(event)
        }
        return nil
    }

    /// Which value of an event is not above 0 and must be.
    private static func fault(in body: EventBody) -> RejectionCode? {
        let amounts: [Field]
        switch body.type {
        case .orderSubmitted: amounts = [.amount, .quoteAmount]
        case .accountDeposited, .accountWithdrawn, .accountTransferred: amounts = [.amount]
        default: amounts = []
        }
        func isWrong(_ field: Field) -> Bool { body.decimal(field).map { !$0.isPositive } ?? false }
        if amounts.contains(where: isWrong) { return .amountNotPositive }
        let prices: [Field] = body.type == .orderSubmitted || body.type == .priceObserved ? [.price, .stopPrice] : []
        return prices.contains(where: isWrong) ? .priceNotPositive : nil
    }

    /// Whether a halt in force covers an intent.
    private func isHalted(_ body: EventBody) -> Bool {
        var scopes = ["all", "account:\(body.text(.account) ?? "default")"]
        for (name, field) in [("strategy", Field.strategy), ("symbol", .symbol), ("venue", .venue)] {
            if let value = body.text(field) { scopes.append("\(name):\(value)") }
        }
        return body.text(.reduceOnly) != "true" && !halted.isDisjoint(with: scopes)
    }
}

extension Event {
    /// The event that an answer puts on record.
    fileprivate init(_ draft: EventDraft, _ receipt: Receipt) {
        self.init(
            sequence: receipt.sequence,
            recordedAt: receipt.recordedAt,
            eventID: receipt.eventID,
            body: draft.body
        )
    }

    /// The event as a batch puts it on record before it has a sequence; its id is all zeros if the ledger would make
    /// it.
    fileprivate init(_ draft: EventDraft) {
        self.init(
            sequence: 0,
            recordedAt: Timestamp(microsecondsSince1970: 0),
            eventID: draft.eventID ?? EventID(high: 0, low: 0),
            body: draft.body
        )
    }
}
