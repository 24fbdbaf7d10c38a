internal import Proofs

/// `prove ID`: proves that the events of a trade are in the log.
enum ProveCommand {
    static let command = Command(
        name: "prove",
        operands: "ID",
        summary: "prints a proof that a trade's events are in the log",
        help: """
            Prints one small file: the events of the trade, for each of them the hashes that lead to the root of the
            Merkle tree, and a signed checkpoint with that root. `tradeledger verify-proof` checks it with no ledger at
            hand. Needs a signing key: `tradeledger init --signing-key`.

            example: tradeledger prove t-1 > t-1.proof
            """,
        options: [],
        run: run
    )

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        guard arguments.positional.count == 1 else { throw Failure(.usage, "prove takes one trade id") }
        let id = arguments.positional[0]
        guard let proof = try settings.prover().proof(ofTrade: id) else {
            throw Failure(.noInput, "there is no trade \(id) in \(settings.ledgerDirectory)")
        }
        var output = StandardOutput()
        try output.write(proof.text)
        try output.flush()
        return .done
    }
}
