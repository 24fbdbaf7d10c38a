internal import Glibc

/// The program behind `tools/bench`: measures every question, or the named ones, and prints the answers.
enum Program {
    static let questions = logQuestions + serviceQuestions + databaseQuestions

    /// The questions that need no database.
    static let logQuestions =
        [OneEventCommit.question, ManyProducers.question] + ThousandEventCommit.questions
        + [FamilyCommits.question, ManyOpenTrades.question] + LinesThroughProgram.questions
        + [LogScan.question, LogVerification.question, Opening.question]

    private static let serviceQuestions = [
        ServedProducers.question, ServedEvent.question, ServedReads.question, ServedStreams.question,
    ]

    private static let databaseQuestions =
        [SecondMachine.question] + CatchUp.questions + MixedCatchUp.questions + Trickle.questions
        + IdleReplicator.questions + Rebuild.questions
        + DatabaseVerification.questions + TradeQueries.questions + AsOfQueries.questions + [ColumnStore.question]
        + PriceLoads.questions

    /// Returns the exit status.
    static func run(_ arguments: [String]) async -> Int32 {
        do {
            if arguments.count == 3, arguments[1] == OpenedLedger.argument {
                try OpenedLedger.measure(arguments[2])
                return EX_OK
            }
            let options = try Options(arguments.dropFirst())
            var setting = Setting(
                scratch: try Scratch(at: options.directory),
                extent: options.extent,
                programPath: options.programPath,
                databaseToolPath: options.databaseToolPath,
                peers: options.pythonPath.map { PythonPeers(pythonPath: $0, scriptPath: options.peersPath) }
            )
            let machine = Machine(directory: options.directory, commit: options.commit)
            var (answers, leftOut) = ([Answer](), [String]())
            for question in options.questions {
                do {
                    for factor in options.factors {
                        setting.factor = factor
                        answers.append(try await Rounds(count: options.roundCount).ask(question, setting))
                    }
                } catch let reason as LeftOut {
                    leftOut.append("\(question.name): left out, \(reason)")
                    try setting.scratch.empty()
                }
            }
            setting.factor = 1
            let life = options.wantsLife ? try LogLife(setting).run() : nil
            let report = Report(
                machine: machine,
                extent: options.extent,
                rounds: options.roundCount,
                factors: options.factors,
                answers: answers,
                leftOut: leftOut,
                life: life
            )
            print(report.table, terminator: "")
            if let path = options.jsonPath { try writeFile(path, Array((report.json + "\n").utf8)) }
            if let life, let path = options.plotPath { try writeFile(path, Array(GrowthPlot(report: life).svg.utf8)) }
            return EX_OK
        } catch {
            say("tools/bench: \(error)")
            return error is Options.Mistake ? EX_USAGE : EX_SOFTWARE
        }
    }

    /// Writes to standard error; only the report goes to standard output.
    static func say(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = unsafe write(STDERR_FILENO, bytes, bytes.count)
    }
}
