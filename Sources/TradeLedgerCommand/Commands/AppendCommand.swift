internal import Ledger
internal import TradeModel

/// `append`: takes events in and acknowledges each once it is durable.
enum AppendCommand {
    static let command = Command(
        name: "append",
        operands: "[FILE]",
        summary: "appends events, a JSON object a line, and acknowledges each",
        help: """
            Reads FILE or standard input. Prints one JSON line an event, in order, once the event is durable:
            status (appended, duplicate or rejected), sequence, event_id, line, and for a rejected one code and message.
            Never waits for more input while acknowledgements are due, so a program can keep it as a co-process.
            With --quiet only rejections are printed. Empty lines are skipped.
            Exit status 65 where an event was rejected, 74 where one was because the disk is full (code disk_full).
            With --mirror DIR, and from then on without it, each event is flushed on two disks before it is
            acknowledged; where one of them fails the other goes on, with a warning.
            On a full disk opens and increases are refused first, so that there is space to close what is open.

            example: tradeledger append fixtures/trades.ndjson
            """,
        options: [],
        run: run
    )

    /// What is printed about an event that is durable.
    static func acknowledgement(
        _ status: Receipt.Status,
        _ sequence: UInt64,
        _ eventID: EventID,
        line: UInt64
    ) -> Record {
        [
            ("status", .text(status.rawValue)), ("sequence", Cell(sequence)),
            ("event_id", .text(eventID.description)), ("line", Cell(line)),
        ]
    }

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        guard arguments.positional.count <= 1 else { throw Failure(.usage, "append takes one FILE at most") }
        // The input is opened first: a file that is not there needs no ledger.
        let input: InputFile
        if let path = arguments.positional.first, path != "-" {
            input = try InputFile(path: path)
        } else {
            input = InputFile()
        }
        let stop = try StopSignal.install()
        let ledger = try Ledger(opening: settings.ledgerDirectory, mirror: settings.mirrorDirectory)
        defer { ledger.close() }
        tell(ledger.recovery, settings.log)
        var isMirrorFaultTold = tell(ledger.mirrorFault, settings.log)
        var session = AppendSession(ledger, isQuiet: settings.isQuiet)
        var progress = ProgressBar("append", total: UInt64(input.byteCount), isQuiet: settings.isQuiet)
        defer { progress.finish() }
        do {
            var done: UInt64 = 0
            while let bytes = try session.read(input, stop: stop) {
                try session.append(bytes)
                if !isMirrorFaultTold { isMirrorFaultTold = tell(ledger.mirrorFault, settings.log) }
                done += UInt64(bytes.count)
                progress.update(done)
            }
            try session.finish(takesRest: !Poll(stop).isReadable)
        } catch is StandardOutput.Closed {
            throw Failure(
                .inputOutput,
                "stdout was closed, so acknowledgements were lost; \(session.summary); what was appended is durable: "
                    + "send the events again, retries are recognised"
            )
        }
        if !isMirrorFaultTold { _ = tell(ledger.mirrorFault, settings.log) }
        settings.log.say(.info, session.summary)
        if let fault = ledger.backgroundFault {
            settings.log.say(.warning, "no segment is made ahead of time any more, appending goes on: \(fault)")
        }
        if session.diskFullCount > 0 { return .inputOutput }
        return session.rejectedCount > 0 ? .dataRejected : .done
    }

    /// Tells that one disk of two is gone; false where there is nothing to tell.
    private static func tell(_ fault: LedgerError?, _ log: Log) -> Bool {
        guard let fault else { return false }
        log.say(.warning, fault.description)
        return true
    }

    private static func tell(_ recovery: RecoveryReport, _ log: Log) {
        for torn in recovery.tornWrites {
            log.say(
                .warning,
                "\(torn.file): cut \(torn.byteCount) bytes at offset \(torn.offset) that a crash tore before they were "
                    + "acknowledged; a copy is in \(torn.evidence)"
            )
        }
        if recovery.provenEventCount > 0 {
            log.say(.info, "proved \(recovery.provenEventCount) events at the end of the log that nothing vouched for")
        }
    }
}

/// Lines that were handed over together.
private struct Batch: ~Copyable {
    let lineNumbers: [UInt64]
    private let pending: PendingAppend

