internal import HTTP
internal import Ledger
internal import TradeModel

/// Hands the events of requests to the ledger, and answers once they are durable.
///
/// The requests of all clients share flushes, because none waits on a thread for its own.
struct Appender: Sendable {
    private let ledger: Ledger
    private let secret: KillSwitchSecret?
    private let gate: RequestGate
    private let health: ServiceHealth
    private let clock: LedgerClock
    private let metrics: ServiceMetrics

    /// Larger bodies are decoded on the pool, so that other requests are not held up.
    private static let decodedAtOnceByteCountMax = 64 << 10
    private static let databaseWait: Duration = .seconds(10)

    init(
        _ ledger: Ledger,
        _ secret: KillSwitchSecret?,
        _ gate: RequestGate,
        _ health: ServiceHealth,
        _ clock: LedgerClock,
        _ metrics: ServiceMetrics
    ) {
        (self.ledger, self.secret, self.gate) = (ledger, secret, gate)
        (self.health, self.clock, self.metrics) = (health, clock, metrics)
    }

    /// Appends the events of a request's body.
    func append(
        _ request: HTTPRequest,
        _ principal: Principal,
        _ exchange: Exchange,
        _ pool: WorkPool
    ) throws(Problem) {
        let terms = PostingTerms(
            idempotencyKey: try IdempotencyKey(request.head),
            waitsForDatabase: Self.waitsForDatabase(request.head),
            actor: principal.token?.name?.description,
            correlationID: exchange.identity.requestID
        )
        guard request.body.count > Self.decodedAtOnceByteCountMax else {
            return submit(try posting(of: request, terms), exchange)
        }
        let isTaken = pool.submit {
            do throws(Problem) { submit(try posting(of: request, terms), exchange) } catch {
                exchange.fail(error)
            }
        } orElse: {
            exchange.fail(.closing)
        }
        guard isTaken else { throw Problem(.notReady, "too many large requests are being read", retryAfterSeconds: 1) }
    }

    private func posting(of request: HTTPRequest, _ terms: PostingTerms) throws(Problem) -> Posting {
        let body = try AppendBody(request.body, contentType: request.head["Content-Type"])
        return try Posting(body, terms, of: ledger.ledgerID)
    }

    /// Halts or resumes a scope, for an admin or for somebody who signs with the kill switch's secret.
    func perform(
        _ action: KillSwitchAction,
        _ request: HTTPRequest,
        _ principal: Principal,
        _ exchange: Exchange
    ) throws(Problem) {
        var eventID = try IdempotencyKey(request.head)?.eventID(of: ledger.ledgerID)
        var time = clock.now()
        var actor = principal.token?.name?.description ?? "administrator"
        if let header = request.head["X-Signature"] {
            let signature = try signature(header, action, request)
            // A request that is sent again is the same event, at whatever time it arrives.
            eventID = signature.eventID(in: ledger.ledgerID)
            time = signature.time
            if principal.token == nil { actor = "kill switch" }
        } else if !principal.isAdmin {
            throw Problem(
                principal.token == nil ? .unauthorized : .forbidden,
                "this needs an admin token or an X-Signature"
            )
        }
        let order = try HaltOrder(action.eventType, request.body, at: time, actor: actor)
        var submission = Submission(order.line)
        submission.fillIn(eventID: eventID, correlationID: exchange.identity.requestID, actor: nil)
        submit(Posting(one: submission), exchange)
    }

    private func signature(
        _ header: String,
        _ action: KillSwitchAction,
        _ request: HTTPRequest
    ) throws(Problem) -> KillSwitchSignature {
        guard let secret else {
            throw Problem(.invalidSignature, "the server has no secret kill_switch_secret, so it takes no signature")
        }
        do throws(KillSwitchSignature.Fault) {
            let signature = try KillSwitchSignature(header: header)
            try signature.check(action, body: request.body, secret, at: clock.now())
            return signature
        } catch {
            throw gate.failedAttempt(request.head.peer, Problem(.invalidSignature, error.description))
        }
    }

    private func submit(_ posting: Posting, _ exchange: Exchange) {
        ledger.submit(posting.items.map(\.submission)) { answers in
            let outcomes = answers.outcomes
            metrics.record(outcomes)
            for case .failure(.failed(let error)) in outcomes { health.note(error) }
            guard posting.waitsForDatabase, PostingOutcome.lastSequence(outcomes) > 0 else {
                let outcome = PostingOutcome(posting: posting, outcomes: outcomes, replicatedSequence: nil)
                return exchange.complete { () throws(Problem) in try outcome.answer() }
            }
            Task { await answerOnceReplicated(posting, outcomes, exchange) }
        }
    }

    private func answerOnceReplicated(_ posting: Posting, _ outcomes: [AppendOutcome], _ exchange: Exchange) async {
        let last = PostingOutcome.lastSequence(outcomes)
        let reached: UInt64
        do throws(LedgerError) {
            reached = try await ledger.replicatedSequence(waitingFor: last, within: Self.databaseWait)
        } catch {
            return exchange.fail(Problem(error))
        }
        let outcome = PostingOutcome(posting: posting, outcomes: outcomes, replicatedSequence: reached)
        exchange.complete { () throws(Problem) in try outcome.answer() }
    }

    /// Whether `Prefer` asks for `ack=database` (RFC 7240).
    private static func waitsForDatabase(_ head: HTTPRequestHead) -> Bool {
        head.headers.contains { header in
            header.isNamed("Prefer")
                && header.value.split(whereSeparator: { $0 == "," || $0 == ";" }).contains { preference in
                    preference.filter { $0 != " " && $0 != "\"" } == "ack=database"
                }
        }
    }
}

extension ServiceMetrics {
    /// Records what became of the events of a request.
    fileprivate func record(_ outcomes: [AppendOutcome]) {
        var (appendedCount, duplicateCount) = (0, 0)
        for outcome in outcomes {
            switch outcome {
            case .success(let receipt):
                if receipt.status == .appended { appendedCount += 1 } else { duplicateCount += 1 }
            case .failure(.rejected(let rejection)): recordRejection(rejection.code)
            case .failure(.failed): break
            }
        }
        recordEvents(appendedCount: appendedCount, duplicateCount: duplicateCount)
    }
}

extension KillSwitchAction {
    /// The type of the event that it makes.
    fileprivate var eventType: EventType {
        switch self {
        case .halt: .riskHalted
        case .resume: .riskResumed
        }
    }
}
