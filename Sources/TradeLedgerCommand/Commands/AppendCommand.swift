internal import Ledger

/// `append`: reads events and acknowledges each once it is durable.
enum AppendCommand {
    static let command = Command(
        name: "append",
        operands: "[FILE]",
        summary: "appends events, one JSON object on each line, and acknowledges each",
        help: """
            Reads FILE or standard input. Prints one line of JSON for each event, in order, once the event is durable:
            status (appended, duplicate or rejected), sequence, event_id, line, and for a rejected one code and message.
            With --quiet only rejections are printed. Blank lines are skipped. Never waits for more input while
            acknowledgements are due, so a program can keep it as a co-process.

            Input that is not NDJSON, such as a CSV or a database, is refused at its first line with exit status 65, and
            nothing of it is kept.

            SIGINT and SIGTERM do not end a pipe or a socket: it is read on to its end, after SIGTERM for
            \(InputPhase.terminationSeconds) s at most, so a bot can send its closing trades after Ctrl-C. They end a
            file or a terminal. A second signal ends at once. Everything that was read is acknowledged in each case.

            Exit status 65 where an event was rejected, 74 where one was because the disk is full (code disk_full). On a
            full disk opens and increases are refused first, so that there is space to close what is open.

            With --ack database each acknowledgement waits until `tradeledger replicate`, which has to run beside it,
            has committed the event to the database, and says "replicated":true. After --ack-timeout seconds it says
            "replicated":false: the event is durable here and not yet there, and will be shipped.

            example: tradeledger append fixtures/trades.ndjson
            """,
        options: [
            Option("--ack", "durable|database", "acknowledge what is on this disk, or in the database too (durable)"),
            Option("--ack-timeout", "SECONDS", "how long to wait for the database (\(defaultAckTimeoutSeconds))"),
        ],
        run: run
    )

    private static let defaultAckTimeoutSeconds: UInt64 = 10

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        guard arguments.positional.count <= 1 else { throw Failure(.usage, "append takes one FILE at most") }
        let acknowledgement = try acknowledgement(arguments)
        // The input is opened first, so that a missing file is reported without opening the ledger.
        let input: InputFile
        if let path = arguments.positional.first, path != "-" {
            input = try InputFile(path: path)
        } else {
            input = InputFile()
        }
        if input.isTerminal {
            settings.log.say(.info, "reading standard input, one JSON object on each line; Ctrl-D ends it")
        }
        let stop = try StopRequests(inputName: input.name, hasWriter: input.hasWriter, settings.log)
        let stoppable = StoppableInput(input, stop)
        let ledger = try Ledger(opening: settings.ledgerDirectory)
        defer { ledger.close() }
        tell(ledger.recovery, settings.log)
        var progress = ProgressBar("append", total: UInt64(stoppable.byteCount), isQuiet: settings.isQuiet)
        defer { progress.finish() }
        var session = AppendSession(ledger, stoppable, acknowledgement, stop: stop, isQuiet: settings.isQuiet)
        do {
            var done: UInt64 = 0
            while let bytes = try session.read() {
                try session.append(bytes)
                done += UInt64(bytes.count)
                progress.update(done)
            }
            try session.finish()
        } catch is StandardOutput.Closed {
            throw lostAcknowledgements("was closed", session.summary)
        } catch is StandardOutput.Unread {
            throw lostAcknowledgements("was not read", session.summary)
        }
        if session.unfinishedByteCount > 0 {
            settings.log.say(
                .warning,
                "the last line has no end yet, so its \(session.unfinishedByteCount) bytes were not appended; send the "
                    + "event again"
            )
        }
        settings.log.say(.info, session.summary)
        if let fault = ledger.backgroundFault {
            settings.log.say(.warning, "segments are no longer preallocated, appending continues: \(fault)")
        }
        if session.diskFullCount > 0 { return .inputOutput }
        return session.rejectedCount > 0 ? .dataRejected : .done
    }

    private static func lostAcknowledgements(_ what: String, _ summary: String) -> Failure {
        Failure(
            .inputOutput,
            "stdout \(what), so acknowledgements were lost; \(summary); what was appended is durable: send the events "
                + "again, retries are recognised"
        )
    }

    private static func acknowledgement(_ arguments: CommandLineArguments) throws(Failure) -> Acknowledgement {
        let timeoutSeconds = try arguments.number("--ack-timeout")
        switch arguments["--ack"] ?? "durable" {
        case "durable":
            guard timeoutSeconds == nil else { throw Failure(.usage, "--ack-timeout goes with --ack database") }
            return .durable
        case "database":
            let seconds = timeoutSeconds ?? defaultAckTimeoutSeconds
            guard seconds <= Acknowledgement.timeoutSecondsMax else {
                throw Failure(.usage, "--ack-timeout takes \(Acknowledgement.timeoutSecondsMax) seconds at most")
            }
            return .database(within: .seconds(seconds))
        case let other: throw Failure(.usage, "--ack takes durable or database, not \(other)")
        }
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
            log.say(
                .info,
                "proved \(recovery.provenEventCount) events at the end of the log that were not asserted to be durable"
            )
        }
    }
}
