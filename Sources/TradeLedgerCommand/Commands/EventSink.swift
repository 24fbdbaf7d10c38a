internal import Ledger
internal import ServiceClient
internal import TradeModel

/// Where `append` sends events: the ledger, or the service that has it open.
enum EventSink {
    case ledger(Ledger)
    case service(EventService)

    /// Opens the ledger of a directory, or finds the service that has it open.
    ///
    /// `onOpen` receives what opening found. Throws `heldByAnotherWriter` if a process has it open that is no service.
    init(
        _ directory: String,
        _ log: Log,
        onOpen: (RecoveryReport) -> Void
    ) throws {
        do throws(LedgerError) {
            let ledger = try Ledger(opening: directory) { log.say(.warning, $0) }
            onOpen(ledger.recovery)
            self = .ledger(ledger)
        } catch {
            guard error.code == .heldByAnotherWriter, let service = try EventService(ofLedger: directory) else {
                throw error
            }
            self = .service(service)
        }
    }

    /// Submits lines, each of which is an event, and returns the replies that will come.
    func submit(_ lines: [EventLine]) throws -> PendingReplies {
        switch self {
        case .ledger(let ledger): .ledger(ledger.submit(lines: lines))
        case .service(let service): .service(try service.append(lines))
        }
    }

    /// Why background work of the ledger has stopped; nil where all is well, or a service does it.
    var backgroundFault: LedgerError? {
        switch self {
        case .ledger(let ledger): ledger.backgroundFault
        case .service: nil
        }
    }
}

/// The replies to events that were submitted and may not be durable yet.
enum PendingReplies: ~Copyable {
    case ledger(PendingAppend)
    case service([AppendReply])

    /// Waits until the events are durable or rejected, and returns the replies in order.
    consuming func replies() -> [AppendReply] {
        switch consume self {
        case .ledger(let pending): pending.outcomes().map { AppendReply($0) }
        case .service(let replies): replies
        }
    }
}

/// What became of an event that was sent.
enum AppendReply {
    /// The acknowledgement of an event that is durable.
    struct Recorded {
        let status: Receipt.Status
        let sequence: UInt64
        let eventID: EventID
    }

    /// Why an event was rejected.
    struct Refusal {
        /// One of the codes of `RejectionCode`, or of a newer service.
        let code: String
        let message: String
    }

    case recorded(Recorded)
    case rejected(Refusal)
    case failed(Failure)

    /// The reply of a ledger that this process has open.
    init(_ outcome: AppendOutcome) {
        switch outcome {
        case .success(let receipt):
            self = .recorded(Recorded(status: receipt.status, sequence: receipt.sequence, eventID: receipt.eventID))
        case .failure(.rejected(let rejection)):
            self = .rejected(Refusal(code: rejection.code.rawValue, message: rejection.message))
        case .failure(.failed(let error)):
            self = .failed(Failure(ExitStatus(error), error.description))
        }
    }
}
