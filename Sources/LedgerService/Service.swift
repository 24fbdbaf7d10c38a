internal import HTTP
internal import Ledger
internal import TradeModel

/// Answers the requests of programs and people from one ledger.
///
/// Every request passes the gate, finds its route, and is answered at once from memory, or from a thread of the pool,
/// or once the ledger has made its events durable. No request waits on a thread of the server.
final class Service: HTTPHandler {
    /// What the service answers from.
    struct Parts: Sendable {
        let reading: Reading
        let routes: RouteTable
        let gate: RequestGate
        let appender: Appender
        let pool: WorkPool
        let health: ServiceHealth
        let metrics: ServiceMetrics
        let figures: FiguresReader
        let clock: LedgerClock
        let log: LogWriter
        let version: String
    }

    private let parts: Parts
    private let openAPI: [UInt8]

    /// How long a request waits for events to be folded.
    private static let foldWait: Duration = .seconds(10)

    init(_ parts: Parts) {
        self.parts = parts
        openAPI = OpenAPI.document(parts.routes.routes, version: parts.version)
    }

    func answer(toHead head: HTTPRequestHead) -> HTTPResponse? {
        // Without a body there is nothing to save, and `answer(_:_:)` checks the same.
        guard head["Content-Length"] ?? head["Transfer-Encoding"] != nil else { return nil }
        let exchange = exchange(head, HTTPResponder { _ in })
        do throws(Problem) {
            try parts.gate.checkHost(head)
            let route = try parts.routes.match(head.method, head.path).route
            guard let body = route.body else { return nil }
            try parts.gate.check(head, route.access)
            try body.check(contentType: head["Content-Type"])
            return nil
        } catch {
            return exchange.response(to: error)
        }
    }

    func answer(_ request: HTTPRequest, _ responder: HTTPResponder) {
        var exchange = exchange(request.head, responder)
        do throws(Problem) {
            try parts.gate.checkHost(request.head)
            let match = try parts.routes.match(request.head.method, request.head.path)
            exchange.route = match.route
            let principal = try parts.gate.principal(request.head, match.route.access)
            try match.route.body?.check(contentType: request.head["Content-Type"])
            let parameters = try Parameters(path: match.path, query: request.head.query, of: match.route.parameters)
            switch match.route.work {
            case .immediate(let work): try read(parameters, exchange, isPooled: false, work)
            case .pooled(let work): try read(parameters, exchange, isPooled: true, work)
            case .special(let special): try perform(special, parameters, principal, request, exchange)
            }
        } catch {
            exchange.fail(error)
        }
    }

    private func exchange(_ head: HTTPRequestHead, _ responder: HTTPResponder) -> Exchange {
        let clock = parts.clock
        let identity = RequestIdentity(
            head,
            newID: EventID.version7(at: clock.now(), random: clock.random()).description
        )
        return Exchange(head, identity, responder, parts.metrics, parts.log)
    }

    /// Answers from the folds, once they are where the request needs them.
    private func read(
        _ parameters: Parameters,
        _ exchange: Exchange,
        isPooled: Bool,
        _ work: @escaping @Sendable (Parameters, borrowing Reading) throws -> Answer
    ) throws(Problem) {
        let live = parts.reading.live
        let needed = max(parameters.integer(Route.minSequence.name) ?? 0, live.startSequence)
        guard live.sequence < needed else { return try answer(parameters, exchange, isPooled: isPooled, work) }
        live.whenReached(needed, within: Self.foldWait) { [self] hasReached in
            do throws(Problem) {
                guard hasReached else {
                    throw Problem(
                        .notReady,
                        "the events up to \(needed) are not folded yet, but those up to \(live.sequence)",
                        retryAfterSeconds: 1
                    )
                }
                // Not on this thread, which folds.
                try answer(parameters, exchange, isPooled: true, work)
            } catch {
                exchange.fail(error)
            }
        }
    }

    private func answer(
        _ parameters: Parameters,
        _ exchange: Exchange,
        isPooled: Bool,
        _ work: @escaping @Sendable (Parameters, borrowing Reading) throws -> Answer
    ) throws(Problem) {
        let sequence = parts.reading.live.sequence
        if exchange.route?.isCacheable == true, EntityTag.isNamed(exchange.head["If-None-Match"], at: sequence) {
            return exchange.succeedUnmodified(since: sequence)
        }
        let reading = parts.reading
        guard isPooled else { return exchange.complete { try work(parameters, reading) } }
        let isTaken = parts.pool.submit {
            exchange.complete { try work(parameters, reading) }
        } orElse: {
            exchange.fail(.closing)
        }
        guard isTaken else {
            throw Problem(.notReady, "too many requests wait for an answer from the log", retryAfterSeconds: 1)
        }
    }

    private func perform(
        _ special: Route.Special,
        _ parameters: Parameters,
        _ principal: Principal,
        _ request: HTTPRequest,
        _ exchange: Exchange
    ) throws(Problem) {
        switch special {
        case .append: try parts.appender.append(request, principal, exchange, parts.pool)
        case .halt: try parts.appender.perform(.halt, request, principal, exchange)
        case .resume: try parts.appender.perform(.resume, request, principal, exchange)
        case .stream: exchange.send(try stream(parameters, exchange))
        case .live: exchange.succeed(Answer(json: ServiceHealth.live, at: nil))
        case .ready:
            if let problem = parts.health.problem { throw problem }
            exchange.succeed(Answer(json: ServiceHealth.ready, at: nil))
        case .metrics:
            exchange.complete {
                Answer(parts.metrics.text(try parts.figures.figures()), ServiceMetrics.contentType, at: nil)
            }
        case .openAPI: exchange.succeed(Answer(json: openAPI, at: nil))
        case .page: exchange.send(Page.response(exchange.identity, parts.clock))
        }
    }

    private func stream(_ parameters: Parameters, _ exchange: Exchange) throws(Problem) -> HTTPResponse {
        let request = try StreamRequest(parameters, exchange.head)
        let output = EventOutput(request.form, after: request.position, request.filter, parts.reading)
        return switch request.form {
        case .serverSentEvents: exchange.response(200, contentType: "text/event-stream", .stream(output))
        case .webSocket: HTTPResponse(101, headers: exchange.identity.headers, .webSocket(output))
        }
    }
}
