internal import HTTP
internal import Ledger
internal import TradeModel

/// A request that is being answered: what its answer, its metrics and its log line need.
struct Exchange: Sendable {
    let head: HTTPRequestHead
    let identity: RequestIdentity
    /// The route; nil until it is found.
    var route: Route?
    private let beganAt = ContinuousClock.now
    private let responder: HTTPResponder
    private let metrics: ServiceMetrics
    private let log: LogWriter

    init(
        _ head: HTTPRequestHead,
        _ identity: RequestIdentity,
        _ responder: HTTPResponder,
        _ metrics: ServiceMetrics,
        _ log: @escaping LogWriter
    ) {
        (self.head, self.identity, self.responder) = (head, identity, responder)
        (self.metrics, self.log) = (metrics, log)
    }

    /// Answers with the result of some work, or with the problem that it throws.
    func complete(_ work: () throws -> Answer) {
        do { succeed(try work()) } catch {
            switch error {
            case let problem as Problem: fail(problem)
            case let error as LedgerError: fail(Problem(error))
            default: fail(Problem(.internalError, "\(error)"))
            }
        }
    }

    /// Sends an answer.
    func succeed(_ answer: Answer) { send(HTTPResponse(answer, identity)) }

    /// Says that the client has the newest answer.
    func succeedUnmodified(since sequence: UInt64) { send(HTTPResponse(notModifiedSince: sequence, identity)) }

    /// Sends a problem.
    func fail(_ problem: Problem) {
        var line = LogLine(problem.code.status >= 500 ? .warning : .debug, "\(problem.code.status) \(problem.detail)")
        line.requestID = identity.requestID
        log(line)
        send(response(to: problem))
    }

    /// The response for a problem.
    func response(to problem: Problem) -> HTTPResponse { HTTPResponse(problem, identity) }

    /// A response whose body is produced while it is sent.
    func response(_ status: Int, contentType: String, _ body: HTTPResponse.Body) -> HTTPResponse {
        HTTPResponse(status, headers: HTTPResponse.headers(contentType) + identity.headers, body)
    }

    /// Sends a response, and counts the request.
    func send(_ response: HTTPResponse) {
        metrics.recordAnswer(
            route: route?.path,
            method: head.method,
            status: response.status,
            nanoseconds: UInt64(beganAt.duration(to: .now) / .nanoseconds(1))
        )
        responder.send(response)
    }
}
