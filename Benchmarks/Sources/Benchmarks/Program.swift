internal import Glibc

/// The program behind `tools/bench`: asks every question, or those named, and prints the answers.
enum Program {
    static let questions = [
        OneEventCommit.question, ManyProducers.question, ThousandEventCommit.question, LinesThroughProgram.question,
        LogScan.question, Opening.question, SecondMachine.question,
    ]

    /// Returns the exit status.
    static func run(_ arguments: [String]) async -> Int32 {
        do {
            if arguments.count == 3, arguments[1] == OpenedLedger.argument {
                try OpenedLedger.measure(arguments[2])
                return EX_OK
            }
            let options = try Options(arguments.dropFirst())
            let setting = Setting(
                scratch: try Scratch(at: options.directory),
                extent: options.extent,
                programPath: options.programPath,
                databaseToolPath: options.databaseToolPath
            )
            let machine = Machine(directory: options.directory, commit: options.commit)
            var answers: [Answer] = []
            for question in options.questions {
                answers.append(try await Rounds(count: options.roundCount).ask(question, setting))
            }
            let life = options.wantsLife ? try LogLife(setting).run() : nil
            let report = Report(
                machine: machine,
                extent: options.extent,
                rounds: options.roundCount,
                answers: answers,
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

    /// Tells the person who waits; the report alone goes to standard output.
    static func say(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = unsafe write(STDERR_FILENO, bytes, bytes.count)
    }
}
