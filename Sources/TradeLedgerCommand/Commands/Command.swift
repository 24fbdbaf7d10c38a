/// A command: its name, its options, its action.
struct Command: Sendable {
    let name: String
    /// The operands in the usage line, after the name.
    let operands: String
    let summary: String
    /// Details for `--help`, and an example that can be run.
    let help: String
    let options: [Option]
    let run: @Sendable (CommandLineArguments, Settings) throws -> ExitStatus
}
