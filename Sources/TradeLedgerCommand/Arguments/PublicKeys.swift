internal import Proofs

/// The public keys by which a command checks signatures.
enum PublicKeys {
    /// The option that names them: one file for the ledger's keys, others for those of witnesses.
    static func option(_ help: String) -> Option {
        Option("--key", "FILE", help + "; can be repeated", isRepeatable: true)
    }

    /// The keys of the files that `--key` names; nil, with a warning, where none is named.
    static func keys(_ arguments: CommandLineArguments, _ settings: Settings) throws -> [VerifierKey]? {
        let files = arguments.all("--key")
        guard !files.isEmpty else {
            settings.log.say(
                .warning,
                "no signature was checked, so this could come from anyone; name a copy of checkpoint.pub with --key"
            )
            return nil
        }
        return try files.flatMap { try LedgerKeys.verifierKeys(try InputFile.bytes(ofFile: $0), name: $0) }
    }
}
