internal import Ledger

/// `rejected`: prints the events that broke a rule.
enum RejectedCommand {
    static let command = Command(
        name: "rejected",
        operands: "",
        summary: "prints the events that were rejected, with the reason",
        help: """
            A rejected event is not in the log, but a fill that breaks a rule is still a fill that happened: its line,
            the rule's code, the message and the time are kept.

            example: tradeledger rejected --format json
            """,
        options: [],
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        guard arguments.positional.isEmpty else { throw Failure(.usage, "rejected takes no operands") }
        var printer = RecordPrinter(settings.format)
        try settings.reader().rejectedEvents { event in
            try printer.print([
                ("rejected_at", .time(event.rejectedAt)), ("code", .text(event.code)),
                ("message", .text(event.message)),
                ("line", .text(String(decoding: event.line, as: UTF8.self))),
                ("line_bytes", .integer(Int64(event.lineByteCount))),
            ])
        }
        try printer.finish()
        return .done
    }
}
