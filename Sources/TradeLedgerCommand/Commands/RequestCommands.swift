internal import Ledger
internal import Records
internal import TradeModel

/// `halt`, `resume`, `adjust`, `annotate` and `void`: record what a person decides, also while another process has the
/// ledger open.
enum RequestCommands {
    static let halt = Command(
        name: "halt",
        operands: "SCOPE",
        summary: "halts trading: intents that the scope covers are refused until resume",
        help: """
            SCOPE is all, strategy:NAME, symbol:NAME, account:NAME or venue:NAME. While the halt is in force, the ledger
            rejects every order.submitted that the scope covers and that is not reduce_only, with the code halted. It
            records whatever happens at a venue.

            \(delivery) If that process takes no request within 10 s, the exit status is 75; the request stays, and the
            halt takes effect as soon as a writer takes it.

            example: tradeledger halt all --reason 'exchange is down' --actor maria
            """,
        options: remark
    ) { arguments, settings in
        let event = try event("risk.halted", "scope", arguments)
        return try send(event, stays: true, "halted \(arguments.operands[0])", settings)
    }

    static let resume = Command(
        name: "resume",
        operands: "SCOPE",
        summary: "ends the halt of a scope",
        help: """
            Halts of other scopes stay in force. `tradeledger halts --active` lists them.

            \(delivery) If that process takes no request within 10 s, the exit status is 75; the request stays, and the
            halt ends as soon as a writer takes it.

            example: tradeledger resume all --reason 'exchange is back' --actor maria
            """,
        options: remark
    ) { arguments, settings in
        let event = try event("risk.resumed", "scope", arguments)
        return try send(event, stays: true, "resumed \(arguments.operands[0])", settings)
    }

    static let adjust = Command(
        name: "adjust",
        operands: "ID",
        summary: "records money paid or received for a trade outside of its fills",
        help: """
            --cost is signed and in the quote currency of the trade; a positive amount was received. A trade that is
            closed can be adjusted too.

            \(delivery) \(withdrawal)

            example: tradeledger adjust t-1 --kind funding --cost -1.25 --reason 'missed by the bot' --actor maria
            """,
        options: [
            Option("--kind", "KIND", "funding, interest, fee, rebate or other"),
            Option("--cost", "AMOUNT", "the amount; below 0 it was paid"),
        ] + remark
    ) { arguments, settings in
        var event = try event("trade.adjusted", "trade_id", arguments)
        event.key("kind")
        event.value(try required("--kind", arguments))
        event.key("cost")
        event.value(try required("--cost", arguments))
        return try send(event, stays: false, "adjusted trade \(arguments.operands[0])", settings)
    }

    static let annotate = Command(
        name: "annotate",
        operands: "ID",
        summary: "records a remark on a trade, which changes no figure",
        help: """
            The names of --context replace or extend those of the trade's context.

            \(delivery) \(withdrawal)

            example: tradeledger annotate t-1 --reason 'entered by hand' --actor maria
            """,
        options: remark + [Option("--context", "JSON", "a JSON object")]
    ) { arguments, settings in
        var event = try event("trade.annotated", "trade_id", arguments)
        if let context = arguments["--context"] {
            guard let members = ContextText.singleLine(context) else {
                throw Failure(.usage, "--context takes a JSON object such as {\"checked\":true}")
            }
            event.key("context")
            event.value(json: members)
        }
        return try send(event, stays: false, "annotated trade \(arguments.operands[0])", settings)
    }

    static let void = Command(
        name: "void",
        operands: "ID",
        summary: "voids a trade: no total and no view but voided_trades counts it",
        help: """
            A voided trade keeps its events and its figures. This cannot be undone.

            \(delivery) \(withdrawal)

            example: tradeledger void t-1 --reason 'test order' --actor maria
            """,
        options: remark
    ) { arguments, settings in
        let event = try event("trade.voided", "trade_id", arguments)
        return try send(event, stays: false, "voided trade \(arguments.operands[0])", settings)
    }

    private static let remark = [
        Option("--reason", "TEXT", "why, as it is recorded"), Option("--actor", "NAME", "who decided it"),
        Option("--at", "TIME", "when it happened (default: now)"),
    ]

    private static let delivery = """
        The command appends the event itself if no process has the ledger open. Otherwise it hands the event to the
        service of that process; if that is no `serve`, it leaves a request in the folder requests of the ledger, which
        the process appends within a second.
        """

    private static let withdrawal = """
        If that process takes no request within 10 s, the command withdraws it and exits with 75.
        """

    /// The beginning of an event about the operand, with the options of all these commands.
    private static func event(
        _ type: String,
        _ subject: String,
        _ arguments: CommandLineArguments
    ) throws(Failure) -> JSONWriter {
        var json = JSONWriter()
        json.beginObject()
        for (name, value) in [
            ("type", type), (subject, arguments.operands[0]), ("reason", try required("--reason", arguments)),
            ("actor", try required("--actor", arguments)),
        ] {
            json.key(name)
            json.value(value)
        }
        json.key("occurred_at")
        json.value(try arguments.time("--at") ?? LedgerClock.system.now())
        return json
    }

