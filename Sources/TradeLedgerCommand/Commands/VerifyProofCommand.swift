internal import Proofs
internal import Replay
internal import TradeModel

/// `verify-proof FILE`: checks a proof without a ledger.
enum VerifyProofCommand {
    static let command = Command(
        name: "verify-proof",
        operands: "FILE",
        summary: "checks what prove has printed, with no ledger at hand, and prints the events",
        help: """
            Checks that every event of the proof is in the tree of its checkpoint, and that the key of --key has signed
            that: a copy of the ledger's checkpoint.pub that was not handed over with the proof. Prints the events that
            are proved, as `tradeledger events` does. A file that differs in any byte is refused: exit status 1.

            A proof does not show that there are no other events of the trade.

            example: tradeledger verify-proof t-1.proof --key kept.pub
            """,
        options: [PublicKeys.option("the public key that must have signed it")],
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        guard arguments.positional.count == 1 else { throw Failure(.usage, "verify-proof takes one file; see --help") }
        let file = arguments.positional[0]
        let proof = try TradeProof(try InputFile.bytes(ofFile: file), name: file)
        let events = try proof.events()
        if let keys = try PublicKeys.keys(arguments, settings) { try proof.checkpoint.check(keys) }
        let checkpoint = proof.checkpoint.checkpoint
        var printer = RecordPrinter(settings.format, tableColumns: EventsCommand.tableColumns)
        for event in events {
            if settings.format == .json {
                try printer.print(json: event, checkpoint.ledgerID)
            } else {
                try printer.print(EventsCommand.record(event))
            }
        }
        try printer.finish()
        settings.log.say(
            .info,
            counted(events.count, "event") + " of trade \(events[0].body.subject): among the first \(checkpoint.size) "
                + "events of \(checkpoint.origin)"
        )
        return .done
    }
}
