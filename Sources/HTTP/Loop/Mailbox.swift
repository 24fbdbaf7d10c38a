internal import CLedgerShims
internal import Glibc
internal import Synchronization

/// What other threads tell the thread of a server.
///
/// Many messages cost one wake.
final class Mailbox: Sendable {
    enum Message: Sendable {
        /// A request that waits has its answer.
        case answer(Exchange)
        /// An output may have its next piece.
        case wake(OutputPump)
        /// New connections belong to this daemon, which has a new certificate.
        case use(Daemon)
        case stopAccepting
        /// Ends the server once the answers under way are sent, and after this time at the latest.
        case close(milliseconds: Int)
    }

    private struct State {
        var messages: [Message] = []
        var isClosed = false
    }

    /// Readable while there are messages.
    let descriptor: Int32
    private let state = Mutex(State())

    init() throws(HTTPError) {
        descriptor = ledger_event_open()
        guard descriptor >= 0 else { throw HTTPError(cannot: "open an event counter", errno) }
    }

    deinit { Glibc.close(descriptor) }

    /// Leaves a message; false if nobody will read it.
    @discardableResult
    func post(_ message: Message) -> Bool {
        let (isOpen, isFirst) = state.withLock { state in
            guard !state.isClosed else { return (false, false) }
            state.messages.append(message)
            return (true, state.messages.count == 1)
        }
        if isFirst { signal() }
        return isOpen
    }

    /// Exchanges the messages for an empty list, of which the memory is used again.
    func take(into messages: inout [Message]) {
        var count: UInt64 = 0
        let result = unsafe read(descriptor, &count, 8)
        assert(result == 8 || errno == EAGAIN, "the counter can be read")
        state.withLock { swap(&$0.messages, &messages) }
    }

    /// Refuses messages from now on, and forgets those that nobody has taken.
    func close() {
        state.withLock { state in
            state.isClosed = true
            state.messages = []
        }
    }

    private func signal() {
        var one: UInt64 = 1
        let result = unsafe write(descriptor, &one, 8)
        assert(result == 8, "the counter does not overflow")
    }
}
