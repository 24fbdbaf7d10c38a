internal import Proofs
internal import Replay
internal import TradeModel

/// `checkpoint`: signs the current state of the log.
enum CheckpointCommand {
    static let command = Command(
        name: "checkpoint",
        summary: "prints a signed checkpoint of the log",
        help: """
            checkpoint prints the number of durable events, the root of the Merkle tree over them and a signature, as a
            signed note (C2SP tlog-checkpoint). Anyone who keeps it can show later whether this history was changed: see
            `tradeledger verify --against`. It needs a signing key: see `tradeledger init --signing-key`.

            --publish FILE also appends the checkpoint to a file that others keep, unless it is already the last one
            there. If the log does not extend the checkpoints in the file, nothing is signed and the exit status is 1.

            example: tradeledger checkpoint --publish /mnt/notary/checkpoints
            """,
        options: [Option("--publish", "FILE", "also append the checkpoint to this file")],
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        let prover = try settings.prover()
        let checkpoint =
            if let file = arguments["--publish"] {
                try PublishedFile(path: file).append(byProver: prover)
            } else {
                try prover.checkpoint()
            }
        try StandardOutput.print(checkpoint.text)
        return .done
    }
}

/// `prove ID`: proves that the events of a trade are in the log.
enum ProveCommand {
    static let command = Command(
        name: "prove",
        operands: "ID",
        summary: "prints a proof that a trade's events are in the log",
        help: """
            The proof is one small file: the events of the trade, for each of them the hashes that lead to the root of
            the Merkle tree, and a signed checkpoint with that root. `tradeledger verify-proof` checks it without a
            ledger. prove needs a signing key: see `tradeledger init --signing-key`.

            example: tradeledger prove t-1 > t-1.proof
            """,
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        let id = arguments.operands[0]
        guard let proof = try settings.prover().proof(ofTrade: id) else {
            throw Failure(.noInput, "there is no trade \(id) in \(settings.ledgerDirectory)")
        }
        try StandardOutput.print(proof.text)
        return .done
    }
}

/// `verify-proof FILE`: checks a proof without a ledger.
enum VerifyProofCommand {
    static let command = Command(
        name: "verify-proof",
        operands: "FILE",
        summary: "checks a proof that prove printed, without a ledger, and prints its events",
        help: """
            verify-proof checks that the Merkle tree of the checkpoint contains every event of the proof, and that the
            key of --key signed the checkpoint. That key should be a copy of the ledger's checkpoint.pub that did not
            come with the proof. It prints the proved events as `tradeledger events` does. It refuses a file in which
            any byte was changed: the exit status is then 1.

            A proof does not show that the trade has no other events.

            example: tradeledger verify-proof t-1.proof --key kept.pub
            """,
        options: [PublicKeys.option("the public key that must have signed the proof")],
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        let file = arguments.operands[0]
        let proof = try TradeProof(try InputFile.bytes(ofFile: file), name: file)
        let events = try proof.events()
        if let keys = try PublicKeys.keys(arguments, settings) { try proof.checkpoint.check(keys) }
        let checkpoint = proof.checkpoint.checkpoint
        var printer = RecordPrinter(settings, Listing.events)
        for event in events { try printer.print(event, checkpoint.ledgerID) }
        try printer.finish()
        settings.log.say(
            .info,
            "found " + counted(events.count, "event") + " of trade \(events[0].body.subject) among the first "
                + "\(checkpoint.size) events of \(checkpoint.origin)"
        )
        return .done
    }
}

/// The public keys with which a command checks signatures.
enum PublicKeys {
    /// The option that names files of keys, such as those of the ledger and those of witnesses.
    static func option(_ help: String) -> Option {
        Option("--key", "FILE", help + "; can be repeated", isRepeatable: true)
    }

    /// Reads the keys that `--key` names; warns and returns nil if it names none.
    static func keys(_ arguments: CommandLineArguments, _ settings: Settings) throws -> [VerifierKey]? {
        let files = arguments.all("--key")
        guard !files.isEmpty else {
            settings.log.say(
                .warning,
                "no signature was checked, so anyone could have written this; name a copy of checkpoint.pub with --key"
            )
            return nil
        }
        return try files.flatMap { try LedgerKeys.verifierKeys(try InputFile.bytes(ofFile: $0), name: $0) }
    }
}