    private static func required(_ option: String, _ arguments: CommandLineArguments) throws(Failure) -> String {
        guard let value = arguments[option], !value.isEmpty else {
            throw Failure(.usage, "\(option) is missing; the ledger records it with the event")
        }
        return value
    }

    /// Appends the event, or has the process append it that has the ledger open, and prints the result.
    private static func send(
        _ event: consuming JSONWriter,
        stays: Bool,
        _ deed: String,
        _ settings: Settings
    ) throws -> ExitStatus {
        let append = RequestedAppend(settings)
        let eventID = append.newEventID()
        event.key("event_id")
        event.value(eventID)
        event.endObject()
        let line = event.bytes
        do throws(Rejection) { _ = try EventJSON.decode(line: line) } catch {
            // Checked here, because the mistake is one in the command line.
            throw Failure(.usage, error.message)
        }
        switch try append.answer(to: line, stays: stays, settings) {
        case .success(let answer):
            let sentence = "\(deed) at sequence \(answer.sequence), event \(eventID)"
            try print(.receipt(answer.status, answer.sequence, eventID, line: nil), sentence, settings)
            return .done
        case .failure(let rejection):
            let code = rejection.code.rawValue
            let record: Record = [
                ("status", .text("rejected")), ("code", .text(code)), ("message", .text(rejection.message)),
            ]
            try print(record, "rejected: \(code): \(rejection.message)", settings)
            return rejection.code == .diskFull ? .inputOutput : .dataRejected
        }
    }

    /// Prints the record, or the sentence for people.
    private static func print(_ record: Record, _ sentence: String, _ settings: Settings) throws {
        guard settings.format == .table else { return try RecordPrinter.print(record, settings) }
        var output = StandardOutput()
        try output.line(TerminalText.escaped(sentence).utf8)
        try output.flush()
    }
}

extension RequestedAppend {
    /// An append to the ledger that the settings name, which reports what it finds there.
    init(_ settings: Settings) {
        let log = settings.log
        self.init(
            to: settings.ledgerDirectory,
            onOpen: { AppendCommand.report($0, log) },
            onRequestProblem: { log.say(.warning, $0) },
            throughService: { line in
                guard let service = try EventService(ofLedger: settings.ledgerDirectory) else { return nil }
                switch try service.append([line])[0] {
                case .recorded(let receipt): return .recorded(receipt.status, sequence: receipt.sequence)
                case .rejected(let refusal):
                    guard let code = RejectionCode(rawValue: refusal.code) else {
                        throw Failure(.dataRejected, "the service rejected the event: \(refusal.message)")
                    }
                    return .rejected(Rejection(code, refusal.message))
                case .failed(let failure): throw failure
                }
            }
        )
    }

    /// The answer to an event, which has an `event_id`; `stays` says whether its request stays where the process that
    /// has the ledger open does not take it in time.
    ///
    /// Throws where there is no answer.
    func answer(
        to line: [UInt8],
        stays: Bool,
        _ settings: Settings
    ) throws -> Result<(status: Receipt.Status, sequence: UInt64), Rejection> {
        let holder = "the process that has \(settings.ledgerDirectory) open"
        switch try append(EventLine(line), isWithdrawn: !stays) {
        case .recorded(let status, let sequence): return .success((status, sequence))
        case .rejected(let rejection): return .failure(rejection)
        case .stays(let path):
            throw Failure(
                .temporarilyHeld,
                "\(holder) has not taken the request within 10 s; the request stays in \(path) and takes "
                    + "effect as soon as a writer takes it; remove the file to withdraw it"
            )
        case .taken(let path):
            throw Failure(
                .temporarilyHeld,
                "\(holder) has taken the request (\(path)) and has not appended it within 10 s; that process "
                    + "or the next writer appends it; look into its log, and end it if it hangs"
            )
        case .withdrawn:
            throw Failure(
                .temporarilyHeld,
                "\(holder) has not taken the request within 10 s; the request was withdrawn and takes no "
                    + "effect; try again once that process appends events or has ended"
            )
        case .malformed(let path):
            throw Failure(.inputOutput, "\(holder) could not use the request in \(path); its log says why")
        }
    }
}

/// A context that a person typed.
private enum ContextText {
    /// The bytes of a JSON object, without line feeds between its members; nil where it is none.
    static func singleLine(_ text: String) -> [UInt8]? {
        // JSON allows a line feed only between values, where a space means the same.
        let bytes = text.utf8.map { $0 == UInt8(ascii: "\n") ? UInt8(ascii: " ") : $0 }
        var context = ContextObject()
        return context.merge(bytes[...]) ? bytes : nil
    }
}