    init(lineNumbers: [UInt64], pending: consuming PendingAppend) {
        self.lineNumbers = lineNumbers
        self.pending = pending
    }

    consuming func outcomes() -> [AppendOutcome] { pending.outcomes() }
}

/// One run of `append`: lines in, acknowledgements out.
private struct AppendSession: ~Copyable {
    /// An empty line of a file that ends its lines as Windows does.
    private static let carriageReturn = CollectionOfOne(UInt8(ascii: "\r"))

    private let ledger: Ledger
    private let isQuiet: Bool
    private var splitter = LineSplitter()
    private var output = StandardOutput()
    /// Lines that were handed over and not acknowledged yet, by their numbers.
    private var underWay: Batch?
    private var lineNumber: UInt64 = 0
    private var counts: [Receipt.Status: UInt64] = [:]
    private(set) var rejectedCount: UInt64 = 0
    /// How many of the rejected ones were so because the disk is full.
    private(set) var diskFullCount: UInt64 = 0

    init(_ ledger: Ledger, isQuiet: Bool) {
        self.ledger = ledger
        self.isQuiet = isQuiet
    }

    var summary: String {
        let (appended, duplicates) = (counts[.appended, default: 0], counts[.duplicate, default: 0])
        guard appended + duplicates + rejectedCount > 0 else { return "there were no events to append" }
        let whole = "\(appended) appended, \(duplicates) duplicates, \(rejectedCount) rejected"
        guard diskFullCount > 0 else { return whole }
        return whole + ", \(diskFullCount) of them because the disk is full: free space and send those again"
    }

    /// What is there to be read, as soon as there is something; nil at the end, or once `stop` becomes readable.
    ///
    /// Acknowledges what is under way before it waits for more.
    mutating func read(_ input: borrowing InputFile, stop: Int32) throws -> [UInt8]? {
        if !input.isReadable { try acknowledge() }
        return try input.read(stop: stop)
    }

    /// Appends the lines that end within the bytes, and acknowledges those before them meanwhile.
    mutating func append(_ bytes: [UInt8]) throws {
        try append(splitter.lines(in: bytes))
    }

    /// Acknowledges everything, and before that appends the last line, where the input does not end with a line feed.
    ///
    /// What a signal leaves is no line yet.
    mutating func finish(takesRest: Bool) throws {
        if takesRest, let line = splitter.rest() { try append([line]) }
        try acknowledge()
    }

    /// Hands the lines over first: they are read while those before them are on their way to the disk.
    private mutating func append(_ lines: [EventLine]) throws {
        var numbers: [UInt64] = []
        var events: [EventLine] = []
        for line in lines {
            lineNumber += 1
            if line.byteCount == 0 || line.bytes.elementsEqual(Self.carriageReturn) { continue }
            numbers.append(lineNumber)
            events.append(line)
        }
        let next = Batch(lineNumbers: numbers, pending: ledger.submit(lines: events))
        try acknowledge()
        underWay = consume next
    }

    /// Waits for what is under way, if anything is, and prints what became of it.
    private mutating func acknowledge() throws {
        guard let batch = underWay.take() else { return }
        let numbers = batch.lineNumbers
        for (number, outcome) in zip(numbers, batch.outcomes()) {
            switch outcome {
            case .success(let receipt): try acknowledge(receipt, line: number)
            case .failure(.rejected(let rejection)): try refuse(rejection, line: number)
            case .failure(.failed(let error)):
                try output.flush()
                throw Failure(ExitStatus(error), "line \(number) was not appended: \(error)")
            }
        }
        try output.flush()
    }

    private mutating func acknowledge(_ receipt: Receipt, line: UInt64) throws {
        counts[receipt.status, default: 0] += 1
        guard !isQuiet else { return }
        try print(AppendCommand.acknowledgement(receipt.status, receipt.sequence, receipt.eventID, line: line))
    }

    private mutating func refuse(_ rejection: Rejection, line: UInt64) throws {
        rejectedCount += 1
        if rejection.code == .diskFull { diskFullCount += 1 }
        try print([
            ("status", .text("rejected")), ("line", Cell(line)), ("code", .text(rejection.code.rawValue)),
            ("message", .text(rejection.message)),
        ])
    }

    private mutating func print(_ record: Record) throws {
        try output.write(record.json)
        try output.line("")
    }
}
