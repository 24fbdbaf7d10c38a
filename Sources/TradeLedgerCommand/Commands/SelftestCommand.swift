internal import Glibc
internal import Ledger
internal import Records
internal import TradeModel

/// `selftest`: kills appenders on this disk and checks that no event is lost.
enum SelftestCommand {
    static let command = Command(
        name: "selftest",
        summary: "kills append on this disk and checks that no event is lost",
        help: """
            selftest creates a new ledger in a folder selftest-PID, inside the directory of --ledger if that exists,
            else beside it. It does not touch an existing ledger. Each round sends events to an `append`, kills it with
            SIGKILL at a random moment, and compares every event with what was sent and what was acknowledged. Every
            third round also kills another append while it opens the ledger. selftest also prints the file system, and
            measures how long a flush takes.

            The folder takes about 16 MiB, and 0.2 MiB per round. selftest removes it at the end unless the test failed.
            SIGINT and SIGTERM end the test early. The exit status is 1 if an event was lost.

            The test shows what survives a crash of the process. It cannot show what survives a power cut, because that
            depends on whether the disk honours a flush.

            example: tradeledger selftest --rounds 200
            """,
        options: [
            Option("--rounds", "N", "how many rounds to run (default: 20)"),
            Option("--seed", "N", "the seed of the events and of the moments (default: random)"),
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
        var progress = ProgressBar("selftest", total: roundCount, .rounds, isQuiet: settings.isQuiet)
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
                ("verdict", .text(verdict.rawValue)), ("rounds", Cell(doneCount)), ("kills", Cell(selftest.killCount)),
                ("events_acknowledged", Cell(selftest.acknowledgedSequence)),
                ("events_recovered", Cell(selftest.foundSequence)),
                ("events_kept_unacknowledged", Cell(selftest.unacknowledgedCount)),
                ("torn_writes_cut", Cell(tornCount)), ("file_system", .text(fileSystem.name)),
                ("flush_p50_microseconds", Cell(probe.medianMicroseconds)),
                ("direct_reads", .bool(probe.hasDirectReads)), ("seed", Cell(seed)),
            ],
            heading: "selftest"
        )
        settings.log.say(
            .info,
            "the test shows what survives a crash of the process; what survives a power cut depends on the disk"
        )
        _ = try printer.finish(findings == nil ? .done : .difference, findings: findings)
        return verdict
    }

    /// The problem with the ledger that an error reports; nil for any other error.
    private static func finding(_ error: any Error) -> String? {
        switch error {
        case let broken as Selftest.BrokenPromise: broken.message
        case let error as LedgerError where error.code == .damaged: error.description
        default: nil
        }
    }
}

/// The folder of one self-test, on the disk where the ledger is or would be.
private struct SelftestFolder {
    let path: String
    /// The directory of the ledger that is tested.
    var ledger: String { path + "/ledger" }

    /// Creates the folder, inside the ledger's directory if that exists, else beside it.
    ///
    /// A folder beside an existing directory could be on another disk.
    init(for ledgerDirectory: String) throws(FileError) {
        let isThere = unsafe access(ledgerDirectory, F_OK) == 0
        let place = isThere ? ledgerDirectory : Directory.parent(of: ledgerDirectory)
        path = "\(place)/selftest-\(getpid())"
        for directory in [path, ledger] where unsafe mkdir(directory, 0o700) != 0 {
            throw .current("create directory", directory)
        }
    }

    /// Removes the folder with everything in it.
    func remove() throws {
        for directory in ["\(ledger)/\(RequestFile.folder)", ledger, path] where unsafe access(directory, F_OK) == 0 {
            let storage = PosixStorage(directory: directory)
            for name in try storage.list() { try storage.remove(name) }
            guard unsafe rmdir(directory) == 0 else { throw FileError.current("remove", directory) }
        }
    }
}
