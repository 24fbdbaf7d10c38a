internal import Glibc
package import TradeModel

/// Appends one event for a person, whether or not another process has the ledger open.
///
/// If none has, this opens the ledger for a moment. If one has, this hands the event to the service that it offers, or
/// leaves a request, which that process appends.
package struct RequestedAppend {
    /// What happened to the event.
    package enum Outcome {
        /// It is durable at this sequence.
        case recorded(Receipt.Status, sequence: UInt64)
        case rejected(Rejection)
        /// The other process has not taken the request: it stays in this file, and takes effect later.
        case stays(String)
        /// The other process has taken the request, which is in this file, and has not answered yet.
        case taken(String)
        /// The other process has not answered, and the request takes no effect.
        case withdrawn
        /// The other process could not read the request, which is in this file.
        case malformed(String)
    }

    private let directory: String
    private let clock: LedgerClock
    private let onOpen: (RecoveryReport) -> Void
    private let onRequestProblem: @Sendable (String) -> Void
    private let throughService: (EventLine) throws -> Outcome?

    private static let waitDuration: Duration = .seconds(10)
    private static let retryMilliseconds: Int32 = 20

    /// An append to the ledger in a directory.
    ///
    /// `onOpen` receives what opening found, where this opens the ledger, and `onRequestProblem` what is wrong with
    /// the requests of others. `throughService` hands an event to the service of the process that has the ledger open,
    /// and returns nil where there is none.
    package init(
        to directory: String,
        clock: LedgerClock = .system,
        onOpen: @escaping (RecoveryReport) -> Void,
        onRequestProblem: @escaping @Sendable (String) -> Void,
        throughService: @escaping (EventLine) throws -> Outcome? = { _ in nil }
    ) {
        self.directory = directory
        self.clock = clock
        self.onOpen = onOpen
        self.onRequestProblem = onRequestProblem
        self.throughService = throughService
    }

    /// An id for the event that is to be appended.
    package func newEventID() -> EventID { EventID.version7(at: clock.now(), random: clock.random()) }

    /// Appends an event, which has an `event_id`, and waits up to 10 s where another process has to do it.
    ///
    /// `isWithdrawn` says whether the request is withdrawn if that process does not answer. Throws what opening and
    /// appending throw.
    package func append(_ line: EventLine, isWithdrawn: Bool) throws -> Outcome {
        if let ledger = try open() {
            defer { ledger.close() }
            onOpen(ledger.recovery)
            switch ledger.append(lines: [line])[0] {
            case .success(let receipt): return .recorded(receipt.status, sequence: receipt.sequence)
            case .failure(.rejected(let rejection)): return .rejected(rejection)
            case .failure(.failed(let error)): throw error
            }
        }
        if let outcome = try throughService(line) { return outcome }
        let storage = PosixStorage(directory: directory)
        let folder = try storage.makeSharedDirectory(RequestFile.folder)
        let outbox = RequestOutbox(folder, clock: clock)
        let name = try outbox.put(line)
        let answer: RequestAnswer?
        do { answer = try wait(for: name, outbox, storage) } catch {
            if isWithdrawn { _ = try outbox.withdraw(name) }
            throw error
        }
        if let answer { return try outcome(answer, name, line, outbox) }
        guard isWithdrawn else {
            return try outbox.isTaken(name) ? .taken(path(name, .taken)) : .stays(path(name, .pending))
        }
        if try outbox.withdraw(name) { return .withdrawn }
        // A writer has taken it just now.
        guard let answer = try wait(for: name, outbox, storage) else { return .taken(path(name, .taken)) }
        return try outcome(answer, name, line, outbox)
    }

    /// The ledger, open for writing; nil where another process has it open.
    private func open() throws(LedgerError) -> Ledger? {
        do throws(LedgerError) {
            return try Ledger(opening: directory, clock: clock, onRequestProblem: onRequestProblem)
        } catch {
            guard error.code == .heldByAnotherWriter else { throw error }
            return nil
        }
    }

    /// The answer to a request; nil where none comes in time.
    private func wait(
        for name: RequestName,
        _ outbox: RequestOutbox<PosixStorage>,
        _ storage: PosixStorage
    ) throws(LedgerError) -> RequestAnswer? {
        let deadline = ContinuousClock.now + Self.waitDuration
        while true {
            if let answer = try outbox.answer(to: name) { return answer }
            guard ContinuousClock.now < deadline else { return nil }
            // If the other process has ended, opening the ledger takes the request.
            if try WriterLock.holder(storage) == nil, let ledger = try open() {
                onOpen(ledger.recovery)
                ledger.close()
            } else {
                _ = poll(nil, 0, Self.retryMilliseconds)
            }
        }
    }

    private func outcome(
        _ answer: RequestAnswer,
        _ name: RequestName,
        _ line: EventLine,
        _ outbox: RequestOutbox<PosixStorage>
    ) throws -> Outcome {
        switch answer {
        case .malformed: return .malformed(path(name, .answered(answer)))
        case .recorded(let status, let sequence):
            try outbox.remove(answer, to: name)
            return .recorded(status, sequence: sequence)
        case .rejected(let code):
            // The full disk may have had no room for the line.
            var message = "the process that has the ledger open has rejected the event"
            try LedgerReader(opening: directory).rejectedEvents { event in
                // Spaces may follow, see `RequestOutbox`.
                if event.line.starts(with: line.bytes) { message = event.message }
            }
            try outbox.remove(answer, to: name)
            return .rejected(Rejection(code, message))
        }
    }

    private func path(_ name: RequestName, _ state: RequestFile.State) -> String {
        "\(directory)/\(RequestFile.folder)/\(RequestFile(name, state).fileName)"
    }
}
