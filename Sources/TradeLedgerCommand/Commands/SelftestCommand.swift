internal import Ledger
internal import TradeModel

/// `selftest`: kills appenders on this disk and shows that nothing is lost.
enum SelftestCommand {
    static let command = Command(
        name: "selftest",
        operands: "",
        summary: "kills itself on this disk and shows that nothing is lost",
        help: """
            Works on a new ledger in a folder selftest-PID: within --ledger DIR where that is a directory, else beside
            it. A ledger that is there is not touched. Each round sends events to an `append`, kills it with SIGKILL at
            a random moment, in every third round another one while it opens what is left, and compares every event
            with what was acknowledged and with what was sent. Also names the file system, and measures how
            long a flush takes.

            The folder is removed at the end, unless the test failed; it takes about 16 MiB and 0.2 MiB a round.
            SIGINT and SIGTERM end the test early. Exit status 1 where something was lost.

            This shows what a crash of the process leaves. It cannot show what a power cut leaves: that rests on the
            flush, which the disk must honour.

            example: tradeledger selftest --rounds 200
            """,
        options: [
            Option("--rounds", "N", "how often an append is killed (20)"),
            Option("--seed", "N", "what chooses the events and the moments (random)"),
        ],
        run: run
    )

    private static let roundCountMax: UInt64 = 1_000_000

    private enum Verdict: String {
        case passed
        case stopped
        case failed
    }

    private static func run(_ arguments: CommandLineArguments, _ settings: Settings) throws -> ExitStatus {
        guard arguments.positional.isEmpty else { throw Failure(.usage, "selftest takes no operands; see --help") }
        let roundCount = try arguments.number("--rounds") ?? 20
        guard 1...roundCountMax ~= roundCount else { throw Failure(.usage, "--rounds takes 1 to \(roundCountMax)") }
        let seed = try arguments.number("--seed") ?? UInt64.random(in: 0...UInt64(UInt32.max))
        guard seed <= UInt64(Int64.max) else { throw Failure(.usage, "--seed takes at most \(Int64.max)") }
        let stop = try StopSignal.install()
        let folder = try SelftestFolder(for: settings.ledgerDirectory)
        let verdict: Verdict
        do { verdict = try test(folder, roundCount, seed, stop, settings) } catch {
            try folder.remove()
            throw error
        }
        guard verdict != .failed else { return .difference }
        try folder.remove()
        return .done
    }

    private static func test(
        _ folder: SelftestFolder,
        _ roundCount: UInt64,
        _ seed: UInt64,
        _ stop: Int32,
        _ settings: Settings
    ) throws -> Verdict {
        let fileSystem = try FileSystem(of: folder.path)
        let probe = try FlushProbe(folder.path)
        for warning in [fileSystem.warning, probe.warning(on: fileSystem)] {
            if let warning { settings.log.say(.warning, warning) }
        }
        var selftest = try Selftest(folder.ledger, seed: seed)
        var progress = ProgressBar("selftest", total: roundCount, isQuiet: settings.isQuiet)
        var (verdict, doneCount, tornCount) = (Verdict.passed, 0, 0)
        var findings: String?
        do {
            while doneCount < roundCount {
                guard try selftest.round(doneCount + 1, stop: stop) else {
                    verdict = .stopped
                    break
                }
                doneCount += 1
                progress.update(UInt64(doneCount))
            }
            tornCount = try selftest.finish()
            progress.finish()
        } catch {
            progress.finish()
            guard let problem = finding(error) else { throw error }
            verdict = .failed
            findings = "round \(doneCount + 1): \(problem); seed \(seed); all files are in \(folder.path)"
        }
        var printer = CheckPrinter(settings)
        printer.printTall(
            [
                ("verdict", .text(verdict.rawValue)), ("rounds", .integer(Int64(doneCount))),
                ("kills", .integer(Int64(selftest.killCount))),
                ("events_acknowledged", Cell(selftest.acknowledgedSequence)),
                ("events_recovered", Cell(selftest.foundSequence)),
                ("events_kept_unacknowledged", Cell(selftest.unacknowledgedCount)),
                ("torn_writes_cut", .integer(Int64(tornCount))),
                ("file_system", .text(fileSystem.name)),
                ("flush_p50_microseconds", .integer(probe.medianMicroseconds)),
                ("direct_reads", .bool(probe.hasDirectReads)), ("seed", Cell(seed)),
            ],
            heading: "selftest"
        )
        settings.log.say(
            .info,
            "kills show what a crash of the process leaves; what a power cut leaves rests on the disk honouring a flush"
        )
        _ = try printer.finish(findings == nil ? .done : .difference, findings: findings)
        return verdict
    }

    /// The problem that an error reports about the ledger; nil for any other error.
    private static func finding(_ error: any Error) -> String? {
        switch error {
        case let broken as Selftest.BrokenPromise: broken.message
        case let error as LedgerError where error.code == .damaged: error.description
        default: nil
        }
    }
}
