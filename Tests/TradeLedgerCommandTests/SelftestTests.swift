import Glibc
import LedgerTestSupport
import Testing

@Suite struct `The command selftest` {
    private let directory = TemporaryDirectory()

    private func start(_ words: [String], environment: [String: String] = [:]) throws -> ChildProcess {
        try ChildProcess(
            CommandLedger.program,
            ["selftest", "--ledger", directory.path + "/ledger"] + words,
            environment: environment,
            input: .bytes([])
        )
    }

    @Test func `kills appenders, finds everything that was acknowledged and leaves no trace`() throws {
        let outcome = try start(["--rounds", "6", "--seed", "3"]).finish()
        #expect(outcome.ending == .exit(0), "\(outcome.stderr)")
        let result = try jsonObject(try #require(outcome.lines.first))
        #expect(result["verdict"] == .string("passed"))
        #expect(result["rounds"] == .integer(6))
        #expect(result["kills"] == .integer(8))
        #expect(result["seed"] == .integer(3))
        let acknowledged = try #require(result["events_acknowledged"]?.number)
        let recovered = try #require(result["events_recovered"]?.number)
        #expect(acknowledged >= 6 && recovered >= acknowledged)
        #expect(try #require(result["flush_p50_microseconds"]?.number) >= 0)
        #expect(result["file_system"]?.text?.isEmpty == false)
        #expect(outcome.stderr.contains("what survives a power cut depends on the disk"))
        #expect(directory.files.isEmpty)
    }

    @Test func `works within an existing ledger, and does not touch it`() throws {
        let ledger = try CommandLedger([EventText.opened("a")])
        let outcome = try ledger.run("selftest", "--rounds", "1", "--format", "table")
        #expect(outcome.ending == .exit(0))
        #expect(outcome.lines.contains { $0.hasPrefix("verdict") && $0.hasSuffix("passed") })
        #expect(try ledger.events().count == 1)
        #expect(try ledger.shell(#"ls "$D/ledger" | grep -c selftest"#).stdout == "0\n")
    }

    @Test func `fails and keeps the evidence if the disk loses writes`() throws {
        let fault = Fault(files: Fault.segments, call: "pwrite", effect: "lost")
        let outcome = try start(["--rounds", "3", "--seed", "4"], environment: fault.environment).finish()
        #expect(outcome.ending == .exit(1))
        let result = try jsonObject(try #require(outcome.lines.first))
        #expect(result["verdict"] == .string("failed"))
        let folder = try #require(directory.files.first)
        #expect(folder.hasPrefix("selftest-"))
        #expect(outcome.stderr.contains("seed 4; all files are in \(directory.path)/\(folder)"))
    }

    @Test(arguments: [SIGINT, SIGTERM]) func `ends on a signal and leaves no trace`(_ signal: Int32) throws {
        let process = try start(["--rounds", "1000000"])
        for _ in 0..<1_000_000 {
            guard directory.files.isEmpty else { break }
            sched_yield()
        }
        try process.send(signal)
        let outcome = try process.finish()
        #expect(outcome.ending == .exit(0))
        #expect(try jsonObject(try #require(outcome.lines.first))["verdict"] == .string("stopped"))
        #expect(directory.files.isEmpty)
    }

    @Test(.enabled(if: MountNamespace.isPermitted, "this user may not mount file systems"))
    func `names a file system in memory and says that a flush proves nothing there`() throws {
        let ledger = try CommandLedger()
        let outcome = try MountNamespace.run(
            #"mount -t tmpfs none "$D/ledger" && exec "$T" selftest --rounds 1"#,
            ledger
        )
        #expect(outcome.ending == .exit(0), "\(outcome.stderr)")
        #expect(try jsonObject(try #require(outcome.lines.first))["file_system"] == .string("tmpfs"))
        #expect(outcome.stderr.contains("warning: tmpfs is in memory: a power cut loses everything"))
    }

    @Test(arguments: [["--rounds", "0"], ["--rounds", "1000001"], ["--seed", "9223372036854775808"], ["here"]])
    func `refuses what makes no sense`(_ words: [String]) throws {
        #expect(try start(words).finish().ending == .exit(64))
        #expect(directory.files.isEmpty)
    }
}
