internal import CLedgerShims
internal import Glibc

/// The program: finds the command, runs it, and turns an error into one line and an exit status.
enum Program {
    static let commands: [Command] =
        [
            InitCommand.command, AppendCommand.command, EventsCommand.command, RejectedCommand.command,
            ServeCommand.command, ImportCommand.command, TradesCommand.command, TradeCommand.command,
            PerformanceCommand.command,
        ] + BooksCommands.all + DecisionCommands.all + [
            RequestCommands.halt, RequestCommands.resume, RequestCommands.adjust, RequestCommands.annotate,
            RequestCommands.void, StatusCommand.command, MigrateCommand.command, ReplicateCommand.command,
            RebuildCommand.command, PricesCommand.command, VerifyCommand.command, ReplayCommand.command,
            DiffCommand.command,
            RepairCommand.command, CheckpointCommand.command, ProveCommand.command, VerifyProofCommand.command,
            ExportCommand.command, BackupCommand.command, RestoreCommand.command, TokenCommand.command,
            SelftestCommand.command, HelpCommand.command,
        ]

    /// Runs the program with its arguments and returns its exit status.
    static func run(_ arguments: [String]) -> Int32 {
        // A crash report of the Swift runtime prints memory, which may hold a password, and stderr ends up in logs.
        if unsafe getenv("SWIFT_BACKTRACE") == nil { ledger_forget_crash_handlers() }
        StandardDescriptors.reserve()
        // A write to a closed pipe is an error, and must not end the process.
        signal(SIGPIPE, SIG_IGN)
        // The same holds for the file size limit, which the ledger treats as a full disk.
        signal(SIGXFSZ, SIG_IGN)
        var log = Log(format: .text, level: .info)
        do {
            let words = arguments.dropFirst()
            guard let index = commandIndex(words) else { return try Help.answer(words).rawValue }
            let command = try command(words[index])
            var rest = words
            rest.remove(at: index)
            let parsed = try CommandLineArguments(rest, of: command)
            if parsed.has("--help") {
                try Help.print(command)
                return ExitStatus.done.rawValue
            }
            let settings = try Settings(parsed)
            log = settings.log
            return try command.run(parsed, settings).rawValue
        } catch is StandardOutput.Closed {
            log.say(.info, "stdout was closed before everything was printed; the ledger is not affected")
            return ExitStatus.done.rawValue
        } catch {
            let failure = Failure(error)
            log.say(.error, failure.message)
            return failure.status.rawValue
        }
    }

    /// The command that has a name.
    static func command(_ name: String) throws(Failure) -> Command {
        guard let command = commands.first(where: { $0.name == name }) else {
            let advice = Suggestion.text(for: name, among: commands.map(\.name))
            throw Failure(.usage, "there is no command \(name); \(advice ?? "tradeledger --help lists the commands")")
        }
        return command
    }

    /// The index of the command: the first word that is neither a global option nor the value of one.
    private static func commandIndex(_ words: ArraySlice<String>) -> Int? {
        var index = words.startIndex
        while index < words.endIndex {
            let isOption = words[index].hasPrefix("--") || words[index] == CommandLineArguments.shortHelp
            guard isOption else { return index }
            let takesValue = Settings.options.contains { $0.name == words[index] && $0.valueName != nil }
            index += takesValue ? 2 : 1
        }
        return nil
    }
}
