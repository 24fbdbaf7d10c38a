internal import HTTP
internal import Records

/// What a request for a stream asks for.
struct StreamRequest {
    let form: EventOutput.Form
    /// The event after which the stream begins; nil for the newest.
    let position: UInt64?
    let filter: EventFilter

    /// The parameters of the route.
    static let parameters =
        [Parameter("from", .integer(1...UInt64(Int64.max)), "The first sequence; else only what comes next.")]
        + EventFilter.parameters

    /// The stream that checked parameters and a head ask for.
    ///
    /// `Last-Event-ID` is what a client sends that has lost its connection, so it counts more than `from`.
    init(_ parameters: Parameters, _ head: HTTPRequestHead) throws(Problem) {
        form = head["Upgrade"]?.lowercased() == "websocket" ? .webSocket : .serverSentEvents
        filter = EventFilter(parameters)
        guard let id = head["Last-Event-ID"], !id.isEmpty else {
            position = parameters.integer("from").map { $0 - 1 }
            return
        }
        guard let sequence = UInt64(id), sequence <= UInt64(Int64.max) else {
            throw Problem(.invalidParameter, "Last-Event-ID takes the id of an event of this stream")
        }
        position = sequence
    }
}
