internal import Proofs

/// `checkpoint`: signs the current state of the ledger.
enum CheckpointCommand {
    static let command = Command(
        name: "checkpoint",
        operands: "",
        summary: "prints a signed checkpoint of the log",
        help: """
            Prints the number of durable events, the root of the Merkle tree over them and a signature, as a signed note
            (C2SP tlog-checkpoint). Whoever keeps it can prove later that this history was not changed: see
            `tradeledger verify --against`. Needs a signing key: `tradeledger init --signing-key`.

            --publish FILE also appends it to a file that others keep, unless it is the last one there. Where the log
            does not extend what the file holds, nothing is signed: exit status 1.

            example: tradeledger checkpoint --publish /mnt/notary/checkpoints
            """,
        options: [Option("--publish", "FILE", "append it to this file")],
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        guard arguments.positional.isEmpty else { throw Failure(.usage, "checkpoint takes no operands; see --help") }
        let prover = try settings.prover()
        let checkpoint =
            if let file = arguments["--publish"] {
                try PublishedFile(path: file).append(byProver: prover)
            } else {
                try prover.checkpoint()
            }
        var output = StandardOutput()
        try output.write(checkpoint.text)
        try output.flush()
        return .done
    }
}
