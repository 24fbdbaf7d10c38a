internal import Glibc
internal import Ledger

/// `append`: reads events and acknowledges each once it is durable.
enum AppendCommand {
    static let command = Command(
        name: "append",
        operands: "[FILE]",
        summary: "appends events, one JSON object per line, and acknowledges each of them",
        help: """
            append reads FILE or standard input. Once an event is durable, it prints one line of JSON for it, in the
            order of the input: status (appended, duplicate or rejected), sequence, event_id and line; for a rejected
            event also code and message. With --quiet it prints rejections only. It skips blank lines. It never waits
            for more input while acknowledgements are due, so a program can run it as a co-process.

            append refuses input that is not NDJSON, such as a CSV or a database, at its first line with exit status 65,
            and keeps nothing of it.

            After SIGINT or SIGTERM, append reads a pipe or a socket to its end, after SIGTERM for at most
            \(InputPhase.terminationSeconds) s. So a bot can send its closing trades after Ctrl-C. It stops reading a
            file or a terminal. A second signal stops it at once. In each case it acknowledges everything that it read.

            The exit status is 65 if an event was rejected, and 74 if one was rejected because the disk is full (code
            disk_full). On a full disk append first refuses intents, opens, increases, flows and prices.

            With --ack database each acknowledgement waits until a running `tradeledger replicate` has committed the
            event to the database, and then says "replicated":true. If that takes longer than --ack-timeout seconds, it
            says "replicated":false: the event is durable in the log, and replicate will ship it.

            example: tradeledger append fixtures/trades.ndjson
            """,
        options: [
            Option("--ack", "durable|database", "when to acknowledge: on this disk, or also in the database"),
            Option(
                "--ack-timeout",
                "SECONDS",
                "how long to wait for the database (default: \(defaultAckTimeoutSeconds))"
            ),
        ],
        run: run
    )

    private static let defaultAckTimeoutSeconds: UInt64 = 10

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        let acknowledgement = try acknowledgement(arguments, settings)
        // The input is opened first, so that a missing file is reported without opening the ledger.
        let path = arguments.operands.first ?? "-"
        let input = path == "-" ? InputFile() : try InputFile(path: path)
        if input.isTerminal {
            settings.log.say(.info, "reading standard input, one JSON object per line; Ctrl-D ends it")
        }
        let stop = try StopRequests(inputName: input.name, hasWriter: input.hasWriter, settings.log)
        let total = UInt64(input.byteCount)
        let log = settings.log
        let sink = try EventSink(settings.ledgerDirectory, log) { report($0, log) }
        let stoppable = StoppableInput(input, stop)
        var session = AppendSession(sink, stoppable, acknowledgement, stop: stop, isQuiet: settings.isQuiet)
        do {
            // Acknowledgements on the terminal would be printed into the bar.
            let isHidden = settings.isQuiet || isatty(STDOUT_FILENO) == 1
            var progress = ProgressBar("append", total: total, .bytes, isQuiet: isHidden)
            defer { progress.finish() }
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
                "the last line was incomplete, so its \(session.unfinishedByteCount) bytes were not appended; send the "
                    + "event again"
            )
        }
        settings.log.say(.info, session.summary)
        if let fault = session.backgroundFault {
            settings.log.say(.warning, "appending continues, but segments are no longer preallocated: \(fault)")
        }
        if session.diskFullCount > 0 { return .inputOutput }
        return session.rejectedCount > 0 ? .dataRejected : .done
    }

    private static func lostAcknowledgements(_ what: String, _ summary: String) -> Failure {
        Failure(
            .inputOutput,
            "stdout \(what), so acknowledgements were lost; \(summary); what was appended is durable: send the events "
                + "again, and append recognises the retries"
        )
    }

    private static func acknowledgement(
        _ arguments: CommandLineArguments,
        _ settings: Settings
    ) throws -> Acknowledgement {
        let timeoutSeconds = try arguments.number("--ack-timeout")
        guard try arguments.choice("--ack", of: ["durable", "database"]) == "database" else {
            guard timeoutSeconds == nil else { throw Failure(.usage, "--ack-timeout needs --ack database") }
            return .durable
        }
        let seconds = timeoutSeconds ?? defaultAckTimeoutSeconds
        guard seconds <= Acknowledgement.timeoutSecondsMax else {
            throw Failure(.usage, "--ack-timeout takes at most \(Acknowledgement.timeoutSecondsMax) seconds")
        }
        let watch = try ReplicationWatch(PosixStorage(directory: settings.ledgerDirectory))
        return .database(watch, within: .seconds(seconds))
    }

    /// Says what opening the ledger found and did.
    static func report(_ recovery: RecoveryReport, _ log: Log) {
        for torn in recovery.tornWrites {
            log.say(
                .warning,
                "\(torn.file): removed an unacknowledged write of \(torn.byteCount) bytes at offset \(torn.offset), "
                    + "which a crash interrupted; a copy is in \(torn.evidence)"
            )
        }
        if recovery.provenEventCount > 0 {
            log.say(.info, "checked that the last \(recovery.provenEventCount) events of the log are on the disk")
        }
    }
}
