import CPQ
import Glibc

/// One session of libpq in its non-blocking mode, and what may interrupt a wait on it.
///
/// Every byte from and to the server passes here. An interrupted wait ends the session, because the pending answer
/// would be taken for that of the next statement. Every wait is one poll(2) on the socket and a stop descriptor, with a
/// deadline.
@safe
struct Wire {
    /// The `PGconn`, which the `Connection` keeps alive.
    let raw: OpaquePointer
    let waitLimit: WaitLimit

    /// A TLS library may buffer bytes that libpq had no room for; poll(2) does not see them, so they are checked from
    /// time to time.
    private static let encryptedPollMilliseconds = 50

    var isBroken: Bool { unsafe PQstatus(raw) != CONNECTION_OK }

    /// Throws libpq's error if it did not accept the data.
    func check(_ isTaken: Int32) throws(PostgresError) {
        guard isTaken == 1 else { throw fault }
    }

    /// Sends what libpq has gathered.
    func flush() throws(PostgresError) {
        while true {
            let result = unsafe PQflush(raw)
            if result == 0 { return }
            guard result == 1 else { throw fault }
            // A server whose output is not read stops reading its input.
            guard try wait(POLLIN | POLLOUT, until: waitLimit.deadline) else { throw silence() }
            try consumeInput()
        }
    }

    /// Reads from the server until there is enough.
    func receive(until isEnough: () -> Bool) throws(PostgresError) {
        let isEncrypted = unsafe PQsslInUse(raw) == 1 || PQgssEncInUse(raw) == 1
        var deadline = waitLimit.deadline
        while !isEnough() {
            var pause = deadline
            if isEncrypted {
                let next = ContinuousClock.now + .milliseconds(Self.encryptedPollMilliseconds)
                pause = deadline.map { min($0, next) } ?? next
            }
            if try wait(POLLIN, until: pause) {
                deadline = waitLimit.deadline
            } else if let deadline, deadline <= ContinuousClock.now {
                throw silence()
            }
            try consumeInput()
        }
    }

    /// The next result of the current statement, nil after the last; the caller owns it.
    func nextResult() throws(PostgresError) -> OpaquePointer? {
        try flush()
        try receive { unsafe PQisBusy(raw) == 0 }
        return unsafe PQgetResult(raw)
    }

    /// The last result of the statement under way; the caller owns it.
    ///
    /// A COPY that begins ends the search, for its data comes first.
    func lastResult() throws(PostgresError) -> OpaquePointer? {
        var last: OpaquePointer?
        do throws(PostgresError) {
            while let result = unsafe try nextResult() {
                unsafe PQclear(last)
                unsafe last = unsafe result
                if unsafe [PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH].contains(PQresultStatus(result)) { break }
            }
        } catch {
            // The server's last message says more than the fact that the session ended.
            guard unsafe PQresultStatus(last) == PGRES_FATAL_ERROR, unsafe last != nil else {
                unsafe PQclear(last)
                throw error
            }
        }
        return unsafe last
    }

    /// Takes in what has arrived, without waiting.
    func consumeInput() throws(PostgresError) {
        guard unsafe PQconsumeInput(raw) == 1 else { throw fault }
    }

    /// Ends the session: the server sees the connection close, and libpq reports it as lost from now on.
    func end() {
        guard !isBroken else { return }
        _ = unsafe shutdown(PQsocket(raw), Int32(SHUT_RDWR))
        // libpq notes the end once it has read what was on its way before.
        while !isBroken, unsafe PQconsumeInput(raw) == 1 {}
    }

    private var fault: PostgresError { unsafe PostgresError.fault(result: nil, connection: raw) }

    /// Waits for the socket; false where the time came first.
    private func wait(_ events: Int32, until time: ContinuousClock.Instant?) throws(PostgresError) -> Bool {
        switch unsafe waitLimit.wait(for: PQsocket(raw), events, until: time) {
        case .ready: return true
        case .timedOut: return false
        case .stopped:
            end()
            throw PostgresError(kind: .stopped, message: "a stop was requested")
        }
    }

    /// Ends the session of a server that is silent for too long.
    private func silence() -> PostgresError {
        end()
        let milliseconds = waitLimit.silenceMilliseconds ?? 0
        let duration = milliseconds % 1000 == 0 ? "\(milliseconds / 1000) s" : "\(milliseconds) ms"
        return PostgresError(kind: .connectionLost, message: "the server has not answered for \(duration)")
    }
}

/// Limits a wait for the server: a stop descriptor and the longest silence.
package struct WaitLimit: Sendable {
    /// A descriptor that becomes readable to request a stop, -1 for none.
    package let stop: Int32
    /// The longest silence of the server in milliseconds; nil for no limit.
    package let silenceMilliseconds: Int?

    /// Waits for as long as the session lives.
    package static let none = WaitLimit(stop: -1, silenceMilliseconds: nil)

    /// Gives up once `stop` becomes readable, or the server has been silent for so long.
    package init(stop: Int32, silenceMilliseconds: Int?) {
        self.stop = stop
        self.silenceMilliseconds = silenceMilliseconds
    }

    /// How a wait ended.
    enum WaitOutcome {
        /// The descriptor is ready, or has an error that its next use reports.
        case ready
        case stopped
        case timedOut
    }

    /// The deadline for a silence that begins now.
    var deadline: ContinuousClock.Instant? { silenceMilliseconds.map { ContinuousClock.now + .milliseconds($0) } }

    /// Waits until a descriptor is ready for one of the events of poll(2).
    func wait(for descriptor: Int32, _ events: Int32, until deadline: ContinuousClock.Instant?) -> WaitOutcome {
        while true {
            var waitMilliseconds: Int32 = -1
            if let deadline {
                let (seconds, attoseconds) = (deadline - ContinuousClock.now).components
                guard seconds >= 0, attoseconds >= 0 else { return .timedOut }
                // Rounded up, so that the last millisecond is not spent in a busy loop.
                waitMilliseconds = Int32(clamping: seconds * 1_000 + attoseconds / 1_000_000_000_000_000 + 1)
            }
            var files = [
                pollfd(fd: stop, events: Int16(POLLIN), revents: 0),
                pollfd(fd: descriptor, events: Int16(events), revents: 0),
            ]
            let readyCount = unsafe poll(&files, 2, waitMilliseconds)
            if readyCount > 0 { return files[0].revents != 0 ? .stopped : .ready }
            if readyCount < 0 && errno != EINTR { return .ready }
        }
    }
}
