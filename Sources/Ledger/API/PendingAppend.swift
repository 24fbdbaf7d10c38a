/// Events that were submitted and may not be durable yet.
public struct PendingAppend: ~Copyable, Sendable {
    private let request: AppendRequest

    init(_ request: AppendRequest) {
        self.request = request
    }

    /// Waits until the events are durable or rejected, and returns their outcomes in order.
    public consuming func outcomes() -> [AppendOutcome] {
        request.wait()
        return request.outcomes
    }
}
