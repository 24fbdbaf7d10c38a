package import Ledger
package import TradeModel

/// Why a request failed: a problem document (RFC 9457).
package struct Problem: Error, Sendable {
    /// What kind of problem it is, for programs.
    package let code: ProblemCode
    /// What happened and what to do, for people.
    package let detail: String
    /// The code of the rejection, where the ledger rejected an event; it replaces the problem's own.
    let rejection: RejectionCode?
    /// After how many seconds the same request may succeed; nil where waiting does not help.
    package let retryAfterSeconds: Int?
    /// The methods that the resource has, where the request's is none of them.
    let allowedMethods: [String]

    /// A problem of this kind.
    package init(
        _ code: ProblemCode,
        _ detail: String,
        retryAfterSeconds: Int? = nil,
        allowedMethods: [String] = []
    ) {
        (self.code, self.detail, self.retryAfterSeconds) = (code, detail, retryAfterSeconds)
        (rejection, self.allowedMethods) = (nil, allowedMethods)
    }

    /// The problem that an event was rejected.
    ///
    /// A full disk and a ledger that is behind its database are faults of the server, which can pass.
    package init(_ rejection: Rejection) {
        switch rejection.code {
        case .diskFull: (code, retryAfterSeconds) = (.diskFull, Self.retrySeconds)
        case .ledgerBehindDatabase: (code, retryAfterSeconds) = (.notReady, Self.retrySeconds)
        default: (code, retryAfterSeconds) = (.rejected, nil)
        }
        (detail, self.rejection, allowedMethods) = (rejection.message, rejection.code, [])
    }

    /// The problem that the ledger failed.
    package init(_ error: LedgerError) {
        self.init(.notReady, error.description, retryAfterSeconds: Self.retrySeconds)
    }

    /// The problem that the server ends before it has begun with a request.
    static let closing = Problem(.notReady, "the server is stopping", retryAfterSeconds: retrySeconds)

    /// After how long it is worth trying again what an operator has to mend.
    private static let retrySeconds = 10

    /// The document as JSON.
    ///
    /// It shows no token, although a client may have sent one as a path or a parameter: answers are kept in logs.
    package var json: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        for (name, value) in [("type", "about:blank"), ("title", code.title)] {
            json.key(name)
            json.value(value)
        }
        json.key("status")
        json.value(Int64(code.status))
        json.key("code")
        json.value(rejection?.rawValue ?? code.rawValue)
        json.key("detail")
        json.value(TokenRedaction.redacted(detail))
        json.endObject()
        return json.bytes
    }
}

/// The kinds of problems, with their statuses.
package enum ProblemCode: String, CaseIterable, Sendable {
    case invalidRequest = "invalid_request"
    case invalidParameter = "invalid_parameter"
    case eventIDMismatch = "event_id_mismatch"
    case unauthorized
    case forbidden
    case unknownHost = "unknown_host"
    case invalidSignature = "invalid_signature"
    case notFound = "not_found"
    case methodNotAllowed = "method_not_allowed"
    case bodyTooLarge = "body_too_large"
    case unsupportedMediaType = "unsupported_media_type"
    case rejected
    case tooManyRequests = "too_many_requests"
    case internalError = "internal_error"
    case notReady = "not_ready"
    case diskFull = "disk_full"

    /// The status code of HTTP.
    package var status: Int {
        switch self {
        case .invalidRequest, .invalidParameter, .eventIDMismatch: 400
        case .unauthorized, .invalidSignature: 401
        case .forbidden, .unknownHost: 403
        case .notFound: 404
        case .methodNotAllowed: 405
        case .bodyTooLarge: 413
        case .unsupportedMediaType: 415
        case .rejected: 422
        case .tooManyRequests: 429
        case .internalError: 500
        case .notReady: 503
        case .diskFull: 507
        }
    }

    /// What kind of problem it is, for people.
    package var title: String {
        switch self {
        case .invalidRequest: "The request cannot be read"
        case .invalidParameter: "A parameter is not valid"
        case .eventIDMismatch: "The body and the Idempotency-Key name different events"
        case .unauthorized: "A token is needed"
        case .forbidden: "The token does not allow this"
        case .unknownHost: "The Host is not one of this server"
        case .invalidSignature: "The signature is not valid"
        case .notFound: "There is no such resource"
        case .methodNotAllowed: "The resource does not have this method"
        case .bodyTooLarge: "The body is too large"
        case .unsupportedMediaType: "The body has another content type"
        case .rejected: "The ledger rejected the event"
        case .tooManyRequests: "Too many requests"
        case .internalError: "The server failed"
        case .notReady: "The server cannot answer this now"
        case .diskFull: "The disk is full"
        }
    }
}
