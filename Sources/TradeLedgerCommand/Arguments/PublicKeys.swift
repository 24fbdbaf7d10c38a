internal import Proofs

/// The public keys by which a command checks signatures.
enum PublicKeys {
    /// The keys of the file that `--key` names; nil, with a warning, where none is named.
    static func keys(_ arguments: CommandLineArguments, _ settings: Settings) throws -> [VerifierKey]? {
        guard let file = arguments["--key"] else {
            settings.log.say(
                .warning,
                "no signature was checked, so nobody knows who made this; name a copy of checkpoint.pub with --key"
            )
            return nil
        }
        return try LedgerKeys.verifierKeys(try InputFile.bytes(ofFile: file), name: file)
    }
}
