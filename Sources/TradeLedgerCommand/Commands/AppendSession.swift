internal import Ledger
internal import Records
internal import TradeModel

/// Lines that were submitted together.
private struct Batch: ~Copyable {
    let lineNumbers: [UInt64]
    let pending: PendingReplies
}

/// When an event is acknowledged.
enum Acknowledgement {
    /// Once the event is durable in the ledger.
    case durable
    /// Once the database has the event too, or after a timeout.
    case database(ReplicationWatch, within: Duration)

    static let timeoutSecondsMax: UInt64 = 86_400
}

/// One run of `append`: lines in, acknowledgements out.
struct AppendSession: ~Copyable {
    private let sink: EventSink
    private var input: StoppableInput
    private let acknowledgement: Acknowledgement
    private let isQuiet: Bool
    private var splitter = LineSplitter()
    private let stop: StopRequests
    private var output: StandardOutput
    /// The submitted lines that are not acknowledged yet.
    private var pending: Batch?
    private var lineNumber: UInt64 = 0
    private var hasFirstLine = false
    private var counts: [Receipt.Status: UInt64] = [:]
    private(set) var rejectedCount: UInt64 = 0
    /// How many events were rejected because the disk is full.
    private(set) var diskFullCount: UInt64 = 0
    /// How many events were durable but not in the database at the timeout.
    private var unreplicatedCount: UInt64 = 0

    /// How often signals are checked while an acknowledgement waits for the database.
    private static let signalInterval: Duration = .milliseconds(200)

    init(
        _ sink: EventSink,
        _ input: consuming StoppableInput,
        _ acknowledgement: Acknowledgement,
        stop: StopRequests,
        isQuiet: Bool
    ) {
        self.sink = sink
        self.input = input
        self.stop = stop
        output = StandardOutput { try stop.waitForReader(of: $0) }
        self.acknowledgement = acknowledgement
        self.isQuiet = isQuiet
    }

    var summary: String {
        let (appended, duplicates) = (counts[.appended, default: 0], counts[.duplicate, default: 0])
        guard appended + duplicates + rejectedCount > 0 else { return "there were no events to append" }
        var whole = "\(appended) appended, \(duplicates) duplicates, \(rejectedCount) rejected"
        if unreplicatedCount > 0 {
            whole += "; \(unreplicatedCount) durable here, not yet in the database: see `tradeledger status`"
        }
        guard diskFullCount > 0 else { return whole }
        return whole + ", \(diskFullCount) of them because the disk is full: free some space and send them again"
    }

    /// How many bytes were read of a last line that is not appended, because a signal ended the reading before its end.
    var unfinishedByteCount: Int { input.isAtEnd ? 0 : splitter.restByteCount }

    /// Why background work of the ledger has stopped; nil where all is well.
    var backgroundFault: LedgerError? { sink.backgroundFault }

    /// The next bytes as soon as there are any; nil at the end, or once signals end the reading.
    ///
    /// Acknowledges pending events before it waits for more.
    mutating func read() throws -> [UInt8]? {
        if !input.file.isReadable { try acknowledge() }
        return try input.read()
    }

    /// Appends the lines that end within the bytes, and acknowledges earlier ones meanwhile.
    mutating func append(_ bytes: [UInt8]) throws {
        try append(splitter.lines(in: bytes))
    }

    /// Appends the last line if the input does not end with a line feed, and acknowledges everything.
    ///
    /// If a signal ended the reading, a partial last line is not appended.
    mutating func finish() throws {
        if input.isAtEnd, let line = splitter.rest() { try append([line]) }
        try acknowledge()
    }

    /// Submits the lines before it acknowledges earlier ones, so that they are decoded while those are written.
    private mutating func append(_ lines: [EventLine]) throws {
        var numbers: [UInt64] = []
        var events: [EventLine] = []
        for line in lines {
            lineNumber += 1
            // A line that contains only the byte-order mark is blank.
            let line = hasFirstLine ? line : FirstLine.withoutByteOrderMark(line)
            if line.byteCount == line.bytes.count && line.bytes.allSatisfy(FirstLine.isBlank) { continue }
            if !hasFirstLine { try checkFirst(line) }
            numbers.append(lineNumber)
            events.append(line)
        }
        let next = Batch(lineNumbers: numbers, pending: try sink.submit(events))
        try acknowledge()
        pending = consume next
    }

    /// Throws if the first line shows that the input is not NDJSON.
    private mutating func checkFirst(_ line: EventLine) throws {
        if let refusal = FirstLine(line.bytes).refusal {
            throw Failure(
                .dataRejected,
                "\(input.file.name) is not NDJSON: judging by line \(lineNumber), it is \(refusal.format); nothing "
                    + "of it was appended or kept; \(refusal.remedy)"
            )
        }
        hasFirstLine = true
    }

    /// Waits for pending events, if there are any, and prints their outcomes.
    private mutating func acknowledge() throws {
        guard let batch = pending.take() else { return }
        let numbers = batch.lineNumbers
        let replies = batch.pending.replies()
        let replicated = try replicatedSequence(replies)
        for (number, reply) in zip(numbers, replies) {
            switch reply {
            case .recorded(let receipt): try acknowledge(receipt, line: number, replicated: replicated)
            case .rejected(let rejection): try refuse(rejection, line: number)
            case .failed(let failure):
                try output.flush()
                throw Failure(failure.status, "line \(number) was not appended: \(failure.message)")
            }
        }
        try output.flush()
    }

    /// Waits until the database has these events, the time is up or a signal ends the wait, and returns the replicated
    /// sequence; nil without `--ack database`.
    private mutating func replicatedSequence(_ replies: [AppendReply]) throws -> UInt64? {
        guard case .database(let watch, let duration) = acknowledgement else { return nil }
        var last: UInt64 = 0
        for case .recorded(let receipt) in replies { last = max(last, receipt.sequence) }
        let deadline = ContinuousClock.now + duration
        while true {
            let left = max(.zero, deadline - .now)
            let reached = try watch.replicatedSequence(waitingFor: last, within: min(left, Self.signalInterval))
            if reached >= last || left == .zero || stop.isOverdue { return reached }
        }
    }

    private mutating func acknowledge(_ receipt: AppendReply.Recorded, line: UInt64, replicated: UInt64?) throws {
        counts[receipt.status, default: 0] += 1
        let isReplicated = replicated.map { receipt.sequence <= $0 }
        if isReplicated == false { unreplicatedCount += 1 }
        guard !isQuiet else { return }
        var record = Record.receipt(receipt.status, receipt.sequence, receipt.eventID, line: line)
        if let isReplicated {
            record.append(("replicated", .bool(isReplicated)))
            if !isReplicated { record.append(("message", .text("durable here, not yet in the database"))) }
        }
        try print(record)
    }

    private mutating func refuse(_ rejection: AppendReply.Refusal, line: UInt64) throws {
        rejectedCount += 1
        if rejection.code == RejectionCode.diskFull.rawValue { diskFullCount += 1 }
        try print([
            ("status", .text("rejected")), ("line", Cell(line)), ("code", .text(rejection.code)),
            ("message", .text(rejection.message)),
        ])
    }

    private mutating func print(_ record: Record) throws {
        try output.line(record.json)
    }
}
