/// One thing that the service answers: its method and path, who may ask, its parameters, and how it is answered.
///
/// The server, the OpenAPI document, the metrics and the table of docs/http.md follow from it.
package struct Route: Sendable {
    /// Who may ask.
    package enum Access: Sendable {
        /// Everybody.
        case everybody
        /// Holders of a token with this role, or of an admin token.
        case role(TokenRole)
        /// Holders of an admin token, and those who sign with the secret of the kill switch.
        case signature
    }

    /// How a request is answered.
    package enum Work: Sendable {
        /// At once, from memory.
        case immediate(@Sendable (Parameters, borrowing Reading) throws -> Answer)
        /// On a thread of the pool, because it reads from the log.
        case pooled(@Sendable (Parameters, borrowing Reading) throws -> Answer)
        /// By the service itself.
        case special(Special)
    }

    /// What the service answers by itself.
    package enum Special: Sendable {
        case append, stream, halt, resume, live, ready, metrics, openAPI, page
    }

    /// The method of HTTP.
    package let method: String
    /// The path, with parameters in braces, such as `/v1/trades/{id}`.
    package let path: String
    /// What it does, as the summary of the OpenAPI document.
    package let summary: String
    /// Who may ask.
    package let access: Access
    /// The parameters of its path and of its query.
    package let parameters: [Parameter]
    let work: Work
    /// Whether the answer changes only with a new event, so that it has an `ETag` and `min_sequence`.
    let isCacheable: Bool
    /// Whether there may be nothing to answer with, although the path has no parameter.
    let isAbsentAtTimes: Bool

    /// A route.
    package init(
        method: String = "GET",
        _ path: String,
        _ access: Access,
        _ summary: String,
        _ parameters: [Parameter],
        isCacheable: Bool = true,
        isAbsentAtTimes: Bool = false,
        _ work: Work
    ) {
        self.method = method
        self.path = path
        self.access = access
        self.summary = summary
        switch work {
        case .immediate, .pooled: self.isCacheable = isCacheable
        case .special: self.isCacheable = false
        }
        self.parameters = parameters + (self.isCacheable ? [Self.minSequence] : [])
        self.isAbsentAtTimes = isAbsentAtTimes
        self.work = work
    }

    static let minSequence = Parameter(
        "min_sequence",
        .integer(0...UInt64(Int64.max)),
        "answer once the events up to this sequence are folded; the service waits up to 10 s"
    )
}
