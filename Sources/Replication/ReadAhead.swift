internal import Ledger

/// Reads the next part of a log on a thread of its own, while the database stores the part before.
final class ReadAhead {
    /// What the thread itself keeps: not the object that ends it.
    private final class Desk: Sendable {
        /// The thread has it for as long as it reads.
        let log: Lock<FollowedLog>
        let order = Lock<Order>(.none)
        let wake = Semaphore()
        let done = Semaphore()

        init(_ log: consuming sending FollowedLog) { self.log = Lock(log) }

        func work() {
            while true {
                wake.wait()
                guard case .read(let sequence, let limit) = order.withLock({ $0 }) else { return }
                let result = log.withLock { log in
                    Result { () throws(LedgerError) in try log.read(behind: sequence, upTo: limit) }
                }
                order.withLock { $0 = .finished(result) }
                done.post()
            }
        }
    }

    private enum Order {
        case none
        case read(behind: UInt64, upTo: UInt64)
        case finished(Result<FollowedLog.Part?, LedgerError>)
    }

    private let desk: Desk
    /// Whether a part was begun that nobody has taken yet.
    private(set) var isUnderWay = false

    /// Starts the thread, which lives as long as this.
    init(_ log: consuming sending FollowedLog) {
        desk = Desk(log)
        BackgroundThread.start { [desk] in desk.work() }
    }

    deinit {
        desk.order.withLock { $0 = .none }
        desk.wake.post()
    }

    /// Begins to read the part behind an event, up to a durable sequence.
    func begin(behind sequence: UInt64, upTo limit: UInt64) {
        precondition(!isUnderWay, "one part is read at a time")
        isUnderWay = true
        desk.order.withLock { $0 = .read(behind: sequence, upTo: limit) }
        desk.wake.post()
    }

    /// Waits for the part that was begun.
    func take() throws(LedgerError) -> FollowedLog.Part? {
        precondition(isUnderWay, "a part was begun")
        desk.done.wait()
        isUnderWay = false
        guard case .finished(let result) = desk.order.withLock({ $0 }) else {
            preconditionFailure("what is done has a result")
        }
        return try result.get()
    }

    /// Waits for the part that was begun, and forgets it, with what went wrong there: who needs it reads it again.
    func forget() {
        precondition(isUnderWay, "a part was begun")
        desk.done.wait()
        isUnderWay = false
    }

    /// Runs the body with the log, before or behind the part that is under way.
    func withLog<Value>(
        _ body: (inout FollowedLog) throws(LedgerError) -> Value
    ) throws(LedgerError) -> Value {
        try desk.log.withLock(body)
    }
}
